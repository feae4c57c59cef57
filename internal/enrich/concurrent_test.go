package enrich_test

import (
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/metadata"
)

// sample gives the tables of the shipped sample.
func sample(tb testing.TB) []*metadata.Table {
	tb.Helper()
	data, err := os.ReadFile("testdata/sample.txtar")
	require.NoError(tb, err)
	return parseTables(tb, string(txtar.Parse(data).Files[0].Data))
}

// TestSameForEverybody holds that neither concurrency nor what was looked at before nor
// another Enricher of the same configuration changes what is said.
func TestSameForEverybody(t *testing.T) {
	tables := sample(t)
	first := newEnricher(t)
	want := make([]enrich.Meaning, len(tables))
	for i, table := range tables {
		want[i] = first.Table(table)
	}
	second := newEnricher(t)
	require.Equal(t, first.Version(), second.Version())
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for k := range tables {
				i := (k*7 + worker*5) % len(tables)
				if diff := cmp.Diff(want[i], second.Table(tables[i]), allOf); diff != "" {
					t.Errorf("%s:\n%s", tables[i].ID, diff)
				}
			}
		})
	}
	group.Wait()
}

// TestTableStaysAsItWas holds that the tables that are looked at are not written to.
func TestTableStaysAsItWas(t *testing.T) {
	e, tables, before := newEnricher(t), sample(t), sample(t)
	for _, table := range tables {
		e.Table(table)
	}
	if diff := cmp.Diff(before, tables); diff != "" {
		t.Error(diff)
	}
}
