package simulation

import (
	"errors"
	"slices"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// errTwice says that a plan got a table that it has.
var errTwice = errors.New("the plan has this table already")

// Planned is a row of a plan on its way into the ledger.
type Planned struct {
	Table, Batch int
	Reason       metadata.Reason
}

// mustPlan gives the run when it is being planned.
func (l *Ledger) mustPlan(lease layer.Lease, id int) (*Run, error) {
	if err := l.fence(lease, EpochOnPlan); err != nil {
		return nil, err
	}
	r := l.run(id)
	switch {
	case r == nil:
		return nil, layer.ErrNotFound
	case r.Status != metadata.StatusPlanning:
		return nil, layer.ErrWrongState
	}
	return r, nil
}

// BeginPlan removes an unfinished plan.
func (l *Ledger) BeginPlan(lease layer.Lease, id int) error {
	r, err := l.mustPlan(lease, id)
	if err != nil {
		return err
	}
	r.Rows, r.Batches, r.planned = nil, map[int]*Batch{}, false
	r.planBegan = l.Now
	return nil
}

// AppendPlan adds rows to a plan.
func (l *Ledger) AppendPlan(lease layer.Lease, id int, rows []Planned) error {
	r, err := l.mustPlan(lease, id)
	if err != nil {
		return err
	}
	for i, p := range rows {
		if r.row(p.Table) != nil || slices.ContainsFunc(rows[:i], func(o Planned) bool { return o.Table == p.Table }) {
			return errTwice
		}
	}
	for _, p := range rows {
		r.Rows = append(r.Rows, &Row{Table: p.Table, Reason: p.Reason, Batch: p.Batch, State: metadata.LedgerPending})
		if !l.guarded(PlanInvisible) && r.Batches[p.Batch] == nil {
			r.Batches[p.Batch] = &Batch{Due: l.Now}
		}
	}
	slices.SortFunc(r.Rows, func(a, b *Row) int { return a.Table - b.Table })
	return nil
}

// CompletePlan makes a plan visible.
func (l *Ledger) CompletePlan(lease layer.Lease, id int, p SourcePlan) (metadata.RunCounts, error) {
	r, err := l.mustPlan(lease, id)
	if err != nil {
		return metadata.RunCounts{}, err
	}
	c := metadata.RunCounts{Discovered: p.Discovered, Unchanged: p.Unchanged, Filtered: p.Filtered, Total: len(r.Rows)}
	for _, row := range r.Rows {
		if row.State == metadata.LedgerSkipped { // a cancellation that was taken back may have skipped it
			l.set(r, row, metadata.LedgerPending, "reopen")
			row.Class = ""
		}
		if r.Batches[row.Batch] == nil {
			r.Batches[row.Batch] = &Batch{Due: l.Now}
		}
		switch row.Reason {
		case metadata.ReasonNew:
			c.New++
		case metadata.ReasonChanged:
			c.Changed++
		case metadata.ReasonForced:
			c.Forced++
		case metadata.ReasonDropped:
			c.Dropped++
		case metadata.ReasonRenamed:
			c.Renamed++
		}
	}
	r.Counts, r.plan, r.planned, r.planComplete, r.Status = c, p, true, true, metadata.StatusRunning
	if p.Privileges != "" && p.Privileges != l.source.privileges && l.guarded(PrivilegesForgotten) {
		l.source.privileges = "" // tables come to be known that the others may hide
	}
	l.happened(metadata.HappeningPlanned, r)
	return c, nil
}

// FailPlan ends a run that cannot be planned.
func (l *Ledger) FailPlan(lease layer.Lease, id int) error {
	r, err := l.mustPlan(lease, id)
	if err != nil {
		return err
	}
	r.Rows = nil
	l.finish(r, metadata.StatusFailed)
	return nil
}
