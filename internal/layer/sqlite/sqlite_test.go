package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/layertest"
)

var renamed = map[string]string{"glossary": "terms of \"ours\"", "outbox_deliveries": "sent notices"}

func TestLayer(t *testing.T) {
	layertest.Run(t, layertest.Engine{
		Open: func(t *testing.T) (a, b layertest.Store) {
			t.Helper()
			cfg := Config{Path: filepath.Join(t.TempDir(), "a layer?.db"), CreateIfMissing: true, Tables: renamed}
			return open(t, cfg), open(t, cfg)
		},
		Table: Config{Tables: renamed}.qualify,
		Arg:   func(n int) string { return fmt.Sprintf("?%d", n) },
		Versions: func(t *testing.T, s layertest.Store, _ []string) func() string {
			t.Helper()
			// The number changes for a connection when another one has written anything at all.
			conn, err := s.DB().Conn(t.Context())
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, conn.Close()) })
			return func() (version string) {
				require.NoError(t, conn.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&version))
				return version
			}
		},
	})
}

func open(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
