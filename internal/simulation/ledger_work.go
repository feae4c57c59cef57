package simulation

import (
	"slices"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Heartbeat keeps a worker's leases alive and gives which of the runs it must stop working on.
func (l *Ledger) Heartbeat(worker string, expires time.Duration, runs []int) (stop []int) {
	l.workers[worker] = expires
	for _, id := range runs {
		if r := l.run(id); r != nil && (r.Status != metadata.StatusRunning || r.Cancel) {
			stop = append(stop, id)
		}
	}
	return stop
}

// Gone removes a worker's row.
func (l *Ledger) Gone(worker string) { delete(l.workers, worker) }

// Claimed is a table leased to the caller.
type Claimed struct {
	Table, Batch, Attempt, Fails int
	Reason                       metadata.Reason
}

// Claim is what a worker got of a batch.
type Claim struct {
	Seq      int
	Settings Settings
	Tables   []Claimed
	Suspects bool // nothing else is free, and there are tables left that saw a worker die
	Failed   int  // tables of the batch, when nothing of it is free
}

// Claim leases what is free of a batch. The holder is the caller's name for this claim, for the watch.
func (l *Ledger) Claim(worker string, ref Ref, holder int) (Claim, error) {
	return l.claim(ref, func(r *Run, c *Claim) {
		var free []*Row
		for _, row := range r.Rows {
			wanted := row.State == metadata.LedgerPending || !l.guarded(ClaimTakesPendingOnly)
			if row.Batch == ref.Batch && wanted && (row.Crashes == 0 || !l.guarded(SuspectsAlone)) {
				free = append(free, row)
			}
		}
		l.lease(r, c, free, worker, holder, false)
		c.Suspects = len(free) == 0 && r.has(ref.Batch, metadata.LedgerPending)
	})
}

// ClaimAlone leases one table that saw a worker die.
func (l *Ledger) ClaimAlone(worker string, ref Ref, holder int) (Claim, error) {
	return l.claim(ref, func(r *Run, c *Claim) { l.lease(r, c, l.suspect(r, ref.Batch), worker, holder, true) })
}

func (l *Ledger) claim(ref Ref, take func(*Run, *Claim)) (c Claim, err error) {
	r := l.run(ref.Run)
	if r == nil {
		return c, layer.ErrNotFound
	}
	c.Seq, c.Settings = r.Seq, r.Settings
	if l.claimable(r) && r.Batches[ref.Batch] != nil {
		l.reap(r, func(row *Row) bool { return row.Batch == ref.Batch })
		take(r, &c)
	}
	if len(c.Tables) == 0 {
		for _, row := range r.Rows {
			if row.Batch == ref.Batch && row.State == metadata.LedgerFailed {
				c.Failed++
			}
		}
	}
	return c, nil
}

func (l *Ledger) lease(r *Run, c *Claim, free []*Row, worker string, holder int, solo bool) {
	for _, row := range free {
		l.set(r, row, metadata.LedgerLeased, "claim")
		row.Owner, row.Solo = worker, solo
		row.Attempt++
		row.holder, row.alone, row.claimedAt = holder, len(free) == 1, l.Now
		c.Tables = append(c.Tables, Claimed{Table: row.Table, Batch: row.Batch, Attempt: row.Attempt, Fails: row.Fails, Reason: row.Reason})
	}
}

// notAlone notes for the watch that a process dies of one table: the others that it holds were not alone.
func (l *Ledger) notAlone(worker string, killer int) {
	for _, r := range l.runs {
		for _, row := range r.Rows {
			if row.Owner == worker && row.State == metadata.LedgerLeased && row.Table != killer {
				row.alone = false
			}
		}
	}
}

// suspect gives the one table to be worked on alone, when nobody works on the batch.
func (l *Ledger) suspect(r *Run, batch int) []*Row {
	if r.has(batch, metadata.LedgerLeased) {
		return nil
	}
	var one *Row
	for _, row := range r.Rows {
		if row.Batch == batch && row.State == metadata.LedgerPending && row.Crashes > 0 && (one == nil || row.Crashes < one.Crashes) {
			one = row
		}
	}
	if one == nil {
		return nil
	}
	return []*Row{one}
}

// Effect is what a commit does to one table.
type Effect struct {
	Claimed Claimed
	Version int
	Remove  bool // it is gone
	Skip    bool // write nothing
	Hidden  bool // the read that found it gone was made without grants, for the watch
}

// Commit writes a checkpoint: effects only of rows that are still the caller's.
func (l *Ledger) Commit(worker string, id int, effects []Effect, holder int) (out layer.Committed) {
	r := l.run(id)
	for _, e := range effects {
		row := r.row(e.Claimed.Table)
		if row == nil || !l.mine(row, worker, e.Claimed.Attempt) {
			out.Lost++
			continue
		}
		if e.Skip || l.superseded(e.Claimed.Table, r.Seq) {
			out.Skipped++
			l.watch.committed(row, holder)
			l.set(r, row, metadata.LedgerSkipped, "commit")
			row.Class = classGone
			continue
		}
		out.Done++
		l.watch.effect(r, row, e, holder)
		l.set(r, row, metadata.LedgerDone, "commit")
		row.Class = ""
		l.write(r, e)
	}
	return out
}

// mine is the fence of a commit.
func (l *Ledger) mine(row *Row, worker string, attempt int) bool {
	return (row.State == metadata.LedgerLeased || !l.guarded(CommitChecksState)) &&
		(row.Owner == worker || !l.guarded(CommitChecksOwner)) &&
		(row.Attempt == attempt || !l.guarded(CommitChecksAttempt))
}

// superseded tells whether a later run has written the table.
func (l *Ledger) superseded(table, seq int) bool {
	if s, ok := l.states[table]; ok && s.Seq > seq && l.guarded(RunSeq) {
		return true
	}
	c, ok := l.content[table]
	return ok && c.Removed && c.Seq > seq && l.guarded(RunSeqOfRemoved)
}

func (l *Ledger) write(r *Run, e Effect) {
	t := e.Claimed.Table
	if e.Remove {
		if c, ok := l.content[t]; ok {
			l.content[t] = Content{Version: c.Version, Removed: true, Seq: r.Seq}
		}
		delete(l.states, t)
		return
	}
	l.content[t] = Content{Version: e.Version, Seq: r.Seq}
	l.states[t] = State{Version: e.Version, Seq: r.Seq}
}

// Outcome settles a claimed table without effects.
type Outcome struct {
	Claimed Claimed
	Final   bool
}

// retrySlack is how much later than the queue's own retry the ledger hands a batch out again.
const retrySlack = 5 * time.Second

// Settle records failures.
func (l *Ledger) Settle(worker string, id, batch int, outcomes []Outcome, delay func(fails int) time.Duration) (out layer.Settled) {
	r := l.run(id)
	for _, o := range outcomes {
		row := r.row(o.Claimed.Table)
		if row == nil || row.State != metadata.LedgerLeased || row.Owner != worker || row.Attempt != o.Claimed.Attempt {
			out.Lost++
			continue
		}
		row.Fails++
		row.Class = ""
		if o.Final || row.Fails > r.Settings.MaxRetries {
			l.set(r, row, metadata.LedgerFailed, "settle")
			out.Failed++
			continue
		}
		l.set(r, row, metadata.LedgerPending, "settle")
		out.Retry++
		out.MaxFailCount = max(out.MaxFailCount, row.Fails)
	}
	if b := r.Batches[batch]; out.Retry > 0 && b != nil {
		b.Due = l.Now + delay(out.MaxFailCount) + retrySlack
	}
	return out
}

// Release gives back what the worker holds of a batch; of all when run is 0.
func (l *Ledger) Release(worker string, run, batch int) (n int) {
	for _, r := range l.runs {
		if run != 0 && r.ID != run {
			continue
		}
		for _, row := range r.Rows {
			if row.State != metadata.LedgerLeased || row.Owner != worker || (run != 0 && row.Batch != batch) {
				continue
			}
			l.set(r, row, metadata.LedgerPending, "release")
			row.Owner, row.Solo = "", false
			l.dueNow(r, row.Batch)
			n++
		}
	}
	return n
}

// NextBatch gives a due batch straight from the ledger.
func (l *Ledger) NextBatch() (ref Ref, ok bool) {
	runs := slices.Clone(l.runs)
	slices.SortFunc(runs, func(a, b *Run) int { return a.ID - b.ID })
	for _, r := range runs {
		if due := l.DueBatches(r.ID); len(due) > 0 {
			return Ref{r.ID, due[0].Number, due[0].Generation}, true
		}
	}
	return Ref{}, false
}
