package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/layertest"
)

func TestLayer(t *testing.T) {
	layertest.Run(t, layertest.Engine{
		Open: func(t *testing.T) (a, b layertest.Store) {
			t.Helper()
			cfg := Config{Path: filepath.Join(t.TempDir(), "a layer?.db"), CreateIfMissing: true, Tables: map[string]string{"glossary": "terms of \"ours\""}}
			return open(t, cfg), open(t, cfg)
		},
		Table: quote,
		Arg:   func(n int) string { return fmt.Sprintf("?%d", n) },
	})
}

func open(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
