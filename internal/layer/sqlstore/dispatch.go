package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Reap sets free what dead workers had.
func (s *Store) Reap(ctx context.Context, l layer.Lease) (n int, err error) {
	err = s.fenced(ctx, "free what dead workers had", l, func(t *txn) error {
		n, err = t.reap(ctx, "ReapAll")
		return err
	})
	return n, err
}

type batchKey struct {
	run   runID
	batch int
}

// reap runs one of the reaping statements and makes the batches it touched due.
func (t *txn) reap(ctx context.Context, query string, args ...any) (int, error) {
	n, batches, err := t.touchedBatches(ctx, query, args)
	if err != nil {
		return 0, err
	}
	return n, t.dueNow(ctx, batches)
}

func (t *txn) touchedBatches(ctx context.Context, query string, args []any) (n int, batches map[batchKey]bool, err error) {
	batches = map[batchKey]bool{}
	err = t.each(ctx, query, args, func(rows *sql.Rows) error {
		var k batchKey
		n++
		if err := rows.Scan(&k.run, &k.batch); err != nil {
			return err
		}
		batches[k] = true
		return nil
	})
	return n, batches, err
}

func (t *txn) dueNow(ctx context.Context, batches map[batchKey]bool) error {
	for k := range batches {
		if _, err := t.exec(ctx, "BatchDueNow", k.run.String(), k.batch); err != nil {
			return err
		}
	}
	return nil
}

// DueBatches gives batches whose time has come.
func (s *Store) DueBatches(ctx context.Context, run metadata.RunID, limit int) (out []layer.Batch, err error) {
	r, err := scanRun(s.db.QueryRowContext(ctx, s.queries.get("Run"), run.String()))
	if err != nil {
		return nil, s.fault("read run "+run.String(), missing(err))
	}
	oneByOne := number(r.Settings.ParallelMode == metadata.ParallelDatabase)
	err = s.each(ctx, "DueBatches", []any{run.String(), limit, oneByOne}, func(rows *sql.Rows) error {
		var b layer.Batch
		if err := rows.Scan(&b.Number, &b.Generation, &b.Overdue); err != nil {
			return err
		}
		out = append(out, b)
		return nil
	})
	return out, err
}

func batchParam(batches []int) (string, error) {
	rows := make([]map[string]int, len(batches))
	for i, b := range batches {
		rows[i] = map[string]int{"batch": b}
	}
	return asJSON(rows)
}

// MarkDispatched raises the generations of batches.
func (s *Store) MarkDispatched(ctx context.Context, l layer.Lease, run metadata.RunID, batches []int, again time.Duration) (out []metadata.BatchRef, err error) {
	param, err := batchParam(batches)
	if err != nil {
		return nil, err
	}
	err = s.fenced(ctx, "mark batches dispatched", l, func(t *txn) error {
		out = nil
		return t.each(ctx, "MarkDispatched", []any{param, run.String(), again.Seconds()}, func(rows *sql.Rows) error {
			ref := metadata.BatchRef{Run: run}
			if err := rows.Scan(&ref.Batch, &ref.Generation); err != nil {
				return err
			}
			out = append(out, ref)
			return nil
		})
	})
	return out, err
}

// Postpone moves the time when batches become due.
func (s *Store) Postpone(ctx context.Context, l layer.Lease, run metadata.RunID, batches []int, again time.Duration) error {
	param, err := batchParam(batches)
	if err != nil {
		return err
	}
	return s.fenced(ctx, "postpone batches", l, func(t *txn) error {
		_, err := t.exec(ctx, "Postpone", param, run.String(), again.Seconds())
		return err
	})
}

// RedispatchAll makes every open batch due.
func (s *Store) RedispatchAll(ctx context.Context, l layer.Lease) (n int, err error) {
	err = s.fenced(ctx, "dispatch everything anew", l, func(t *txn) error {
		n, err = t.exec(ctx, "RedispatchAll")
		return err
	})
	return n, err
}

