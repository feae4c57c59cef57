package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// forgetWorkersAfter is how long the row of a dead worker stays for people to see.
const forgetWorkersAfter = 24 * time.Hour

// Heartbeat keeps the worker's leases alive.
func (s *Store) Heartbeat(ctx context.Context, w layer.Worker, ttl time.Duration, runs []metadata.RunID) (stop []metadata.RunID, err error) {
	keys := make([]map[string]string, len(runs))
	for i, r := range runs {
		keys[i] = map[string]string{"run_id": r.String()}
	}
	param, err := asJSON(keys)
	if err != nil {
		return nil, err
	}
	err = s.tx(ctx, "keep the worker alive", sql.LevelDefault, func(t *txn) error {
		stop = nil
		if _, err := t.exec(ctx, "Heartbeat", w.ID, w.Host, w.PID, w.Version, w.Concurrency, ttl.Seconds()); err != nil {
			return err
		}
		return t.each(ctx, "StoppedRuns", []any{param}, func(rows *sql.Rows) error {
			var id runID
			err := rows.Scan(&id)
			stop = append(stop, id.UUID)
			return err
		})
	})
	return stop, err
}

// LiveWorkers counts workers whose heartbeat has not expired.
func (s *Store) LiveWorkers(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, s.queries.get("LiveWorkers")).Scan(&n)
	return n, s.fault("count the workers", err)
}

// Gone removes a worker's row, and the rows of those that died long ago.
func (s *Store) Gone(ctx context.Context, worker string) error {
	return s.tx(ctx, "sign the worker off", sql.LevelDefault, func(t *txn) error {
		if _, err := t.exec(ctx, "Gone", worker); err != nil {
			return err
		}
		_, err := t.exec(ctx, "ForgetWorkers", -forgetWorkersAfter.Seconds())
		return err
	})
}

// Claim leases what is free of a batch, but for suspects.
func (s *Store) Claim(ctx context.Context, worker string, ref metadata.BatchRef) (layer.Claim, error) {
	return s.claim(ctx, ref, func(t *txn, c *layer.Claim) (err error) {
		if c.Tables, err = t.claimed(ctx, "ClaimGroup", worker, ref, c.Run); err != nil || len(c.Tables) > 0 {
			return err
		}
		return t.row(ctx, "Suspects", []any{ref.Run.String(), ref.Batch}, &c.Suspects)
	})
}

// ClaimAlone leases one suspect of a batch.
func (s *Store) ClaimAlone(ctx context.Context, worker string, ref metadata.BatchRef) (layer.Claim, error) {
	return s.claim(ctx, ref, func(t *txn, c *layer.Claim) (err error) {
		c.Tables, err = t.claimed(ctx, "ClaimSolo", worker, ref, c.Run)
		return err
	})
}

func (s *Store) claim(ctx context.Context, ref metadata.BatchRef, take func(*txn, *layer.Claim) error) (c layer.Claim, err error) {
	err = s.tx(ctx, "claim a batch", sql.LevelDefault, func(t *txn) error {
		c = layer.Claim{}
		if c.Run, err = scanRun(t.QueryRowContext(ctx, s.queries.get("Run"), ref.Run.String())); err != nil {
			return missing(err)
		}
		if c.Run.Status == metadata.StatusRunning && !c.Run.CancelRequested {
			free, err := t.mayClaim(ctx, ref, c.Run)
			if err == nil && free {
				err = take(t, &c)
			}
			if err != nil || len(c.Tables) > 0 {
				return err
			}
		}
		return t.row(ctx, "FailedOfBatch", []any{ref.Run.String(), ref.Batch}, &c.Failed)
	})
	return c, err
}

