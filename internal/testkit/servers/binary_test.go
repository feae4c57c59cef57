package servers

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFindTakesTheNewestVersion(t *testing.T) {
	t.Setenv("PATH", "")
	root := t.TempDir()
	for version, mode := range map[string]os.FileMode{"9.6": 0o755, "15": 0o755, "17": 0o755, "18": 0o644} {
		folder := filepath.Join(root, version, "bin")
		require.NoError(t, os.MkdirAll(folder, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "initdb"), nil, mode))
	}
	path, err := find("initdb", "postgresql", filepath.Join(root, "*", "bin"))
	require.NoError(t, err)
	require.Equal(t, filepath.Join(root, "17", "bin", "initdb"), path)
}

func TestFindSaysWhatToDo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := find("no-such-program", "its-package", "/no/such/folder")
	var missing *MissingError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "its-package", missing.Package)
	require.ErrorContains(t, err, "run `make test`, which installs it")
}

func TestVersionLess(t *testing.T) {
	for _, pair := range [][2]string{
		{"", "/lib/9.6/bin"}, {"/lib/9.6/bin", "/lib/10/bin"}, {"/lib/9/bin", "/lib/15/bin"}, {"/lib/15/bin", "/lib/17/bin"},
	} {
		require.True(t, versionLess(pair[0], pair[1]), "%v", pair)
		require.False(t, versionLess(pair[1], pair[0]), "%v", pair)
	}
}