// QueueMark gives the mark that the queue must show; "" when none was set.
func (s *Store) QueueMark(ctx context.Context) (mark string, err error) {
	err = s.db.QueryRowContext(ctx, s.queries.get("QueueMark")).Scan(&mark)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return mark, s.fault("read the queue's mark", err)
}

// SetQueueMark records the mark.
func (s *Store) SetQueueMark(ctx context.Context, l layer.Lease, mark string) error {
	return s.fenced(ctx, "record the queue's mark", l, func(t *txn) error {
		_, err := t.exec(ctx, "SetQueueMark", mark)
		return err
	})
}

// Advance refreshes a run from its ledger and ends it when nothing is left.
func (s *Store) Advance(ctx context.Context, l layer.Lease, run metadata.RunID, grace time.Duration) (r metadata.Run, final bool, err error) {
	err = s.fenced(ctx, "advance run "+run.String(), l, func(t *txn) error {
		final = false
		if r, err = scanRun(t.QueryRowContext(ctx, s.queries.get("LockRun"), run.String())); err != nil {
			return missing(err)
		}
		if r.Status.Final() {
			return nil
		}
		final, err = t.advance(ctx, &r, grace)
		return err
	})
	return r, final && err == nil, err
}

func (t *txn) advance(ctx context.Context, r *metadata.Run, grace time.Duration) (final bool, err error) {
	times, err := t.runTimes(ctx, r.ID, grace)
	if err != nil {
		return false, err
	}
	if err := t.stop(ctx, *r, times); err != nil {
		return false, err
	}
	c, err := scanLedger(t.QueryRowContext(ctx, t.s.queries.get("LedgerCounts"), r.ID.String()))
	if err != nil {
		return false, err
	}
	c.into(r)
	progress := []any{r.ID.String(), c.done, c.failed, c.skipped, c.fields, c.changes, c.retries}
	if err := t.row(ctx, "UpdateProgress", progress, &r.Counts.Applied, &r.Counts.Pending); err != nil {
		return false, err
	}
	held := times.held || !times.planComplete
	stopped := times.overdue || r.CancelRequested
	if c.open > 0 || (held && !stopped) {
		return false, nil
	}
	if waits, err := t.approvals(ctx, r, times); waits || err != nil {
		return false, err
	}
	unread, err := t.failedSources(ctx, r.ID)
	if err != nil {
		return false, err
	}
	ended, why := verdict(*r, c, times, unread)
	completed := ended == metadata.StatusCompleted || ended == metadata.StatusCompletedWithErrors
	if completed && layer.NeedsValidation(*r) {
		return false, nil
	}
	sources := ended // what findings are about is no matter of what was read
	if completed && times.findings != "" {
		ended, why = validated(why, times)
	}
	r.Status, r.Error = ended, why
	return true, t.finish(ctx, r.ID, r.Status, r.Error, sources)
}

// validated gives the status of a completed run whose findings matter to it.
func validated(why string, times runTimes) (metadata.RunStatus, string) {
	if why != "" {
		why += "; "
	}
	return times.findings, why + times.findingsReason
}

// approvals tells whether the run waits for people to agree to changes, and makes it say so. A run that
// was cancelled waits no more: its changes are not written, and the next run looks at their tables anew.
func (t *txn) approvals(ctx context.Context, r *metadata.Run, times runTimes) (waits bool, err error) {
	if r.Settings.DryRun || (r.Counts.Pending == 0 && r.Status != metadata.StatusAwaitingApproval) {
		return false, nil
	}
	if r.CancelRequested {
		for _, q := range []string{"ForgetPending", "ForgetTokens"} {
			if _, err := t.exec(ctx, q, r.ID.String()); err != nil {
				return false, err
			}
		}
		_, err := t.exec(ctx, "RejectPending", r.ID.String(), times.cancelledBy, "the run was cancelled")
		return false, err
	}
	var n int64
	if err := t.row(ctx, "PendingApprovals", []any{r.ID.String()}, &n); err != nil {
		return false, err
	}
	waited := r.Status == metadata.StatusAwaitingApproval
	switch {
	case n == 0 && waited && !times.held: // a later run has taken the place of what was waited for
		r.Status, r.Error = metadata.StatusRunning, ""
		_, err := t.exec(ctx, "EndApproval", r.ID.String())
		return false, err
	case n == 0 || waited:
		return n > 0, nil
	}
	r.Status, r.Error = metadata.StatusAwaitingApproval, fmt.Sprintf("%d changes wait for approval", n)
	if _, err := t.exec(ctx, "AwaitApproval", r.ID.String(), r.Error); err != nil {
		return true, err
	}
	return true, t.happened(ctx, metadata.HappeningWaits, r.ID)
}

