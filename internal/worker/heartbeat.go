package worker

import (
	"context"
	"sync"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// beat keeps the worker's leases alive. When it cannot for two thirds of the
// TTL, it ends the lease here before the ledger does so there, and starts a new
// one with the next success.
func (w *Worker) beat(ctx context.Context) {
	ticker := time.NewTicker(w.cfg.TTL / 3)
	defer ticker.Stop()
	last := time.Now()
	var bear sync.Once
	for {
		began := time.Now()
		if err := w.beatOnce(ctx); err != nil {
			if ctx.Err() != nil {
				return
			}
			w.Logger.WarnContext(ctx, "the worker's heartbeat did not reach the layer", "error", err)
			if time.Since(last) > w.cfg.TTL*2/3 {
				w.endLease(errLeaseLost)
			}
		} else {
			last = began // the lease counts from before the statement was sent
			bear.Do(func() { close(w.born) })
			w.revive()
			w.giveBack(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (w *Worker) beatOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.TTL/3)
	defer cancel()
	stop, err := w.Ledger.Heartbeat(ctx, w.cfg.Worker, w.cfg.TTL, w.activeRuns())
	if err != nil {
		return err
	}
	for _, run := range stop {
		w.StopRun(run)
	}
	return nil
}

func (w *Worker) activeRuns() []metadata.RunID {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]metadata.RunID, 0, len(w.runs))
	for id := range w.runs {
		out = append(out, id)
	}
	return out
}

// revive starts a new lease when the last one was lost.
func (w *Worker) revive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lease.Err() != nil {
		w.newLease()
	}
}

// StopRun makes the worker begin no more tables of a run; those in hand are committed.
func (w *Worker) StopRun(run metadata.RunID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.runs[run]; r != nil {
		r.once.Do(func() { close(r.stopped) })
	}
}

// owe remembers a batch that could not be given back.
func (w *Worker) owe(id batchID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.owed[id] = struct{}{}
}

// giveBack releases batches that could not be released when their work was
// given up, since without that they would stay leased to this living worker.
func (w *Worker) giveBack(ctx context.Context) {
	w.mu.Lock()
	var ids []batchID
	for id := range w.owed {
		if w.busy[id] == nil {
			ids = append(ids, id)
		}
	}
	w.mu.Unlock()
	for _, id := range ids {
		if _, err := w.Ledger.Release(ctx, w.cfg.ID, &id.run, &id.batch); err != nil {
			w.Logger.WarnContext(ctx, "a batch could not be given back yet", "run_id", id.run, "batch", id.batch, "error", err)
			return
		}
		w.mu.Lock()
		delete(w.owed, id)
		w.mu.Unlock()
	}
}
