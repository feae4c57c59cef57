package simulation

import (
	"slices"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// The classes of skipped and failed tables that the layer itself gives.
const (
	classCancelled   metadata.FaultClass = "cancelled"
	classTimedOut    metadata.FaultClass = "timed_out"
	classGone        metadata.FaultClass = "gone"
	classQuarantined metadata.FaultClass = "quarantined"
)

// CreateRun adds a run, once.
func (l *Ledger) CreateRun(id int, s Settings) {
	if l.run(id) != nil {
		return
	}
	r := &Run{ID: id, Seq: len(l.runs) + 1, Status: metadata.StatusPlanning, Settings: s, Batches: map[int]*Batch{}, started: l.Now}
	if s.MaxRuntime > 0 {
		r.deadline = l.Now + s.MaxRuntime
	}
	l.runs = append(l.runs, r)
}

// Fire makes a run for a fire time, once; id 0 records the time as passed.
func (l *Ledger) Fire(lease layer.Lease, at time.Duration, id int, s Settings) (made bool, err error) {
	if err := l.fence(lease, EpochOnFire); err != nil {
		return false, err
	}
	if l.fires[at] && l.guarded(FireKey) {
		return false, nil
	}
	l.fires[at] = true
	if id != 0 {
		l.watch.fired(at)
		l.CreateRun(id, s)
	}
	return true, nil
}

// LastFire is the latest fire time, 0 when there is none.
func (l *Ledger) LastFire() (last time.Duration) {
	for at := range l.fires {
		last = max(last, at)
	}
	return last
}

// ActiveRuns gives those that have not ended, as they are now.
func (l *Ledger) ActiveRuns() (out []Run) {
	for _, r := range l.runs {
		if !r.Status.Final() {
			out = append(out, *r)
		}
	}
	return out
}

// RequestCancel asks a run to stop after the tables in hand.
func (l *Ledger) RequestCancel(id int) error {
	r := l.run(id)
	switch {
	case r == nil:
		return layer.ErrNotFound
	case r.Status.Final():
		return layer.ErrWrongState
	}
	if !r.Cancel {
		r.Cancel, r.cancelled = true, l.Now
	}
	l.skip(r, classCancelled, metadata.LedgerPending)
	return nil
}

// skip settles what is in one of the states.
func (l *Ledger) skip(r *Run, class metadata.FaultClass, states ...metadata.LedgerState) {
	for _, row := range r.Rows {
		if slices.Contains(states, row.State) {
			if len(states) > 1 && l.guarded(StopBumpsAttempt) {
				row.Attempt++
			}
			l.set(r, row, metadata.LedgerSkipped, "stop")
			row.Class = class
		}
	}
}

// Reopen makes an ended run active again.
func (l *Ledger) Reopen(id int, failed bool) (left int, err error) {
	r := l.run(id)
	if r == nil {
		return 0, layer.ErrNotFound
	}
	if !r.Status.Final() || r.Status == metadata.StatusCompleted {
		return 0, layer.ErrWrongState
	}
	status := metadata.StatusPlanning
	if r.planComplete {
		status = metadata.StatusRunning
		again := slices.DeleteFunc(slices.Clone(r.Rows), func(row *Row) bool {
			stopped := row.State == metadata.LedgerSkipped && (row.Class == classCancelled || row.Class == classTimedOut)
			return !stopped && (!failed || row.State != metadata.LedgerFailed)
		})
		if left = len(again); left == 0 {
			return 0, layer.ErrWrongState
		}
		for _, row := range again {
			l.set(r, row, metadata.LedgerPending, "reopen")
			row.Owner, row.Solo, row.Class, row.Fails, row.Crashes, row.SoloCrashes = "", false, "", 0, 0, 0
			row.deaths = 0
		}
	}
	r.Status, r.Cancel, r.deadline = status, false, 0
	r.Resumes++
	if r.Settings.MaxRuntime > 0 {
		r.deadline = l.Now + r.Settings.MaxRuntime
	}
	for _, b := range r.Batches {
		b.Due, b.Dispatched = l.Now, false
	}
	return left, nil
}

// finish ends a run: its row, what is remembered of its source, the happening that leaves.
func (l *Ledger) finish(r *Run, status metadata.RunStatus) {
	l.watch.finished(r, status)
	r.Status, r.ended = status, l.Now
	if status == metadata.StatusCompleted || status == metadata.StatusCompletedWithErrors {
		l.finishSource(r, status)
	} else if p, st := r.plan, &l.source; r.planned && p.Complete && p.Missing == 0 && st.privileges == "" && (l.wasAlone(r) || !l.guarded(LoneRunsProve)) {
		st.privileges = p.Privileges // what the plan saw is true, whatever became of the run
	}
	l.happened(metadata.HappeningFinished, r)
}

// finishSource remembers what the run's plan proves about the source.
func (l *Ledger) finishSource(r *Run, status metadata.RunStatus) {
	if !r.planned || (l.source.there && l.source.seq > r.Seq) {
		return
	}
	p, s := r.plan, &l.source
	alone := l.wasAlone(r) || !l.guarded(LoneRunsProve)
	if p.Complete && p.Missing == 0 && alone && p.Privileges != "" {
		s.privileges = p.Privileges
	}
	s.token = ""
	if p.Complete && alone && (status == metadata.StatusCompleted || !l.guarded(TokenOfCompleted)) {
		s.token = p.Token
	}
	switch {
	case p.Swept:
		s.sinceSweep = 0
	default:
		s.sinceSweep++
	}
	s.seq, s.there = r.Seq, true
}

// wasAlone tells whether no other run was active at any time of this one's life.
func (l *Ledger) wasAlone(r *Run) bool {
	return !slices.ContainsFunc(l.runs, func(o *Run) bool {
		return o != r && (!o.Status.Final() || o.ended >= r.started)
	})
}
