package queue

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// announced is Asynq's set of all queues.
const announced = "asynq:queues"

// key gives the name of one of our own keys. What is in braces decides the
// node of a cluster, so that the keys of a queue are together.
func (d *Dispatcher) key(name string) string { return "semsync:{" + d.queue + "}:" + name }

// Marker gives the mark that was left in Redis, "" when there is none. A mark
// other than the one that SQL has tells that Redis was lost, replaced or
// rolled back beyond the setting of the mark, and that what is not finished
// has to be enqueued anew.
func (d *Dispatcher) Marker(ctx context.Context) (string, error) {
	mark, err := d.rdb.Get(ctx, d.key("marker")).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", redisFault(ctx, "read marker of queue", d.queue, err)
	}
	return mark, nil
}

// SetMarker leaves a mark, and announces the queue again, since whoever lost
// the one has lost the other.
func (d *Dispatcher) SetMarker(ctx context.Context, mark string) error {
	if err := d.announce(ctx); err != nil {
		return redisFault(ctx, "announce queue", d.queue, err)
	}
	if err := d.rdb.Set(ctx, d.key("marker"), mark, 0).Err(); err != nil {
		return redisFault(ctx, "write marker of queue", d.queue, err)
	}
	return nil
}

// announce adds the queue to Asynq's list. Asynq does it once per client, with
// the first enqueue, and finds no queue once Redis was wiped.
func (d *Dispatcher) announce(ctx context.Context) error {
	return d.rdb.SAdd(ctx, announced, d.queue).Err()
}
