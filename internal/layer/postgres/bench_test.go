package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/layertest"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

func BenchmarkValidate(b *testing.B) {
	cfg := Config{Schema: "bench", CreateIfMissing: true}
	layertest.BenchmarkValidate(b, func(b *testing.B) layertest.Store {
		b.Helper()
		cfg.URL = metadata.Secret(testkit.Postgres(b))
		s, err := Open(cfg)
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, s.Close()) })
		return s
	}, cfg.qualify, "SELECT n FROM generate_series(1, $1::int) n")
}
