package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/layertest"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

var renamed = map[string]string{"glossary": "terms of \"ours\"", "outbox_deliveries": "sent notices"}

func TestLayer(t *testing.T) {
	layertest.Run(t, layertest.Engine{
		Open: func(t *testing.T) (a, b layertest.Store) {
			t.Helper()
			cfg := Config{
				URL: metadata.Secret(testkit.Postgres(t)), Schema: `layer "1"`, CreateIfMissing: true,
				Tables: renamed,
			}
			return open(t, cfg), open(t, cfg)
		},
		Table: Config{Schema: `layer "1"`, Tables: renamed}.qualify,
		Arg:   func(n int) string { return fmt.Sprintf("$%d", n) },
		Versions: func(t *testing.T, s layertest.Store, tables []string) func() string {
			t.Helper()
			return func() string {
				var all strings.Builder
				for _, table := range tables {
					query := "SELECT coalesce(string_agg(concat_ws(' ', ctid, xmin, xmax), ',' ORDER BY ctid), '') FROM " + Config{Schema: `layer "1"`, Tables: renamed}.qualify(table)
					var rows string
					require.NoError(t, s.DB().QueryRowContext(t.Context(), query).Scan(&rows))
					all.WriteString(table + ": " + rows + "\n")
				}
				return all.String()
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
