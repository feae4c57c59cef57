package queue

import (
	"context"
	"errors"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/semsync/semsync/internal/metadata"
)

// Config configures a Dispatcher.
type Config struct {
	Queue       string // name of the Asynq queue; "" means DefaultQueue
	Parallelism int    // enqueues at once in EnqueueAll; 0 means 16
}

// EnqueueOptions say how a batch is to be delivered.
type EnqueueOptions struct {
	Delay    time.Duration // before the first delivery, rounded up to a second of the clock; 0 means none
	MaxRetry int           // retries that the run allows; the queue allows more, since the ledger counts
	// Timeout is how long a delivery may take, rounded up to whole seconds.
	// The handler's context then ends. 0 means no limit.
	Timeout time.Duration
}

// Dispatcher puts batches into the queue and looks at it. It is safe for
// concurrent use. Its errors are faults: transient while Redis is away.
type Dispatcher struct {
	rdb         redis.UniversalClient
	client      *asynq.Client
	queue       string
	parallelism int
}

// New makes a Dispatcher on a client that stays the caller's to close.
func New(rdb redis.UniversalClient, config Config) *Dispatcher {
	d := &Dispatcher{rdb: rdb, client: asynq.NewClientFromRedisClient(rdb), queue: config.Queue, parallelism: config.Parallelism}
	if d.queue == "" {
		d.queue = DefaultQueue
	}
	if d.parallelism <= 0 {
		d.parallelism = 16
	}
	return d
}

// Enqueue puts one dispatch of a batch into the queue. Doing it again changes
// nothing, as long as the first one is there.
func (d *Dispatcher) Enqueue(ctx context.Context, ref metadata.BatchRef, options EnqueueOptions) error {
	task, err := newTask(ref)
	if err != nil {
		return err
	}
	_, err = d.client.EnqueueContext(ctx, task, d.settings(ref, options)...)
	if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) {
		return redisFault(ctx, "enqueue batch", taskID(ref), err)
	}
	return nil
}

func (d *Dispatcher) settings(ref metadata.BatchRef, options EnqueueOptions) []asynq.Option {
	settings := []asynq.Option{
		asynq.Queue(d.queue),
		asynq.TaskID(taskID(ref)),
		asynq.MaxRetry(min(max(options.MaxRetry, 0), mostRetries) + retrySlack),
		asynq.Timeout(taskTimeout(options.Timeout)),
	}
	if options.Delay > 0 {
		now := time.Now()
		settings = append(settings, asynq.ProcessAt(now.Add(wholeSeconds(now, options.Delay))))
	}
	return settings
}

// taskTimeout is what Asynq is told, in whole seconds.
func taskTimeout(timeout time.Duration) time.Duration {
	if timeout <= 0 || timeout > noTimeout {
		return noTimeout
	}
	return (timeout + time.Second - 1).Truncate(time.Second) + overtime
}

// EnqueueAll enqueues many batches side by side and returns the first error,
// after which any number of them may be enqueued: do it again.
func (d *Dispatcher) EnqueueAll(ctx context.Context, refs []metadata.BatchRef, options EnqueueOptions) error {
	group, all := errgroup.WithContext(ctx)
	group.SetLimit(d.parallelism)
	for _, ref := range refs {
		if all.Err() != nil {
			break
		}
		group.Go(func() error { return d.Enqueue(all, ref, options) })
	}
	err := group.Wait()
	if cause := ctx.Err(); err == nil && cause != nil { // some may never have been tried
		err = redisFault(ctx, "enqueue batches", "", cause)
	}
	return err
}

// Ping tells whether Redis answers.
func (d *Dispatcher) Ping(ctx context.Context) error {
	if err := d.rdb.Ping(ctx).Err(); err != nil {
		return redisFault(ctx, "ping", "redis", err)
	}
	return nil
}
