package queue

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// lasts is how long an outage at the end of a task lasts in these tests.
const lasts = 2 * time.Second

func TestOutageAtTheEndOfATaskDoesNotRunItTwice(t *testing.T) {
	t.Parallel()
	server := testkit.Redis(t)
	line := newCable(server.Addr)
	for name, outage := range map[string]struct{ begin, end func() }{
		"frozen": {server.Pause, server.Resume},
		"cut":    {line.Cut, line.Mend},
	} {
		for what, result := range map[string]error{
			"done":    nil,
			"archive": &metadata.Fault{Kind: metadata.FaultInvalid},
		} {
			t.Run(name+" before "+what, func(t *testing.T) {
				rdb := newClient(t, Options{Addr: server.Addr, Dialer: line.Dial})
				d, handled := New(rdb, Config{Queue: name + what}), newLedger()
				running, finish := make(chan struct{}), make(chan struct{})
				start(t, rdb, ServerConfig{Queue: name + what, Logger: testLog(t)},
					func(ctx context.Context, ref metadata.BatchRef) error {
						handled.add(ref)
						close(running) // panics when it runs twice
						hold(ctx, finish)
						return result
					})
				ref := batches(1)[0]
				require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
				receive(t, running, "the batch")
				outage.begin()
				close(finish)
				<-time.After(lasts)
				outage.end()
				drained(t, d)
				require.Equal(t, 1, handled.of(ref))
				depths, err := d.Depths(t.Context())
				require.NoError(t, err)
				require.Equal(t, result != nil, depths.Archived == 1)
			})
		}
	}
}

// ends tells whether a command is the one by which Asynq removes a done task.
func ends(cmd redis.Cmder) bool {
	keys := scriptKeys(cmd)
	return len(keys) == 5 && strings.HasSuffix(keys[0], ":active")
}

func TestWriteThatFailedOnceIsRepeatedWithALivingContext(t *testing.T) {
	t.Parallel()
	// Asynq repeats it after five seconds, in a loop of its own.
	server := testkit.Redis(t)
	failOnce := func(t *testing.T) (*Dispatcher, <-chan error) {
		t.Helper()
		var writes atomic.Int32
		repeated := make(chan error, 10)
		rdb := newClient(t, Options{Addr: server.Addr})
		rdb.AddHook(tap(func(ctx context.Context, cmd redis.Cmder) error {
			switch {
			case !ends(cmd):
			case writes.Add(1) == 1:
				return io.ErrUnexpectedEOF
			default:
				repeated <- ctx.Err()
			}
			return nil
		}))
		return New(rdb, Config{}), repeated
	}

	t.Run("by this package", func(t *testing.T) {
		d, repeated := failOnce(t)
		start(t, d.rdb, ServerConfig{}, func(context.Context, metadata.BatchRef) error { return nil })
		require.NoError(t, d.Enqueue(t.Context(), batches(1)[0], EnqueueOptions{}))
		require.NoError(t, receive(t, repeated, "the second write"))
		drained(t, d)
	})

	t.Run("not by Asynq alone", func(t *testing.T) { // the control: once this fails, boundClient may go
		d, repeated := failOnce(t)
		plain := asynq.NewServerFromRedisClient(d.rdb, asynq.Config{
			Concurrency: 1, Queues: map[string]int{DefaultQueue: 1}, Logger: asynqLogger{testLog(t)},
		})
		require.NoError(t, plain.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error { return nil })))
		defer plain.Shutdown()
		ref := batches(1)[0]
		require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
		require.ErrorIs(t, receive(t, repeated, "the second write"), context.Canceled)
		alive, err := d.Alive(t.Context(), ref)
		require.NoError(t, err)
		require.True(t, alive, "it will be delivered again")
	})
}

func TestServerLeavesAFailingRedisInPeace(t *testing.T) {
	server := miniredis.NewMiniRedis()
	rdb := builtIn(t, server)
	fetches := make(chan time.Time, 1000)
	rdb.AddHook(tap(func(_ context.Context, cmd redis.Cmder) error {
		if keys := scriptKeys(cmd); len(keys) > 0 && strings.HasSuffix(keys[0], ":pending") {
			select {
			case fetches <- time.Now():
			default:
			}
		}
		return nil
	}))
	d, handled := New(rdb, Config{}), make(chan struct{}, 1)
	start(t, rdb, ServerConfig{}, func(context.Context, metadata.BatchRef) error { handled <- struct{}{}; return nil })
	require.NoError(t, d.Enqueue(t.Context(), batches(1)[0], EnqueueOptions{}))
	receive(t, handled, "the batch")

	server.SetError("OOM command not allowed when used memory > 'maxmemory'.")
	eventually(t, "the fetches of before are forgotten", func() bool {
		select {
		case <-fetches:
			return false
		default:
			return true
		}
	})
	receive(t, fetches, "a fetch") // may have begun before the error
	first := receive(t, fetches, "the first failing fetch")
	for range 4 {
		receive(t, fetches, "a failing fetch")
	}
	require.GreaterOrEqual(t, time.Since(first), 4*calm*9/10, "Asynq alone asks as often as it can")

	server.SetError("")
	require.NoError(t, d.Enqueue(t.Context(), batches(1)[0], EnqueueOptions{}))
	receive(t, handled, "a batch after the failure")
}

func TestFlushWhileABatchIsHandledDeliversItAgain(t *testing.T) {
	server := testkit.Redis(t)
	d := New(newClient(t, Options{Addr: server.Addr}), Config{})
	var text bytes.Buffer
	running, finish := make(chan int, 10), make(chan struct{})
	handled := newLedger()
	stop := start(t, d.rdb, ServerConfig{Logger: slog.New(slog.NewTextHandler(&text, nil))},
		func(ctx context.Context, ref metadata.BatchRef) error {
			count := handled.add(ref)
			running <- count
			if count > 1 { // as a worker does that finds nothing to claim
				return &metadata.Fault{Kind: metadata.FaultConflict}
			}
			hold(ctx, finish)
			return nil
		})
	ref := batches(1)[0]
	require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
	require.Equal(t, 1, receive(t, running, "the batch"))
	server.FlushAll()
	require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
	require.Equal(t, 2, receive(t, running, "the second delivery"), "the handler sees it, and can drop it")
	drained(t, d)
	close(finish) // and the first finds nothing to end
	stop()
	require.NotContains(t, text.String(), "Will retry syncing")
	depths, err := d.Depths(t.Context())
	require.NoError(t, err)
	require.Zero(t, depths.Archived)
}

func TestServerWaitsForRedis(t *testing.T) {
	server := testkit.Redis(t)
	rdb := newClient(t, Options{Addr: server.Addr})
	server.Kill()
	handled := make(chan struct{}, 1)
	start(t, rdb, ServerConfig{}, func(context.Context, metadata.BatchRef) error { handled <- struct{}{}; return nil })
	server.Start()
	require.NoError(t, New(rdb, Config{}).Enqueue(t.Context(), batches(1)[0], EnqueueOptions{}))
	receive(t, handled, "the batch")
}
