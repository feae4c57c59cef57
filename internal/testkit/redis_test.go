package testkit_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

func client(t *testing.T, server *testkit.RedisServer) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: server.Addr, MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestRedisForgetsWhenItIsKilled(t *testing.T) {
	server := testkit.Redis(t)
	c := client(t, server)
	require.NoError(t, c.Set(t.Context(), "key", "value", 0).Err())
	require.Equal(t, "value", c.Get(t.Context(), "key").Val())

	server.Kill()
	require.Error(t, c.Ping(t.Context()).Err())
	_, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Addr)
	require.Error(t, err, "nobody listens any more")
	server.Kill() // killing the dead is no error

	server.Start()
	require.ErrorIs(t, c.Get(t.Context(), "key").Err(), redis.Nil)
}

func TestRedisKeepsWhatFlagsAskFor(t *testing.T) {
	server := testkit.Redis(t, "--appendonly", "yes", "--appendfsync", "always")
	require.NoError(t, client(t, server).Set(t.Context(), "key", "value", 0).Err())
	server.Kill()
	server.Start()
	c := client(t, server)
	require.Equal(t, "value", c.Get(t.Context(), "key").Val())
	server.FlushAll()
	require.Equal(t, int64(0), c.DBSize(t.Context()).Val())
}

func TestRedisPausesAndResumes(t *testing.T) {
	server := testkit.Redis(t)
	c := client(t, server)
	require.NoError(t, c.Ping(t.Context()).Err())
	server.Pause()
	server.Pause() // the frozen stay frozen
	var timeout net.Error
	require.ErrorAs(t, c.WithTimeout(200*time.Millisecond).Ping(t.Context()).Err(), &timeout)
	require.True(t, timeout.Timeout(), "the connection is open and silent")
	server.Resume()
	require.NoError(t, c.Ping(t.Context()).Err())
}

func TestRedisLeavesNothing(t *testing.T) {
	var dir, addr string
	t.Run("user", func(t *testing.T) {
		server := testkit.Redis(t)
		dir, addr = server.Dir, server.Addr
		require.FileExists(t, filepath.Join(dir, "server.log"))
		server.Pause() // a frozen server can be ended too
	})
	_, err := os.Stat(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	require.Error(t, err)
}
