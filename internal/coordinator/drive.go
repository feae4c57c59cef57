package coordinator

import (
	"context"
	"errors"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// settle is the least time between two looks, in which hints may gather. Looks at large runs take longer, since all of their
// ledger is counted: after one comes a rest restShare times as long, within longestRest.
const (
	settle      = 200 * time.Millisecond
	restShare   = 10
	longestRest = 2 * time.Second
)

// drive looks at all active runs, at least every tick, until ctx ends.
func (c *Coordinator) drive(ctx context.Context, lease layer.Lease) {
	stop, err := c.Bus.Subscribe(ctx, func(e metadata.Event) {
		if e.Kind == metadata.EventBatchDone || e.Kind == metadata.EventFailed || e.Kind == metadata.EventCancel {
			c.Wake()
		}
	})
	if err != nil {
		c.Logger.WarnContext(ctx, "no events: the ledger is looked at every tick all the same", "error", err)
	} else {
		defer stop()
	}
	plans, validations := &plans{c: c, lease: lease}, newValidations(c, lease)
	defer plans.wait()
	defer validations.wait()
	for {
		began := time.Now()
		if err := c.tick(ctx, lease, plans, validations); err != nil && ctx.Err() == nil {
			if errors.Is(err, layer.ErrDeposed) {
				return
			}
			c.Logger.WarnContext(ctx, "a look at the runs failed; the next one comes", "error", err)
		}
		rest := min(max(settle, restShare*time.Since(began)), longestRest)
		rested := time.After(time.Until(began.Add(rest)))
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(c.cfg.Tick, rest)):
		case <-c.wake:
			select {
			case <-ctx.Done():
				return
			case <-rested:
			}
		}
	}
}

// tick does for every active run what its state calls for.
func (c *Coordinator) tick(ctx context.Context, lease layer.Lease, p *plans, v *validations) error {
	runs, err := c.Layer.ActiveRuns(ctx)
	if err != nil {
		return err
	}
	c.measure(ctx, runs)
	c.prune(ctx, lease)
	if len(runs) == 0 {
		c.lookedForWorkers = time.Time{}
		return nil
	}
	if n, err := c.Layer.Reap(ctx, lease); err != nil {
		return err
	} else if n > 0 {
		c.Logger.WarnContext(ctx, "tables of dead workers were set free", "tables", n)
		c.Metrics.reap(n)
	}
	c.lookForWorkers(ctx)
	queueErr := c.checkQueue(ctx, lease)
	for _, r := range runs {
		switch {
		case r.Status == metadata.StatusPlanning && !r.CancelRequested:
			p.start(ctx, r)
		case r.Status == metadata.StatusRunning && queueErr == nil:
			if err := c.dispatch(ctx, lease, r); err != nil {
				c.Logger.WarnContext(ctx, "batches could not be dispatched", "run_id", r.ID, "error", err)
			}
		case r.Status == metadata.StatusAwaitingApproval && r.Counts.Pending > 0:
			if err := c.Expire(ctx, r); err != nil {
				c.Logger.WarnContext(ctx, "nobody decided in time, and that could not be acted upon", "run_id", r.ID, "error", err)
			}
		}
		worked := r.Status == metadata.StatusRunning && layer.Worked(r) && !layer.NeedsValidation(r)
		if worked { // what validates it has done so already, or nothing does
			c.refreshImpact(ctx, lease, r)
		}
		now, err := c.advance(ctx, lease, r.ID, worked)
		if err != nil {
			return err
		}
		if layer.NeedsValidation(now) {
			v.start(ctx, now)
		}
	}
	return queueErr
}

// pruneEvery is how often old runs are looked for.
const pruneEvery = time.Hour

// prune removes old runs, some at each tick until there are none left.
func (c *Coordinator) prune(ctx context.Context, lease layer.Lease) {
	if c.cfg.Retention <= 0 || time.Since(c.pruned) < pruneEvery {
		return
	}
	n, err := c.Layer.Prune(ctx, lease, c.cfg.Retention)
	if err != nil {
		c.Logger.WarnContext(ctx, "old runs could not be removed", "error", err)
	}
	if n == 0 || err != nil {
		c.pruned = time.Now()
		return
	}
	c.Logger.InfoContext(ctx, "old runs were removed", "runs", n, "older_than", c.cfg.Retention)
}

// measureEvery is how often the gauges that need questions of their own are set.
const measureEvery = 5 * time.Second

// measure sets the gauges. They are no reason to stop.
func (c *Coordinator) measure(ctx context.Context, runs []metadata.Run) {
	if time.Since(c.measured) >= measureEvery {
		c.measured = time.Now()
		if n, err := c.Layer.LiveWorkers(ctx); err == nil {
			c.alive = n
		}
		for _, name := range c.Sources.Names() {
			if s, err := c.Layer.SourceState(ctx, name); err == nil {
				c.Metrics.lastSuccess(name, s.LastRun)
			}
		}
	}
	c.Metrics.looked(runs, c.alive)
}

// workerLook is how often it is said that there are no workers.
const workerLook = 20 * time.Second

// lookForWorkers says so when runs wait for workers and there are none.
func (c *Coordinator) lookForWorkers(ctx context.Context) {
	if c.lookedForWorkers.IsZero() {
		c.lookedForWorkers = time.Now() // give those that are starting a moment
	}
	if time.Since(c.lookedForWorkers) < workerLook {
		return
	}
	c.lookedForWorkers = time.Now()
	if n, err := c.Layer.LiveWorkers(ctx); err == nil && n == 0 {
		c.Logger.WarnContext(ctx, "runs are waiting, and no worker is alive: start worker with the same configuration")
	}
}

// advance takes a run to its next state. refreshed says that refreshImpact has seen all its tables: so it has for
// those that end as planned, and has not for those that were cancelled.
func (c *Coordinator) advance(ctx context.Context, lease layer.Lease, id metadata.RunID, refreshed bool) (metadata.Run, error) {
	r, final, err := c.Layer.Advance(ctx, lease, id, c.cfg.CancelGrace)
	if err != nil || !final {
		return r, err
	}
	if !refreshed {
		c.refreshImpact(ctx, lease, r)
	}
	c.ended(ctx, lease, r)
	return r, nil
}

// ended tells that a run has come to its end.
func (c *Coordinator) ended(ctx context.Context, lease layer.Lease, r metadata.Run) {
	c.Metrics.finished(r)
	c.Logger.InfoContext(ctx, "run ended", "run_id", r.ID, "status", r.Status, "tables", r.Counts.Done, "failed", r.Counts.Failed, "error", r.Error)
	c.Bus.Publish(metadata.Event{
		Run: r.ID, Batch: -1, Kind: metadata.EventFinished, Sequence: lease.Epoch, At: time.Now(), Status: r.Status, Done: r.Counts.Done, Failed: r.Counts.Failed,
		Fields: r.Counts.Fields, Worker: c.cfg.ID,
	})
}
