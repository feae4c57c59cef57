package coordinator

import (
	"context"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// dispatchAtOnce is how many batches one look at a run hands to the queue.
const dispatchAtOnce = 1000

// checkQueue finds out whether the queue lost or rolled back its contents since
// the last look, and makes all open batches due when it did. An error means
// that the queue cannot be reached; nothing is dispatched then, and what is due stays due for workers
// that ask the ledger.
func (c *Coordinator) checkQueue(ctx context.Context, lease layer.Lease) error {
	there, err := c.marker(ctx)
	if err != nil {
		return err
	}
	want, err := c.Layer.QueueMark(ctx)
	if err != nil {
		return err
	}
	if there != "" && there == want {
		return nil
	}
	n, err := c.Layer.RedispatchAll(ctx, lease)
	if err != nil {
		return err
	}
	if want != "" && n > 0 {
		c.Logger.WarnContext(ctx, "the queue has lost its contents: dispatching anew", "batches", n)
		c.Metrics.queueLost()
	}
	return c.mark(ctx, lease)
}

// queuePatience is how long a look at the runs waits for the queue: runs that need none of it shall not wait for its
// client's retries.
const queuePatience = 3 * time.Second

func (c *Coordinator) marker(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, queuePatience)
	defer cancel()
	return c.Queue.Marker(ctx)
}

// mark puts a new mark into the layer and then into the queue. A crash in
// between makes the two differ, which costs one needless dispatch.
func (c *Coordinator) mark(ctx context.Context, lease layer.Lease) error {
	mark := uuid.NewString()
	if err := c.Layer.SetQueueMark(ctx, lease, mark); err != nil {
		return err
	}
	return c.Queue.SetMarker(ctx, mark)
}

// dispatch enqueues what is due of a run.
func (c *Coordinator) dispatch(ctx context.Context, lease layer.Lease, r metadata.Run) error {
	due, err := c.Layer.DueBatches(ctx, r.ID, dispatchAtOnce)
	if err != nil || len(due) == 0 {
		return err
	}
	send, keep, err := c.sort(ctx, r.ID, due)
	if err != nil {
		return err
	}
	if len(keep) > 0 {
		if err := c.Layer.Postpone(ctx, lease, r.ID, keep, c.cfg.Redispatch); err != nil {
			return err
		}
	}
	if len(send) == 0 {
		return nil
	}
	refs, err := c.Layer.MarkDispatched(ctx, lease, r.ID, send, c.cfg.Redispatch)
	if err != nil {
		return err
	}
	// A new mark with each dispatch: a queue that is set back to before it shows an old one.
	if err := c.mark(ctx, lease); err != nil {
		return err
	}
	c.Metrics.dispatch(len(refs))
	return c.enqueue(ctx, refs, r.Settings.MaxRetries)
}

// sort tells batches that must be sent from those that the queue still has.
func (c *Coordinator) sort(ctx context.Context, run metadata.RunID, due []layer.Batch) (send, keep []int, err error) {
	for _, b := range due {
		waiting := false
		if b.Overdue {
			if waiting, err = c.Queue.Waiting(ctx, metadata.BatchRef{Run: run, Batch: b.Number, Generation: b.Generation}); err != nil {
				return nil, nil, err
			}
		}
		if waiting {
			keep = append(keep, b.Number)
		} else {
			send = append(send, b.Number)
		}
	}
	return send, keep, nil
}

func (c *Coordinator) enqueue(ctx context.Context, refs []metadata.BatchRef, maxRetries int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for _, ref := range refs {
		g.Go(func() error { return c.Queue.Enqueue(ctx, ref, maxRetries) })
	}
	return g.Wait()
}
