package embedded_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/app/embedded"
	"github.com/semsync/semsync/internal/metadata"
)

func TestLockDirIsExclusive(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "for it")
	unlock, err := embedded.LockDir(dir)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(dir, embedded.LockFile))
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(os.Getpid()), strings.TrimSpace(string(text)))

	_, err = embedded.LockDir(dir)
	require.ErrorIs(t, err, embedded.ErrLocked)
	fault := metadata.AsFault(err)
	require.Equal(t, metadata.FaultConflict, fault.Kind)
	require.Contains(t, fault.Hint, "process "+strconv.Itoa(os.Getpid()))

	require.NoError(t, unlock())
	for range 20 {
		again, err := embedded.LockDir(dir)
		require.NoError(t, err)
		require.NoError(t, again())
	}
}

// The lock of a process that was killed is free at once.
func TestLockDirOutlivesNoProcess(t *testing.T) {
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHoldLock$")
	child.Env = append(os.Environ(), "SEMSYNC_TEST_HOLD_LOCK="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "locked\n", line)

	_, err = embedded.LockDir(dir)
	require.ErrorIs(t, err, embedded.ErrLocked)
	require.Contains(t, err.Error(), "process "+strconv.Itoa(child.Process.Pid))

	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	unlock, err := embedded.LockDir(dir)
	require.NoError(t, err)
	require.NoError(t, unlock())
}

// TestHoldLock is the other process of the test above.
func TestHoldLock(t *testing.T) {
	dir := os.Getenv("SEMSYNC_TEST_HOLD_LOCK")
	if dir == "" {
		t.Skip("only runs as another test's child")
	}
	_, err := embedded.LockDir(dir)
	require.NoError(t, err)
	_, err = io.WriteString(os.Stdout, "locked\n")
	require.NoError(t, err)
	select {}
}

func TestLockDirReportsAFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := embedded.LockDir(file)
	require.ErrorContains(t, err, "make data folder")
}
