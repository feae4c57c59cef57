package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain makes the test binary double as the program.
func TestMain(m *testing.M) {
	if os.Getenv("TESTENV_AS_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// testenv prepares to run the program with servers of its own, whose folders
// go to the folder it gives.
func testenv(t *testing.T, arguments ...string) (*exec.Cmd, string) {
	t.Helper()
	temp, err := os.MkdirTemp("/tmp", "testenv-") //nolint:usetesting // the users postgres and mysql cannot pass t.TempDir
	require.NoError(t, err)
	require.NoError(t, os.Chmod(temp, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	self, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), self, arguments...)
	command.Env = append(os.Environ(), "TESTENV_AS_PROGRAM=1", "TMPDIR="+temp,
		"SEMSYNC_TEST_POSTGRES=", "SEMSYNC_TEST_MARIADB=")
	return command, temp
}

func requireEmpty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestCommandGetsServersAndGivesItsCode(t *testing.T) {
	command, temp := testenv(t, "--", "sh", "-c", `echo "$SEMSYNC_TEST_POSTGRES"; echo "$SEMSYNC_TEST_MARIADB"; exit 7`)
	output, err := command.Output()
	var failed *exec.ExitError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 7, failed.ExitCode(), "%s", failed.Stderr)
	require.Regexp(t, `^postgres://semsync:\w+@127\.0\.0\.1:\d+/postgres\?sslmode=disable\nsemsync:\w+@tcp\(127\.0\.0\.1:\d+\)/\n$`, string(output))
	requireEmpty(t, temp)
}

func TestServersThatAreNamedAlreadyAreUsed(t *testing.T) {
	command, temp := testenv(t, "sh", "-c", `echo "$SEMSYNC_TEST_POSTGRES $SEMSYNC_TEST_MARIADB"; ls -A "$TMPDIR"`)
	command.Env = append(command.Env, "SEMSYNC_TEST_POSTGRES=mine", "SEMSYNC_TEST_MARIADB=yours")
	output, err := command.Output()
	require.NoError(t, err)
	require.Equal(t, "mine yours\n", string(output))
	requireEmpty(t, temp)
}

func TestSignalsArePassedOnAndServersStopped(t *testing.T) {
	// The signal must reach the grandchild too, as it must reach the tests
	// under `go test`.
	command, temp := testenv(t, "--", "sh", "-c",
		`trap 'wait; echo parent; exit 9' TERM; sh -c 'trap "echo child; exit" TERM; echo ready; while :; do sleep 0.05; done' & wait`)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(output)
	require.True(t, lines.Scan())
	require.Equal(t, "ready", lines.Text())
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	var failed *exec.ExitError
	require.ErrorAs(t, command.Wait(), &failed)
	require.Equal(t, 9, failed.ExitCode())
	require.Contains(t, said, "parent")
	require.Contains(t, said, "child")
	requireEmpty(t, temp)
}

func TestSignalWhileServersStart(t *testing.T) {
	command, temp := testenv(t, "--", "echo", "never")
	var output bytes.Buffer
	command.Stdout = &output
	require.NoError(t, command.Start())
	require.Eventually(t, func() bool {
		left, err := os.ReadDir(temp)
		return err == nil && len(left) > 0
	}, 30*time.Second, time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	require.Error(t, command.Wait())
	require.NotContains(t, output.String(), "never")
	requireEmpty(t, temp)
}

func TestUsage(t *testing.T) {
	var stderr strings.Builder
	require.Equal(t, 2, run(t.Context(), []string{"--"}, &stderr))
	require.Contains(t, stderr.String(), "usage: testenv -- command")
}

func TestCodeOfACommandThatASignalEnded(t *testing.T) {
	code, err := runCommand(t.Context(), []string{"sh", "-c", "kill -9 $$"}, nil, nil)
	require.NoError(t, err)
	require.Equal(t, 128+9, code)
	_, err = runCommand(t.Context(), []string{filepath.Join(t.TempDir(), "missing")}, nil, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}
