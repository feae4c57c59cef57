package enrich_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/enrich"
)

// allOf compares meanings with what they keep to themselves.
var allOf = cmp.AllowUnexported(enrich.Meaning{})

func newEnricher(tb testing.TB, change ...func(*enrich.Config)) *enrich.Enricher {
	tb.Helper()
	c := enrich.DefaultConfig()
	for _, f := range change {
		f(&c)
	}
	e, err := enrich.New(c)
	require.NoError(tb, err)
	return e
}
