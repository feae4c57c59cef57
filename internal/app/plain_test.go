package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// plain builds the two programs without the race detector, once. Embedded programs run so under `go test -race`: the SQLite in
// them, which is C turned into Go, is some twenty times slower with it. Everything else of them runs in fleets too, with the race detector.
var plain = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "semsync-plain-")
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./cmd/coordinator", "./cmd/worker")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	return dir, build.Run()
})

// plainPrograms gives the folder of the plain programs.
func plainPrograms(tb testing.TB) string {
	tb.Helper()
	dir, err := plain()
	require.NoError(tb, err)
	return dir
}
