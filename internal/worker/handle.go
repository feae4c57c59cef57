package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Handle works on a batch until nothing of it is free. Its error is a fault
// that tells the queue what to do: transient with RetryAfter when tables will be
// tried again, invalid when tables are out of tries, stopped when the work was given up.
func (w *Worker) Handle(ctx context.Context, ref metadata.BatchRef) error {
	select {
	case <-w.born:
	case <-ctx.Done():
		return &metadata.Fault{Kind: metadata.FaultStopped, Op: "work on a batch", Err: context.Cause(ctx)}
	}
	leave, err := w.gate.enter(ctx)
	if err != nil {
		return &metadata.Fault{Kind: metadata.FaultStopped, Op: "work on a batch", Err: err}
	}
	defer leave()
	id := batchID{ref.Run, ref.Batch}
	run, ok := w.enter(id)
	if !ok {
		return nil // this process is at it already
	}
	defer w.leave(id)
	defer w.Metrics.batch(time.Now())
	ctx, cancel := w.withLease(ctx)
	defer cancel()

	total := layer.Settled{}
	for {
		row, more, err := w.round(ctx, ref, run, &total)
		if err != nil {
			return w.abandon(ctx, id, err)
		}
		if !more {
			return w.outcome(row, ref, total)
		}
	}
}

// round works on what is free of the batch; more is false when nothing of it was, or no more of it shall be taken.
func (w *Worker) round(ctx context.Context, ref metadata.BatchRef, run *activeRun, total *layer.Settled) (row metadata.Run, more bool, err error) {
	if err := w.lanes.Acquire(ctx, 1); err != nil {
		return row, false, context.Cause(ctx)
	}
	free := sync.OnceFunc(func() { w.lanes.Release(1) })
	defer free()
	claim, err := w.Ledger.Claim(ctx, w.cfg.ID, ref)
	if err == nil && claim.Suspects {
		free()
		// A table that saw a worker die has the process for itself: were others at work, they could be what kills it.
		if err := w.lanes.Acquire(ctx, allLanes); err != nil {
			return row, false, context.Cause(ctx)
		}
		defer w.lanes.Release(allLanes)
		claim, err = w.Ledger.ClaimAlone(ctx, w.cfg.ID, ref)
	}
	if err != nil || len(claim.Tables) == 0 {
		// Those that were set aside with a worker that died failed in nobody's hands, and the queue shall show them too.
		total.Failed = max(total.Failed, claim.Failed)
		return claim.Run, false, err
	}
	w.Metrics.claimed(len(claim.Tables))
	w.publish(claim.Run, ref, metadata.Event{Kind: metadata.EventClaimed, Sequence: int64(claim.Tables[0].Attempt)})
	settled, err := w.process(ctx, claim, ref, run)
	w.saveProfile(ctx, claim.Run)
	total.Retry += settled.Retry
	total.Failed += settled.Failed
	total.MaxFailCount = max(total.MaxFailCount, settled.MaxFailCount)
	return claim.Run, total.Retry == 0 && !isClosed(run.stopped), err
}

// enter notes that this process works on the batch; ok is false when it does already.
func (w *Worker) enter(id batchID) (*activeRun, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[id] != nil {
		return nil, false
	}
	w.busy[id] = make(chan struct{})
	r := w.runs[id.run]
	if r == nil {
		r = &activeRun{stopped: make(chan struct{})}
		w.runs[id.run] = r
	}
	r.users++
	return r, true
}

func (w *Worker) leave(id batchID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.busy[id])
	delete(w.busy, id)
	if r := w.runs[id.run]; r != nil {
		if r.users--; r.users == 0 {
			delete(w.runs, id.run)
		}
	}
}

// outcome turns what became of a delivery into what the queue shall do.
func (w *Worker) outcome(run metadata.Run, ref metadata.BatchRef, total layer.Settled) error {
	subject := fmt.Sprintf("batch %d of run %s", ref.Batch, ref.Run)
	switch {
	case total.Retry > 0:
		return &metadata.Fault{
			Kind: metadata.FaultTransient, Class: metadata.ClassUnavailable, Op: "work on", Subject: subject,
			// At once is asked for too: none would leave the wait to the queue's default.
			RetryAfter: max(w.Delay(run.Settings, total.MaxFailCount), time.Millisecond), Err: fmt.Errorf("%d tables will be tried again", total.Retry),
		}
	case total.Failed > 0:
		return &metadata.Fault{
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "work on", Subject: subject,
			Err: fmt.Errorf("%d tables failed for good", total.Failed), Hint: "see coordinator dead list",
		}
	default:
		w.publish(run, ref, metadata.Event{Kind: metadata.EventBatchDone, Sequence: int64(ref.Generation)})
		return nil
	}
}

// abandon gives a batch back whose work cannot go on: the process stops, its
// lease is lost or the layer is away. Nothing of that is the tables' fault.
func (w *Worker) abandon(ctx context.Context, id batchID, err error) error {
	release, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.cfg.TTL/3)
	defer cancel()
	if _, gave := w.Ledger.Release(release, w.cfg.ID, &id.run, &id.batch); gave != nil {
		w.owe(id)
	}
	if cause := context.Cause(ctx); cause != nil {
		return &metadata.Fault{Kind: metadata.FaultStopped, Op: "work on a batch", Err: cause}
	}
	if errors.Is(err, layer.ErrNotFound) {
		return &metadata.Fault{Kind: metadata.FaultConflict, Op: "work on a batch", Err: err}
	}
	w.Logger.WarnContext(ctx, "a batch was given back", "run_id", id.run, "batch", id.batch, "error", err)
	return err
}

func (w *Worker) publish(run metadata.Run, ref metadata.BatchRef, e metadata.Event) {
	e.Run, e.Batch, e.Worker, e.At, e.Status = ref.Run, ref.Batch, w.cfg.ID, time.Now(), run.Status
	w.Events.Publish(e)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
