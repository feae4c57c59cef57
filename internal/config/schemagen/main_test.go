package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// TestGeneratedFilesAreCurrent fails when a type, a comment or a default was
// changed without go generate ./internal/config.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := generate("..")
	require.NoError(t, err)
	require.Len(t, files, 2)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is stale; run go generate ./internal/config\n%s", name, diff)
		}
	}
}
