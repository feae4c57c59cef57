package worker

import (
	"context"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// workWithoutQueue takes batches straight from the ledger while the queue is
// away, so that losing it delays a run and does not stop it.
func (w *Worker) workWithoutQueue(ctx context.Context) {
	ticker := time.NewTicker(w.cfg.Poll)
	defer ticker.Stop()
	var since time.Time // when the queue was first found away
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if w.queueUp(ctx) {
			w.alone.Store(false)
			since = time.Time{}
			continue
		}
		if since.IsZero() {
			since = time.Now()
			w.Logger.WarnContext(ctx, "the queue is away", "ledger_after", w.cfg.QueueOutage)
		}
		if time.Since(since) >= w.cfg.QueueOutage {
			w.alone.Store(true)
			w.drainLedger(ctx)
		}
	}
}

func (w *Worker) queueUp(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Poll)
	defer cancel()
	return w.QueueUp(ctx) == nil
}

// drainLedger works on due batches until there is none, or one cannot be worked on.
func (w *Worker) drainLedger(ctx context.Context) {
	var last metadata.BatchRef
	for ctx.Err() == nil {
		ref, ok, err := w.Ledger.NextBatch(ctx)
		if err != nil || !ok || ref == last { // the same again: somebody else is at it
			return
		}
		last = ref
		if err := w.Handle(ctx, ref); err != nil {
			w.Logger.WarnContext(ctx, "a batch taken from the ledger was not finished", "run_id", ref.Run, "batch", ref.Batch, "error", err)
			return
		}
	}
}
