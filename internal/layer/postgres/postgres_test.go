package postgres

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/layertest"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

func TestLayer(t *testing.T) {
	layertest.Run(t, layertest.Engine{
		Open: func(t *testing.T) (a, b layertest.Store) {
			t.Helper()
			cfg := Config{
				URL: metadata.Secret(testkit.Postgres(t)), Schema: `layer "1"`, CreateIfMissing: true,
				Tables: map[string]string{"glossary": "terms of \"ours\""},
			}
			return open(t, cfg), open(t, cfg)
		},
		Table: Config{Schema: `layer "1"`}.qualify,
		Arg:   func(n int) string { return fmt.Sprintf("$%d", n) },
	})
}

func open(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
