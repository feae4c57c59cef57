package queue

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func TestNewServerValidates(t *testing.T) {
	rdb := newClient(t, Options{Addr: "127.0.0.1:1"})
	handler := func(context.Context, metadata.BatchRef) error { return nil }
	for name, construct := range map[string]func() (*Server, error){
		"client":      func() (*Server, error) { return NewServer(nil, ServerConfig{Concurrency: 1}, handler) },
		"handler":     func() (*Server, error) { return NewServer(rdb, ServerConfig{Concurrency: 1}, nil) },
		"concurrency": func() (*Server, error) { return NewServer(rdb, ServerConfig{}, handler) },
		"negative": func() (*Server, error) {
			return NewServer(rdb, ServerConfig{Concurrency: 1, ShutdownTimeout: -1}, handler)
		},
	} {
		_, err := construct()
		require.ErrorContains(t, err, name)
	}
}

func TestEachBatchIsHandledOnce(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d, handled := New(rdb, Config{}), newLedger()
			refs := batches(100)
			handler := func(_ context.Context, ref metadata.BatchRef) error { handled.add(ref); return nil }
			start(t, rdb, ServerConfig{}, handler)
			start(t, rdb, ServerConfig{}, handler)
			require.NoError(t, d.EnqueueAll(t.Context(), refs, EnqueueOptions{}))
			require.NoError(t, d.EnqueueAll(t.Context(), refs[90:], EnqueueOptions{Delay: time.Second}))
			drained(t, d)
			for _, ref := range refs[:90] {
				require.Equal(t, 1, handled.of(ref), ref.Batch)
			}
			depths, err := d.Depths(t.Context())
			require.NoError(t, err)
			require.Zero(t, depths.Failed)
			require.Zero(t, depths.Archived)
		})
	}
}

func TestBatchIsPickedUpSoon(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			rdb := open(t)
			d, handled := New(rdb, Config{}), make(chan time.Time, 1)
			start(t, rdb, ServerConfig{}, func(context.Context, metadata.BatchRef) error { handled <- time.Now(); return nil })
			var total time.Duration
			refs := batches(5)
			for _, ref := range refs {
				drained(t, d)
				begun := time.Now()
				require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
				total += receive(t, handled, "the batch").Sub(begun)
			}
			require.Less(t, total/time.Duration(len(refs)), 400*time.Millisecond, "Asynq alone takes 589 ms on average")
		})
	}
}

func TestRetryComesAfterTheGivenDelay(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d, calls := New(rdb, Config{}), make(chan time.Time, 10)
			var count atomic.Int32
			start(t, rdb, ServerConfig{}, func(context.Context, metadata.BatchRef) error {
				calls <- time.Now()
				if count.Add(1) == 1 {
					return &metadata.Fault{Kind: metadata.FaultTransient, RetryAfter: 1200 * time.Millisecond}
				}
				return nil
			})
			ref := batches(1)[0]
			require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
			first, second := receive(t, calls, "the first call"), receive(t, calls, "the retry")
			require.GreaterOrEqual(t, second.Sub(first), 1200*time.Millisecond)
			require.Less(t, second.Sub(first), 5*time.Second)
			drained(t, d)
			require.EqualValues(t, 2, count.Load())
		})
	}
}

func TestFinalFaultsAreArchivedWithTheirText(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d, handled := New(rdb, Config{}), newLedger()
			refs := batches(7)
			start(t, rdb, ServerConfig{Logger: testLog(t)}, func(_ context.Context, ref metadata.BatchRef) error {
				handled.add(ref)
				switch ref.Batch {
				case 0:
					return &metadata.Fault{Kind: metadata.FaultInvalid, Op: "plan", Err: errors.New("nonsense")}
				case 1:
					panic("the secret is hunter2")
				case 2:
					var table *metadata.Table
					return errors.New(table.ID.Name)
				case 3:
					return &metadata.Fault{Kind: metadata.FaultMissing, Op: "read", Subject: "t\xff\xfe\x00x"}
				case 4:
					return angry{}
				case 5:
					return &metadata.Fault{Kind: metadata.FaultConflict}
				default:
					return nil
				}
			})
			require.NoError(t, d.EnqueueAll(t.Context(), refs, EnqueueOptions{MaxRetry: 5}))
			drained(t, d)
			dead, err := d.Dead(t.Context())
			require.NoError(t, err)
			text := make(map[int]string)
			for _, batch := range dead {
				text[batch.Ref.Batch] = batch.Error
			}
			require.Len(t, text, 5)
			require.Equal(t, "plan: nonsense", text[0])
			require.Contains(t, text[1], "panic of type string")
			require.NotContains(t, text[1], "hunter2")
			require.Contains(t, text[2], "nil pointer")
			require.Equal(t, "read t\uFFFD\x00x", text[3])
			require.Contains(t, text[4], "read the error of a batch")
			for _, ref := range refs {
				require.Equal(t, 1, handled.of(ref), "none is retried")
			}
		})
	}
}