// stop skips what is left of a run whose time is over, or that a person has cancelled.
func (t *txn) stop(ctx context.Context, r metadata.Run, times runTimes) error {
	var err error
	switch {
	case times.overdue:
		_, err = t.exec(ctx, "SkipOpen", r.ID.String(), classTimedOut, "max_runtime of "+r.Settings.MaxRuntime.String()+" has passed")
	case r.CancelRequested && times.graceOver:
		_, err = t.exec(ctx, "SkipOpen", r.ID.String(), classCancelled, "cancelled by "+times.cancelledBy)
	case r.CancelRequested:
		_, err = t.exec(ctx, "SkipPending", r.ID.String(), classCancelled, "cancelled by "+times.cancelledBy)
	}
	return err
}

// failedSources says in words which sources could not be read to their end.
func (t *txn) failedSources(ctx context.Context, run metadata.RunID) (string, error) {
	var all []string
	err := t.each(ctx, "FailedSources", []any{run.String()}, func(rows *sql.Rows) error {
		var name, why string
		err := rows.Scan(&name, &why)
		all = append(all, "source "+name+" could not be read: "+why)
		return err
	})
	return strings.Join(all, "; "), err
}

// verdict gives the final status of a run with nothing left to do, and why.
func verdict(r metadata.Run, c ledgerCounts, times runTimes, unread string) (metadata.RunStatus, string) {
	n := r.Counts
	planned := n.New + n.Changed + n.Forced + n.Renamed
	switch {
	case r.CancelRequested && (c.cancelled > 0 || !times.planComplete || times.held || r.Status == metadata.StatusAwaitingApproval):
		return metadata.StatusCancelled, "cancelled by " + times.cancelledBy
	case c.timedOut > 0 || (times.overdue && !times.planComplete):
		return metadata.StatusTimedOut, "max_runtime of " + r.Settings.MaxRuntime.String() + " has passed"
	case c.total != n.Total || c.total != c.done+c.failed+c.skipped || n.Discovered != planned+n.Unchanged+n.Filtered || n.Total != planned+n.Dropped:
		return metadata.StatusFailed, fmt.Sprintf("the account does not balance: %+v, ledger %+v", n, c)
	case r.Settings.DryRun:
		return metadata.StatusDryRun, unread
	case c.failed > 0 && c.done == 0:
		return metadata.StatusFailed, fmt.Sprintf("all of %d tables failed", c.failed)
	case c.failed > 0:
		return metadata.StatusCompletedWithErrors, fmt.Sprintf("%d of %d tables failed", c.failed, c.total)
	case unread != "":
		return metadata.StatusCompletedWithErrors, unread
	default:
		return metadata.StatusCompleted, ""
	}
}

// finish ends a run: its row, what is remembered of its sources, which were read as the status sources says, and
// the notice that leaves.
func (t *txn) finish(ctx context.Context, run metadata.RunID, status metadata.RunStatus, reason string, sources metadata.RunStatus) error {
	id := run.String()
	if _, err := t.exec(ctx, "FinishRun", id, string(status), reason); err != nil {
		return err
	}
	if sources == metadata.StatusCompleted || sources == metadata.StatusCompletedWithErrors {
		if _, err := t.exec(ctx, "FinishSources", id, string(sources)); err != nil {
			return err
		}
	} else if _, err := t.exec(ctx, "RememberPrivileges", id); err != nil { // what was read is true, whatever became of the run
		return err
	}
	return t.happened(ctx, metadata.HappeningFinished, run)
}
