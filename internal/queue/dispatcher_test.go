package queue

import (
	"context"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

func TestEnqueueTellsAsynqWhatItMust(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d := New(rdb, Config{Queue: "q"})
			ref := batches(1)[0]
			before := time.Now()
			require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{
				Delay: 1500 * time.Millisecond, MaxRetry: 3, Timeout: 2500 * time.Millisecond,
			}))
			info, err := d.task(t.Context(), ref)
			require.NoError(t, err)
			require.Equal(t, taskID(ref), info.ID)
			require.Equal(t, "q", info.Queue)
			require.Equal(t, 3+retrySlack, info.MaxRetry)
			require.Equal(t, 3*time.Second+overtime, info.Timeout)
			require.Zero(t, info.Retention)
			require.Equal(t, asynq.TaskStateScheduled, info.State)
			require.False(t, info.NextProcessAt.Before(before.Add(1500*time.Millisecond)), "never early")
			require.False(t, info.NextProcessAt.After(time.Now().Add(2500*time.Millisecond)))
		})
	}
}

func TestEnqueueTwiceIsOnce(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d := New(rdb, Config{})
			refs := batches(30)
			require.NoError(t, d.Enqueue(t.Context(), refs[0], EnqueueOptions{}))
			require.NoError(t, d.EnqueueAll(t.Context(), refs, EnqueueOptions{}))
			require.NoError(t, d.EnqueueAll(t.Context(), refs, EnqueueOptions{Delay: time.Hour}))
			depths, err := d.Depths(t.Context())
			require.NoError(t, err)
			require.Equal(t, 30, depths.Pending)
			require.Zero(t, depths.Scheduled)
			require.Positive(t, depths.Oldest)

			again := refs[0]
			again.Generation++
			require.NoError(t, d.Enqueue(t.Context(), again, EnqueueOptions{Delay: time.Hour}))
			depths, err = d.Depths(t.Context())
			require.NoError(t, err)
			require.Equal(t, 1, depths.Scheduled, "another generation is another task")
		})
	}
}

func TestAlive(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d := New(rdb, Config{})
			refs := batches(4)
			alive := func(ref metadata.BatchRef) bool {
				yes, err := d.Alive(t.Context(), ref)
				require.NoError(t, err)
				return yes
			}
			waiting := func(ref metadata.BatchRef) bool {
				yes, err := d.Waiting(t.Context(), ref)
				require.NoError(t, err)
				return yes
			}
			require.False(t, waiting(refs[0]), "nobody has ever enqueued anything")
			require.False(t, alive(refs[0]), "nobody has ever enqueued anything")
			require.NoError(t, d.EnqueueAll(t.Context(), refs[1:], EnqueueOptions{}))
			require.NoError(t, d.Enqueue(t.Context(), refs[0], EnqueueOptions{Delay: time.Hour}))
			require.True(t, alive(refs[0]), "scheduled")
			require.True(t, alive(refs[1]), "pending")
			require.True(t, waiting(refs[0]), "scheduled")
			require.True(t, waiting(refs[1]), "pending")

			running, release := make(chan struct{}, 1), make(chan struct{})
			stop := start(t, rdb, ServerConfig{}, func(ctx context.Context, ref metadata.BatchRef) error {
				switch ref.Batch {
				case 1:
					running <- struct{}{}
					hold(ctx, release)
					return nil
				case 2:
					return &metadata.Fault{Kind: metadata.FaultThrottled, RetryAfter: time.Hour}
				default:
					return &metadata.Fault{Kind: metadata.FaultInvalid}
				}
			})
			receive(t, running, "the batch")
			require.True(t, alive(refs[1]), "active")
			require.False(t, waiting(refs[1]), "active")
			close(release)
			eventually(t, "the finished batch is gone", func() bool { return !alive(refs[1]) })
			eventually(t, "the archived batch is not alive", func() bool { return !alive(refs[3]) })
			stop()
			require.True(t, alive(refs[2]), "in retry")
			require.True(t, waiting(refs[2]), "in retry")
		})
	}
}

func TestDead(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := open(t)
			d := New(rdb, Config{})
			dead, err := d.Dead(t.Context())
			require.NoError(t, err)
			require.Empty(t, dead)

			refs := batches(deadPage + 3) // more than a page
			require.NoError(t, d.EnqueueAll(t.Context(), refs, EnqueueOptions{}))
			stop := start(t, rdb, ServerConfig{Concurrency: 16}, func(context.Context, metadata.BatchRef) error {
				return &metadata.Fault{Kind: metadata.FaultDenied, Op: "read", Subject: "tables"}
			})
			drained(t, d)
			stop()
			dead, err = d.Dead(t.Context())
			require.NoError(t, err)
			found := make([]metadata.BatchRef, 0, len(dead))
			for _, batch := range dead {
				found = append(found, batch.Ref)
				require.Equal(t, "read tables", batch.Error)
				require.Equal(t, taskID(batch.Ref), batch.Task)
				require.WithinDuration(t, time.Now(), batch.FailedAt, time.Minute)
			}
			require.ElementsMatch(t, refs, found)

			require.NoError(t, d.DropDead(t.Context(), refs[7]))
			depths, err := d.Depths(t.Context())
			require.NoError(t, err)
			require.Equal(t, len(refs)-1, depths.Archived)
			require.Equal(t, len(refs), depths.Failed)
			require.Equal(t, metadata.FaultMissing, metadata.AsFault(d.DropDead(t.Context(), refs[7])).Kind)

			other := batches(1)[0]
			require.NoError(t, d.Enqueue(t.Context(), other, EnqueueOptions{}))
			require.Equal(t, metadata.FaultMissing, metadata.AsFault(d.DropDead(t.Context(), other)).Kind, "it is not dead")
			alive, err := d.Alive(t.Context(), other)
			require.NoError(t, err)
			require.True(t, alive)
		})
	}
}