func TestStoppedBatchComesBackUncounted(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d, calls := New(rdb, Config{}), make(chan int, 10)
			var count atomic.Int32
			start(t, rdb, ServerConfig{}, func(ctx context.Context, _ metadata.BatchRef) error {
				retried, _ := asynq.GetRetryCount(ctx)
				calls <- retried
				if count.Add(1) == 1 {
					return &metadata.Fault{Kind: metadata.FaultStopped}
				}
				return nil
			})
			require.NoError(t, d.Enqueue(t.Context(), batches(1)[0], EnqueueOptions{}))
			require.Zero(t, receive(t, calls, "the first call"))
			require.Zero(t, receive(t, calls, "the second call"), "no failure was counted")
			drained(t, d)
			depths, err := d.Depths(t.Context())
			require.NoError(t, err)
			require.Zero(t, depths.Failed)
		})
	}
}

func TestForeignTasksAreArchivedUnseen(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d := New(rdb, Config{})
			ref := batches(1)[0]
			var calls atomic.Int32
			start(t, rdb, ServerConfig{}, func(context.Context, metadata.BatchRef) error { calls.Add(1); return nil })
			foreign := asynq.NewClientFromRedisClient(rdb)
			for id, task := range map[string]*asynq.Task{
				"garbage":   asynq.NewTask(taskType, []byte("\x00\xff")),
				taskID(ref): asynq.NewTask(taskType, []byte("{}")),
				"other":     asynq.NewTask("other:type", nil),
			} {
				_, err := foreign.EnqueueContext(t.Context(), task, asynq.Queue(DefaultQueue), asynq.TaskID(id), asynq.MaxRetry(9))
				require.NoError(t, err)
			}
			drained(t, d)
			require.Zero(t, calls.Load())
			dead, err := d.Dead(t.Context())
			require.NoError(t, err)
			refs := make(map[string]metadata.BatchRef)
			for _, batch := range dead {
				refs[batch.Task] = batch.Ref
				require.Zero(t, batch.Retried)
				require.Contains(t, batch.Error, "read task")
			}
			require.Equal(t, map[string]metadata.BatchRef{"garbage": {}, "other": {}, taskID(ref): ref}, refs)
			require.NoError(t, d.DropDead(t.Context(), ref))
		})
	}
}

func TestHandlerIsGoneBeforeItsTaskComesBack(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d, took := New(rdb, Config{}), make(chan time.Duration, 10)
			var running, most, count atomic.Int32
			start(t, rdb, ServerConfig{}, func(ctx context.Context, _ metadata.BatchRef) error {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				if count.Add(1) > 1 {
					took <- 0
					return nil
				}
				begun := time.Now()
				<-ctx.Done()
				took <- time.Since(begun)
				return &metadata.Fault{Kind: metadata.FaultTransient, RetryAfter: time.Millisecond, Err: ctx.Err()}
			})
			require.NoError(t, d.Enqueue(t.Context(), batches(1)[0], EnqueueOptions{Timeout: 800 * time.Millisecond}))
			first := receive(t, took, "the time-out")
			require.Greater(t, first, 500*time.Millisecond)
			require.Less(t, first, 5*time.Second)
			receive(t, took, "the retry")
			drained(t, d)
			require.EqualValues(t, 1, most.Load(), "never two at once")
		})
	}
}

func TestFateIsCounted(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d := New(rdb, Config{})
			server, err := NewServer(rdb, ServerConfig{Concurrency: 2}, func(_ context.Context, ref metadata.BatchRef) error {
				if ref.Batch == 0 {
					return &metadata.Fault{Kind: metadata.FaultDenied}
				}
				return nil
			})
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- server.Run(ctx) }()
			require.NoError(t, d.EnqueueAll(t.Context(), batches(3), EnqueueOptions{}))
			drained(t, d)
			cancel()
			require.NoError(t, receive(t, ended, "the server's end"))
			require.Equal(t, map[string]float64{"done": 2, "archive": 1}, gathered(t, server, "semsync_queue_deliveries_total", "fate"))
		})
	}
}
