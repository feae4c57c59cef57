package queue

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

func TestShutdownGivesBackWhatIsNotFinished(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d := New(rdb, Config{})
			running, cause := make(chan struct{}, 1), make(chan error, 1)
			stop := start(t, rdb, ServerConfig{ShutdownTimeout: 500 * time.Millisecond},
				func(ctx context.Context, _ metadata.BatchRef) error {
					running <- struct{}{}
					<-ctx.Done()
					cause <- context.Cause(ctx)
					return &metadata.Fault{Kind: metadata.FaultStopped, Err: ctx.Err()}
				})
			ref := batches(1)[0]
			require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
			receive(t, running, "the batch")
			begun := time.Now()
			stop()
			require.GreaterOrEqual(t, time.Since(begun), 500*time.Millisecond, "the handler has its time")
			require.Less(t, time.Since(begun), 5*time.Second)
			require.ErrorIs(t, receive(t, cause, "the cause"), errShutdown)

			info, err := d.task(t.Context(), ref)
			require.NoError(t, err)
			require.NotNil(t, info, "it is still there")
			require.Zero(t, info.Retried, "and has lost no retry")
			begun = time.Now()
			handled := make(chan struct{}, 1)
			start(t, rdb, ServerConfig{}, func(context.Context, metadata.BatchRef) error { handled <- struct{}{}; return nil })
			receive(t, handled, "the batch, by another worker")
			require.Less(t, time.Since(begun), 5*time.Second)
			drained(t, d)
		})
	}
}

func TestShutdownLetsHandlersFinishAndFetchesNoMore(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d, handled := New(rdb, Config{}), newLedger()
			running, finish := make(chan struct{}, 100), make(chan struct{})
			server, err := NewServer(rdb, ServerConfig{Concurrency: 1, ShutdownTimeout: time.Minute},
				func(ctx context.Context, ref metadata.BatchRef) error {
					handled.add(ref)
					running <- struct{}{}
					select {
					case <-finish:
					case <-ctx.Done():
					}
					return ctx.Err()
				})
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- server.Run(ctx) }()
			refs := batches(20)
			for _, ref := range refs { // in order
				require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
			}
			receive(t, running, "the first batch")
			cancel()
			select {
			case <-ended:
				require.Fail(t, "the server did not wait for its handler")
			case <-time.After(300 * time.Millisecond):
			}
			close(finish)
			require.NoError(t, receive(t, ended, "the server's end"))
			require.Equal(t, 1, handled.of(refs[0]))
			for _, ref := range refs[1:] {
				require.Zero(t, handled.of(ref))
				alive, err := d.Alive(t.Context(), ref)
				require.NoError(t, err)
				require.True(t, alive)
			}
			alive, err := d.Alive(t.Context(), refs[0])
			require.NoError(t, err)
			require.False(t, alive, "the finished one is done")
		})
	}
}

func TestRunWaitsForAHandlerThatIgnoresItsContext(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d := New(rdb, Config{})
			running, finish, finished := make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
			stop := start(t, rdb, ServerConfig{ShutdownTimeout: 50 * time.Millisecond},
				func(context.Context, metadata.BatchRef) error {
					running <- struct{}{}
					<-finish
					close(finished)
					return nil
				})
			ref := batches(1)[0]
			require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
			receive(t, running, "the batch")
			ended := make(chan struct{})
			go func() { stop(); close(ended) }()
			eventually(t, "its task is given back in the meantime", func() bool {
				depths, err := d.Depths(t.Context())
				return err == nil && depths.Pending == 1
			})
			select {
			case <-ended:
				require.Fail(t, "the server left its handler behind")
			default:
			}
			close(finish)
			receive(t, finished, "the handler's end")
			receive(t, ended, "the server's end")
		})
	}
}

func TestShutdownWithoutRedisEnds(t *testing.T) {
	t.Parallel()
	for name, takeAway := range map[string]func(*testkit.RedisServer){
		"frozen": (*testkit.RedisServer).Pause,
		"dead":   (*testkit.RedisServer).Kill,
	} {
		t.Run(name, func(t *testing.T) {
			server := testkit.Redis(t)
			rdb := newClient(t, Options{Addr: server.Addr})
			running := make(chan struct{}, 1)
			stop := start(t, rdb, ServerConfig{ShutdownTimeout: 500 * time.Millisecond, Logger: testLog(t)},
				func(ctx context.Context, _ metadata.BatchRef) error {
					running <- struct{}{}
					<-ctx.Done()
					return ctx.Err()
				})
			require.NoError(t, New(rdb, Config{}).Enqueue(t.Context(), batches(1)[0], EnqueueOptions{}))
			receive(t, running, "the batch")
			takeAway(server)
			begun := time.Now()
			stop()
			require.Less(t, time.Since(begun), 500*time.Millisecond+3*ioTimeout)
			t.Log(time.Since(begun))
		})
	}
}

func TestShutdownBeforeStart(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			server, err := NewServer(rdb, ServerConfig{Concurrency: 1}, func(context.Context, metadata.BatchRef) error { return nil })
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for range 3 { // it can be run again, too
				require.NoError(t, server.Run(ctx))
			}
		})
	}
}
