package testkit

import (
	"context"
	"testing"

	"github.com/semsync/semsync/internal/testkit/servers"
)

// RedisServer is a redis-server process that belongs to one test. Its methods
// fail the test where they cannot do what they say.
type RedisServer struct {
	Addr string // host:port, the same for the server's whole life
	Dir  string // holds its append-only file and snapshots, if any

	tb     testing.TB
	server *servers.Redis
}

// Redis starts a private Redis server, which ends with the test. It keeps
// nothing on disk unless flags of redis-server's command line say so, such as
// "--appendonly", "yes".
func Redis(tb testing.TB, flags ...string) *RedisServer {
	tb.Helper()
	server, err := servers.StartRedis(tb.Context(), flags...)
	if err != nil {
		tb.Fatalf("testkit: %v", err)
	}
	atEnd(tb, "stop redis", func(context.Context) error { return server.Stop() })
	return &RedisServer{Addr: server.Addr, Dir: server.Dir, tb: tb, server: server}
}

// Kill ends the server at once (SIGKILL) and returns when it is gone. A dead
// one stays dead.
func (r *RedisServer) Kill() {
	r.tb.Helper()
	r.check(r.server.Kill())
}

// Start starts a killed server again, on the same port and folder, and
// returns when it answers.
func (r *RedisServer) Start() {
	r.tb.Helper()
	r.check(r.server.Start(r.tb.Context()))
}

// Pause freezes the server (SIGSTOP) and returns when it stands still:
// connections stay open and nothing answers.
func (r *RedisServer) Pause() {
	r.tb.Helper()
	r.check(r.server.Pause())
}

// Resume wakes a frozen server (SIGCONT).
func (r *RedisServer) Resume() {
	r.tb.Helper()
	r.check(r.server.Resume())
}

// Save makes the server write a snapshot, with which it begins when it is started again.
func (r *RedisServer) Save() {
	r.tb.Helper()
	_, err := r.server.Do(r.tb.Context(), "SAVE")
	r.check(err)
}

// FlushAll deletes everything in the server.
func (r *RedisServer) FlushAll() {
	r.tb.Helper()
	_, err := r.server.Do(r.tb.Context(), "FLUSHALL")
	r.check(err)
}

func (r *RedisServer) check(err error) {
	r.tb.Helper()
	if err != nil {
		r.tb.Fatalf("testkit: %v", err)
	}
}