func TestMarkerTellsThatRedisWasLost(t *testing.T) {
	server := testkit.Redis(t)
	d := New(newClient(t, Options{Addr: server.Addr}), Config{Queue: "q"})
	mark, err := d.Marker(t.Context())
	require.NoError(t, err)
	require.Empty(t, mark)
	require.NoError(t, d.SetMarker(t.Context(), "one"))
	ref := batches(1)[0]
	require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
	mark, err = d.Marker(t.Context())
	require.NoError(t, err)
	require.Equal(t, "one", mark)
	mark, err = New(d.rdb, Config{Queue: "other"}).Marker(t.Context())
	require.NoError(t, err)
	require.Empty(t, mark, "each queue has its own")

	server.FlushAll()
	mark, err = d.Marker(t.Context())
	require.NoError(t, err)
	require.Empty(t, mark)
	alive, err := d.Alive(t.Context(), ref)
	require.NoError(t, err)
	require.False(t, alive)

	// Asynq's client announces a queue only once, and the flush has undone it.
	require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
	alive, err = d.Alive(t.Context(), ref)
	require.NoError(t, err)
	require.True(t, alive, "the same dispatch can be enqueued again, and is found")

	server.FlushAll()
	require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
	depths, err := d.Depths(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, depths.Pending)

	server.FlushAll()
	require.NoError(t, d.SetMarker(t.Context(), "two"))
	queues, err := asynq.NewInspectorFromRedisClient(d.rdb).Queues()
	require.NoError(t, err)
	require.Equal(t, []string{"q"}, queues, "Asynqmon sees the queue again")
}

func TestWithoutRedisCallsEndWithTheirContext(t *testing.T) {
	server := testkit.Redis(t)
	d := New(newClient(t, Options{Addr: server.Addr}), Config{})
	refs := batches(50)
	require.NoError(t, d.Enqueue(t.Context(), refs[0], EnqueueOptions{}))
	calls := map[string]func(context.Context) error{
		"enqueue":     func(ctx context.Context) error { return d.Enqueue(ctx, refs[1], EnqueueOptions{}) },
		"enqueue all": func(ctx context.Context) error { return d.EnqueueAll(ctx, refs, EnqueueOptions{}) },
		"alive":       func(ctx context.Context) error { _, err := d.Alive(ctx, refs[0]); return err },
		"depths":      func(ctx context.Context) error { _, err := d.Depths(ctx); return err },
		"dead":        func(ctx context.Context) error { _, err := d.Dead(ctx); return err },
		"drop dead":   func(ctx context.Context) error { return d.DropDead(ctx, refs[0]) },
		"marker":      func(ctx context.Context) error { _, err := d.Marker(ctx); return err },
		"set marker":  func(ctx context.Context) error { return d.SetMarker(ctx, "x") },
		"ping":        d.Ping,
	}
	check := func(t *testing.T) {
		t.Helper()
		for name, call := range calls {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			begun := time.Now()
			fault := metadata.AsFault(call(ctx))
			cancel()
			require.NotNil(t, fault, name)
			require.Equal(t, metadata.FaultTransient, fault.Kind, "%s: %v", name, fault)
			require.Less(t, time.Since(begun), 2*time.Second, name)

			ctx, cancel = context.WithCancel(t.Context())
			cancel()
			require.Equal(t, metadata.FaultStopped, metadata.AsFault(call(ctx)).Kind, name)
		}
	}
	server.Pause()
	t.Run("frozen", check)
	server.Resume()
	server.Kill()
	t.Run("dead", check)
}

func TestRefusalsOfRedisAreFaults(t *testing.T) {
	for text, kind := range map[string]metadata.FaultKind{
		"NOAUTH Authentication required.":                         metadata.FaultDenied,
		"redis eval error: NOPERM this user has no permission":    metadata.FaultDenied,
		"OOM command not allowed when used memory > 'maxmemory'.": metadata.FaultTransient,
		"READONLY You can't write against a read only replica.":   metadata.FaultTransient,
	} {
		fault := metadata.AsFault(redisFault(t.Context(), "enqueue batch", "b", redis.ErrClosed))
		require.Equal(t, metadata.FaultTransient, fault.Kind)
		fault = metadata.AsFault(redisFault(t.Context(), "enqueue batch", "b", textError(text)))
		require.Equal(t, kind, fault.Kind, text)
	}
}

type textError string

func (e textError) Error() string { return string(e) }
