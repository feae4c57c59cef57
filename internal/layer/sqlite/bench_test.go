package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/layertest"
)

func BenchmarkValidate(b *testing.B) {
	layertest.BenchmarkValidate(b, func(b *testing.B) layertest.Store {
		b.Helper()
		s, err := Open(Config{Path: filepath.Join(b.TempDir(), "layer.db"), CreateIfMissing: true})
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, s.Close()) })
		return s
	}, quote, "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?1) SELECT n FROM s")
}