// mayClaim locks the batch, and sets free what dead workers held of it.
func (t *txn) mayClaim(ctx context.Context, ref metadata.BatchRef, r metadata.Run) (bool, error) {
	run := ref.Run.String()
	var one int // two who claim from a batch do so one after the other
	if err := t.row(ctx, "LockBatch", []any{run, ref.Batch}, &one); errors.Is(err, sql.ErrNoRows) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if r.Settings.ParallelMode == metadata.ParallelDatabase {
		var wait bool
		err := t.row(ctx, "EarlierOpen", []any{run, ref.Batch}, &wait)
		if errors.Is(err, sql.ErrNoRows) || (err == nil && wait) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	_, err := t.reap(ctx, "ReapBatch", run, ref.Batch)
	return err == nil, err
}

func (t *txn) claimed(ctx context.Context, query, worker string, ref metadata.BatchRef, run metadata.Run) (out []layer.Claimed, err error) {
	err = t.each(ctx, query, []any{worker, run.ID.String(), ref.Batch, ref.Generation}, func(rows *sql.Rows) error {
		var (
			c              layer.Claimed
			modified       string
			fromDB, fromTb string
		)
		err := rows.Scan(&c.Table.Source, &c.Table.Database, &c.Table.Name, &c.ObjectID, &c.Reason, &c.Batch, &modified, &c.Version,
			&c.Attempt, &c.FailCount, &fromDB, &fromTb)
		if err != nil {
			return err
		}
		c.LastModified = parseRFC(modified)
		if fromTb != "" {
			from := &metadata.TableID{Source: c.Table.Source, Database: fromDB, Name: fromTb}
			if c.Reason == metadata.ReasonRenamed {
				c.RenamedFrom = from
			} else {
				c.MaybeFrom = from
			}
		}
		out = append(out, c)
		return nil
	})
	return out, err
}

// retrySlack is how much later than the queue's own retry the ledger hands a batch out again.
const retrySlack = 5 * time.Second

// Settle records failures.
func (s *Store) Settle(
	ctx context.Context, worker string, run metadata.Run, batch int, outcomes []layer.Outcome, delay func(failCount int) time.Duration,
) (out layer.Settled, err error) {
	list := make([]outcomeRow, len(outcomes))
	for i, o := range outcomes {
		list[i] = outcomeRow{key: keyOf(o.Claimed.Table), Attempt: o.Claimed.Attempt, Final: o.Final, Class: string(o.Class), Error: o.Error}
	}
	param, err := asJSON(list)
	if err != nil {
		return out, err
	}
	err = s.tx(ctx, "record failures", sql.LevelDefault, func(t *txn) error {
		out = layer.Settled{}
		err := t.each(ctx, "Settle", []any{param, run.ID.String(), worker, run.Settings.MaxRetries}, func(rows *sql.Rows) error {
			var state metadata.LedgerState
			var fails int
			if err := rows.Scan(&state, &fails); err != nil {
				return err
			}
			if state == metadata.LedgerFailed {
				out.Failed++
				return nil
			}
			out.Retry++
			out.MaxFailCount = max(out.MaxFailCount, fails)
			return nil
		})
		if err != nil || out.Retry == 0 {
			return err
		}
		_, err = t.exec(ctx, "BatchDueAfter", run.ID.String(), batch, (delay(out.MaxFailCount) + retrySlack).Seconds())
		return err
	})
	out.Lost = len(outcomes) - out.Failed - out.Retry
	return out, err
}

// Release gives back what the worker holds.
func (s *Store) Release(ctx context.Context, worker string, run *metadata.RunID, batch *int) (n int, err error) {
	id, number := "", -1
	if run != nil {
		id = run.String()
	}
	if batch != nil {
		number = *batch
	}
	err = s.tx(ctx, "give tables back", sql.LevelDefault, func(t *txn) error {
		n, err = t.reap(ctx, "Release", worker, id, number)
		return err
	})
	return n, err
}

// NextBatch gives a due batch straight from the ledger.
func (s *Store) NextBatch(ctx context.Context) (ref metadata.BatchRef, ok bool, err error) {
	var id runID
	err = s.db.QueryRowContext(ctx, s.queries.get("NextBatch")).Scan(&id, &ref.Batch, &ref.Generation)
	if errors.Is(err, sql.ErrNoRows) {
		return ref, false, nil
	}
	ref.Run = id.UUID
	return ref, err == nil, s.fault("find a batch", err)
}
