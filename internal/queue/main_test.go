package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// patient bounds what should happen at once, on a machine that is busy.
const patient = 20 * time.Second

// TestMain wants every goroutine gone in the end. A command to a server that a test has killed is tried
// again for some seconds, on a busy machine for more than goleak waits by itself.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		err := goleak.Find()
		for begin := time.Now(); err != nil && time.Since(begin) < 3*patient; {
			err = goleak.Find()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "goleak:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// servers start a real server and the one that is built in.
var servers = map[string]func(testing.TB) redis.UniversalClient{
	"redis": func(tb testing.TB) redis.UniversalClient {
		tb.Helper()
		return newClient(tb, Options{Addr: testkit.Redis(tb).Addr})
	},
	"miniredis": func(tb testing.TB) redis.UniversalClient {
		tb.Helper()
		return builtIn(tb, miniredis.NewMiniRedis())
	},
}

// pairs start the same, and give two clients.
var pairs = map[string]func(testing.TB) (one, two redis.UniversalClient){
	"redis": func(tb testing.TB) (one, two redis.UniversalClient) {
		tb.Helper()
		server := testkit.Redis(tb)
		return newClient(tb, Options{Addr: server.Addr}), newClient(tb, Options{Addr: server.Addr})
	},
	"miniredis": func(tb testing.TB) (one, two redis.UniversalClient) {
		tb.Helper()
		server := miniredis.NewMiniRedis()
		return builtIn(tb, server), builtIn(tb, server)
	},
}

func newClient(tb testing.TB, options Options) redis.UniversalClient {
	tb.Helper()
	rdb, err := NewClient(options)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, rdb.Close()) })
	return rdb
}

func builtIn(tb testing.TB, server *miniredis.Miniredis) redis.UniversalClient {
	tb.Helper()
	tb.Cleanup(server.Close)
	return newClient(tb, Options{
		Dialer: func(context.Context, string, string) (net.Conn, error) { return server.Dial() },
	})
}

// batches makes dispatches of a new run.
func batches(count int) []metadata.BatchRef {
	run := uuid.Must(uuid.NewV7())
	refs := make([]metadata.BatchRef, count)
	for i := range refs {
		refs[i] = metadata.BatchRef{Run: run, Batch: i, Generation: 1}
	}
	return refs
}

// start runs a server until stop is called or the test ends, whichever comes
// first. Stop returns when Run has.
func start(tb testing.TB, rdb redis.UniversalClient, config ServerConfig, handler Handler) (stop func()) {
	tb.Helper()
	config.Concurrency = max(config.Concurrency, 4)
	if config.ShutdownTimeout == 0 {
		config.ShutdownTimeout = time.Second
	}
	server, err := NewServer(rdb, config, handler)
	require.NoError(tb, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(tb, <-ended)
	})
	tb.Cleanup(stop)
	return stop
}

// receive waits for something on a channel.
func receive[T any](tb testing.TB, channel <-chan T, what string) T {
	tb.Helper()
	select {
	case value := <-channel:
		return value
	case <-time.After(patient):
		require.FailNow(tb, "timed out", "waiting for %s", what)
		panic("unreachable")
	}
}

// hold keeps a handler until it may go on, or its server shuts down, so that a
// failed test ends.
func hold(ctx context.Context, finish <-chan struct{}) {
	select {
	case <-finish:
	case <-ctx.Done():
	}
}

// eventually waits for a state of Redis.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	require.Eventually(tb, condition, patient, 10*time.Millisecond, what)
}

// drained waits until nothing is pending, active, scheduled or in retry.
func drained(tb testing.TB, d *Dispatcher) {
	tb.Helper()
	eventually(tb, "the queue is empty", func() bool {
		depths, err := d.Depths(tb.Context())
		return err == nil && depths.Pending+depths.Active+depths.Scheduled+depths.Retry == 0
	})
}

// ledger counts deliveries by batch.
type ledger struct {
	mu    sync.Mutex
	count map[metadata.BatchRef]int
}

func newLedger() *ledger { return &ledger{count: make(map[metadata.BatchRef]int)} }

func (l *ledger) add(ref metadata.BatchRef) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count[ref]++
	return l.count[ref]
}

func (l *ledger) of(ref metadata.BatchRef) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count[ref]
}

// cable is a connection to a server that can be cut and mended.
type cable struct {
	dial func(ctx context.Context) (net.Conn, error)

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func newCable(addr string) *cable {
	return &cable{dial: func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", addr) }}
}

// Dial is a Dialer for Options.
func (c *cable) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("the cable to " + addr + " is cut")}
	}
	conn, err := c.dial(ctx)
	if err == nil {
		c.conns = append(c.conns, conn)
	}
	return conn, err
}

// Cut ends all connections and refuses new ones until Mend.
func (c *cable) Cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// Mend lets new connections through.
func (c *cable) Mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = false
}

// tap is a hook that sees each command with its context before it is sent,
// and may refuse to send it.
type tap func(context.Context, redis.Cmder) error

func (tap) DialHook(next redis.DialHook) redis.DialHook { return next }

func (tap) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook { return next }

func (see tap) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if err := see(ctx, cmd); err != nil {
			cmd.SetErr(err)
			return err
		}
		return next(ctx, cmd)
	}
}

// scriptKeys gives the keys of a script, nil of other commands.
func scriptKeys(cmd redis.Cmder) []string {
	if cmd.Name() != "evalsha" && cmd.Name() != "eval" {
		return nil
	}
	args := cmd.Args()
	count, _ := args[2].(int)
	keys := make([]string, count)
	for i := range keys {
		keys[i], _ = args[3+i].(string)
	}
	return keys
}

// testLog shows what the server logs when a test fails.
func testLog(tb testing.TB) *slog.Logger {
	tb.Helper()
	return slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}
