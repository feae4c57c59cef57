package simulation

import (
	"slices"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Reap sets free what dead workers had.
func (l *Ledger) Reap(lease layer.Lease) (int, error) {
	if err := l.fence(lease, EpochOnDispatch); err != nil {
		return 0, err
	}
	n := 0
	for _, r := range l.runs {
		n += l.reap(r, func(*Row) bool { return true })
	}
	return n, nil
}

// reap sets free the rows of a run that are leased to dead workers, and sets those aside that killed theirs.
func (l *Ledger) reap(r *Run, of func(*Row) bool) (n int) {
	for _, row := range r.Rows {
		if row.State != metadata.LedgerLeased || !of(row) || l.workers[row.Owner] > l.Now {
			continue
		}
		n++
		l.watch.reaped(row)
		quarantine := row.Solo && row.SoloCrashes >= 1
		if !l.guarded(CrashesAlone) {
			quarantine = row.Crashes >= 1
		}
		row.Crashes++
		if row.Solo {
			row.SoloCrashes++
		}
		if quarantine {
			l.watch.quarantined(r, row)
			l.set(r, row, metadata.LedgerFailed, "reap")
			row.Class = classQuarantined
		} else {
			l.set(r, row, metadata.LedgerPending, "reap")
		}
		row.Owner, row.Solo = "", false
		l.dueNow(r, row.Batch)
	}
	return n
}

func (l *Ledger) dueNow(r *Run, batch int) {
	if b := r.Batches[batch]; b != nil {
		b.Due, b.Dispatched = l.Now, false
	}
}

// claimable tells whether the run's tables may be worked on.
func (l *Ledger) claimable(r *Run) bool {
	running := r.Status == metadata.StatusRunning || (r.Status == metadata.StatusPlanning && !l.guarded(PlanInvisible))
	return running && !r.Cancel
}

// DueBatches gives batches whose time has come.
func (l *Ledger) DueBatches(id int) (out []layer.Batch) {
	r := l.run(id)
	if !l.claimable(r) {
		return nil
	}
	for n, b := range r.Batches {
		if b.Due <= l.Now && r.has(n, metadata.LedgerPending) && !r.has(n, metadata.LedgerLeased) {
			out = append(out, layer.Batch{Number: n, Generation: b.Generation, Overdue: b.Dispatched})
		}
	}
	slices.SortFunc(out, func(a, b layer.Batch) int { return a.Number - b.Number })
	return out
}

// Ref names one dispatch of one batch.
type Ref struct{ Run, Batch, Generation int }

// MarkDispatched raises the generations of batches.
func (l *Ledger) MarkDispatched(lease layer.Lease, id int, batches []int, again time.Duration) (out []Ref, err error) {
	if err := l.fence(lease, EpochOnDispatch); err != nil {
		return nil, err
	}
	for _, n := range batches {
		b := l.run(id).Batches[n]
		if b == nil {
			continue
		}
		if l.guarded(Generation) || b.Generation == 0 {
			b.Generation++
		}
		b.Dispatched, b.Due = true, l.Now+again
		out = append(out, Ref{id, n, b.Generation})
	}
	return out, nil
}

// Postpone moves the time when batches become due.
func (l *Ledger) Postpone(lease layer.Lease, id int, batches []int, again time.Duration) error {
	if err := l.fence(lease, EpochOnDispatch); err != nil {
		return err
	}
	for _, n := range batches {
		if b := l.run(id).Batches[n]; b != nil {
			b.Due = l.Now + again
		}
	}
	return nil
}

// RedispatchAll makes every open batch due.
func (l *Ledger) RedispatchAll(lease layer.Lease) (n int, err error) {
	if err := l.fence(lease, EpochOnDispatch); err != nil {
		return 0, err
	}
	for _, r := range l.runs {
		for i := range r.Batches {
			if r.has(i, metadata.LedgerPending) {
				l.dueNow(r, i)
				n++
			}
		}
	}
	return n, nil
}

// QueueMark is the mark that the queue must show.
func (l *Ledger) QueueMark() string { return l.mark }

// SetQueueMark records it.
func (l *Ledger) SetQueueMark(lease layer.Lease, mark string) error {
	if err := l.fence(lease, EpochOnDispatch); err != nil {
		return err
	}
	l.mark = mark
	return nil
}

// Advance refreshes a run from its ledger and ends it when nothing is left.
func (l *Ledger) Advance(lease layer.Lease, id int, grace time.Duration) (Run, bool, error) {
	if err := l.fence(lease, EpochOnFinalize); err != nil {
		return Run{}, false, err
	}
	r := l.run(id)
	if r == nil {
		return Run{}, false, layer.ErrNotFound
	}
	if r.Status.Final() && l.guarded(FinalizeOnce) {
		return *r, false, nil
	}
	overdue := r.deadline > 0 && r.deadline <= l.Now
	switch {
	case overdue:
		l.skip(r, classTimedOut, metadata.LedgerPending, metadata.LedgerLeased)
	case r.Cancel && r.cancelled <= l.Now-grace:
		l.skip(r, classCancelled, metadata.LedgerPending, metadata.LedgerLeased)
	case r.Cancel:
		l.skip(r, classCancelled, metadata.LedgerPending)
	}
	left, status := r.verdict(overdue)
	if left > 0 || (!r.planComplete && !overdue && !r.Cancel) {
		return *r, false, nil
	}
	l.finish(r, status)
	return *r, true, nil
}

// verdict counts the ledger into the run, and says what is left and how the run would end.
func (r *Run) verdict(overdue bool) (left int, _ metadata.RunStatus) {
	n, cancelled, timedOut := &r.Counts, 0, 0
	n.Done, n.Failed, n.Skipped = 0, 0, 0
	for _, row := range r.Rows {
		switch row.State {
		case metadata.LedgerDone:
			n.Done++
		case metadata.LedgerFailed:
			n.Failed++
		case metadata.LedgerSkipped:
			n.Skipped++
			if row.Class == classCancelled {
				cancelled++
			}
			if row.Class == classTimedOut {
				timedOut++
			}
		case metadata.LedgerPending, metadata.LedgerLeased:
			left++
		}
	}
	planned := n.New + n.Changed + n.Forced + n.Renamed
	switch {
	case r.Cancel && (cancelled > 0 || !r.planComplete):
		return left, metadata.StatusCancelled
	case timedOut > 0 || (overdue && !r.planComplete):
		return left, metadata.StatusTimedOut
	case len(r.Rows) != n.Total || n.Discovered != planned+n.Unchanged+n.Filtered || n.Total != planned+n.Dropped:
		return left, metadata.StatusFailed
	case n.Failed > 0 && n.Done == 0:
		return left, metadata.StatusFailed
	case n.Failed > 0:
		return left, metadata.StatusCompletedWithErrors
	default:
		return left, metadata.StatusCompleted
	}
}
