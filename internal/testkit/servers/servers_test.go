package servers_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/semsync/semsync/internal/testkit/servers"
)

// address takes the host and port out of a server's DSN.
func address(t *testing.T, dsn string) string {
	t.Helper()
	if strings.HasPrefix(dsn, "postgres://") {
		parsed, err := url.Parse(dsn)
		require.NoError(t, err)
		return parsed.Host
	}
	parsed, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	return parsed.Addr
}

func listens(ctx context.Context, addr string) bool {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	return connection.Close() == nil
}

func folders(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "semsync-*"))
	require.NoError(t, err)
	return found
}

func TestServersStopAndLeaveNothing(t *testing.T) {
	for name, start := range map[string]func(context.Context) (*servers.Server, error){
		"postgres": servers.StartPostgres,
		"mariadb":  servers.StartMariaDB,
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", sharedTemp(t))
			server, err := start(t.Context())
			require.NoError(t, err)
			goleak.VerifyNone(t) // a running server costs its owner no goroutine
			require.True(t, listens(t.Context(), address(t, server.DSN)))
			require.Len(t, folders(t), 1)

			require.NoError(t, server.Stop())
			require.False(t, listens(t.Context(), address(t, server.DSN)))
			require.Empty(t, folders(t))
		})
	}
}

// sharedTemp makes a folder that the users postgres and mysql can pass, which
// t.TempDir is not.
func sharedTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "testkit-") //nolint:usetesting // see above
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestServersWantThePassword(t *testing.T) {
	server, err := servers.StartPostgres(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	dsn, err := url.Parse(server.DSN)
	require.NoError(t, err)
	dsn.User = url.UserPassword("semsync", "wrong")
	_, err = pgx.Connect(t.Context(), dsn.String())
	require.ErrorContains(t, err, "password authentication failed")
}

// held is what the process of TestHold tells the test that kills it.
type held struct{ Postgres, MariaDB, Redis string }

// TestHold is no test: it is the program that TestServersEndWithTheirOwner
// runs and kills.
func TestHold(t *testing.T) {
	if os.Getenv("SEMSYNC_TESTKIT_HOLD") == "" {
		t.Skip("only runs as the process of another test")
	}
	postgres, err := servers.StartPostgres(t.Context())
	require.NoError(t, err)
	mariadb, err := servers.StartMariaDB(t.Context())
	require.NoError(t, err)
	redis, err := servers.StartRedis(t.Context())
	require.NoError(t, err)
	require.NoError(t, redis.Pause()) // frozen servers end too
	require.NoError(t, json.NewEncoder(os.Stdout).Encode(
		held{address(t, postgres.DSN), address(t, mariadb.DSN), redis.Addr}))
	<-t.Context().Done()
	t.Fatal(postgres, mariadb, redis) // keeps them in use until here
}

func TestServersEndWithTheirOwner(t *testing.T) {
	temp := sharedTemp(t)
	self, err := os.Executable()
	require.NoError(t, err)
	owner := exec.CommandContext(t.Context(), self, "-test.run=^TestHold$")
	owner.Env = append(os.Environ(), "SEMSYNC_TESTKIT_HOLD=1", "TMPDIR="+temp)
	output, err := owner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, owner.Start())
	line, err := bufio.NewReader(output).ReadBytes('\n')
	require.NoError(t, err)
	var h held
	require.NoError(t, json.Unmarshal(line, &h), "%s", line)
	addresses := []string{h.Postgres, h.MariaDB, h.Redis}
	for _, addr := range addresses {
		require.True(t, listens(t.Context(), addr), addr)
	}
	require.NoError(t, owner.Process.Signal(syscall.SIGKILL))
	require.Error(t, owner.Wait())

	require.Eventually(t, func() bool {
		for _, addr := range addresses {
			if listens(t.Context(), addr) {
				return false
			}
		}
		left, err := os.ReadDir(temp)
		return err == nil && len(left) == 0
	}, 30*time.Second, 50*time.Millisecond)
}

func TestStartFailsWithTheServersOwnWords(t *testing.T) {
	t.Setenv("TMPDIR", sharedTemp(t))
	_, err := servers.StartRedis(t.Context(), "--no-such-flag", "1")
	require.ErrorContains(t, err, "server ended by itself")
	require.ErrorContains(t, err, "no-such-flag")
	require.Empty(t, folders(t))
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Setenv("TMPDIR", sharedTemp(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := servers.StartPostgres(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, folders(t))
}
