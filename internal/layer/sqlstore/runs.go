package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// CreateRun adds a run that waits to be planned.
func (s *Store) CreateRun(ctx context.Context, r layer.NewRun) error {
	return s.tx(ctx, "create a run", sql.LevelDefault, func(t *txn) error { return t.createRun(ctx, r) })
}

func (t *txn) createRun(ctx context.Context, r layer.NewRun) error {
	settings, err := json.Marshal(r.Settings)
	if err != nil {
		return fmt.Errorf("encode the run's settings: %w", err)
	}
	_, err = t.exec(ctx, "CreateRun", r.ID.String(), string(r.Settings.Mode), r.Trigger, r.Settings.DryRun, string(settings),
		r.ConfigVersionID, r.InitiatedBy, r.Settings.MaxRuntime.Seconds())
	return err
}

// Fire makes a run for a fire time, once.
func (s *Store) Fire(ctx context.Context, l layer.Lease, schedule string, at time.Time, r *layer.NewRun) (made bool, err error) {
	err = s.fenced(ctx, "fire the schedule", l, func(t *txn) error {
		var id *string
		if r != nil {
			id = null(r.ID.String())
		}
		n, err := t.exec(ctx, "Fire", schedule, s.dialect.Time(at), id)
		made = n == 1
		if err != nil || !made || r == nil {
			return err
		}
		return t.createRun(ctx, *r)
	})
	return made && err == nil, err
}

// LastFire is the latest recorded fire time.
func (s *Store) LastFire(ctx context.Context, schedule string) (time.Time, error) {
	var at moment
	err := s.db.QueryRowContext(ctx, s.queries.get("LastFire"), schedule).Scan(&at)
	return at.Time, s.fault("read the last fire time", err)
}

// Run gives a run with its counts as they are now.
func (s *Store) Run(ctx context.Context, id metadata.RunID) (metadata.Run, error) {
	r, err := scanRun(s.db.QueryRowContext(ctx, s.queries.get("Run"), id.String()))
	if err != nil {
		return r, s.fault("read run "+id.String(), missing(err))
	}
	if r.Status.Final() {
		return r, nil
	}
	c, err := scanLedger(s.db.QueryRowContext(ctx, s.queries.get("LedgerCounts"), id.String()))
	if err != nil {
		return r, s.fault("count run "+id.String(), err)
	}
	c.into(&r)
	return r, nil
}

// missing turns the absence of a row into the contract's error.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return layer.ErrNotFound
	}
	return err
}

// ListRuns gives the latest runs.
func (s *Store) ListRuns(ctx context.Context, limit int) ([]metadata.Run, error) {
	return s.runs(ctx, "ListRuns", limit)
}

// ActiveRuns gives the runs that have not ended.
func (s *Store) ActiveRuns(ctx context.Context) ([]metadata.Run, error) {
	return s.runs(ctx, "ActiveRuns")
}

func (s *Store) runs(ctx context.Context, query string, args ...any) (out []metadata.Run, err error) {
	err = s.each(ctx, query, args, func(rows *sql.Rows) error {
		r, err := scanRun(rows)
		out = append(out, r)
		return err
	})
	return out, err
}

// RequestCancel asks a run to stop after the tables in hand.
func (s *Store) RequestCancel(ctx context.Context, id metadata.RunID, by string) error {
	return s.tx(ctx, "cancel run "+id.String(), sql.LevelDefault, func(t *txn) error {
		n, err := t.exec(ctx, "RequestCancel", id.String(), by)
		if err != nil {
			return err
		}
		if n == 0 {
			if _, err := scanRun(t.QueryRowContext(ctx, s.queries.get("Run"), id.String())); err != nil {
				return missing(err)
			}
			return layer.ErrWrongState
		}
		_, err = t.exec(ctx, "SkipPending", id.String(), classCancelled, "cancelled by "+by)
		return err
	})
}

// The classes of skipped tables. Those that were stopped can be taken up again.
const (
	classCancelled  = "cancelled"
	classTimedOut   = "timed_out"
	classGone       = "gone"
	classSuperseded = "superseded"
)

// Reopen makes an ended run active again.
func (s *Store) Reopen(ctx context.Context, id metadata.RunID, failed, acceptDrops bool) (left int, err error) {
	err = s.tx(ctx, "resume run "+id.String(), sql.LevelDefault, func(t *txn) error {
		r, err := scanRun(t.QueryRowContext(ctx, s.queries.get("LockRun"), id.String()))
		if err != nil {
			return missing(err)
		}
		if r.Status == metadata.StatusAwaitingApproval && acceptDrops {
			left = r.Counts.Total
			if _, err := t.exec(ctx, "ReopenTables", id.String(), number(false)); err != nil { // a request to stop that nobody saw is taken back
				return err
			}
			return t.releaseHold(ctx, r)
		}
		times, err := t.runTimes(ctx, id, 0)
		if err != nil {
			return err
		}
		if !r.Status.Final() || r.Status == metadata.StatusCompleted || r.Status == metadata.StatusDryRun {
			return layer.ErrWrongState
		}
		status := metadata.StatusPlanning
		if times.planComplete {
			if status = metadata.StatusRunning; times.held {
				status = metadata.StatusAwaitingApproval // stopping a run that waits is no approval
			}
			if left, err = t.exec(ctx, "ReopenTables", id.String(), number(failed)); err != nil {
				return err
			}
			if left == 0 {
				return layer.ErrWrongState
			}
		}
		if _, err := t.exec(ctx, "ReopenRun", id.String(), string(status), r.Settings.MaxRuntime.Seconds()); err != nil {
			return err
		}
		if status == metadata.StatusAwaitingApproval && acceptDrops {
			if err := t.releaseHold(ctx, r); err != nil {
				return err
			}
		}
		_, err = t.exec(ctx, "BatchesDueNow", id.String())
		return err
	})
	return left, err
}

func (t *txn) releaseHold(ctx context.Context, r metadata.Run) error {
	r.Settings.AcceptDrops = true
	settings, err := json.Marshal(r.Settings)
	if err != nil {
		return fmt.Errorf("encode the run's settings: %w", err)
	}
	if _, err = t.exec(ctx, "ReleaseHold", r.ID.String(), string(settings), r.Settings.MaxRuntime.Seconds()); err != nil {
		return err
	}
	return t.happened(ctx, metadata.HappeningReleased, r.ID)
}

// Dead lists tables that failed for good.
func (s *Store) Dead(ctx context.Context, id *metadata.RunID, limit int) (out []layer.DeadTable, err error) {
	run := ""
	if id != nil {
		run = id.String()
	}
	err = s.each(ctx, "Dead", []any{run, limit}, func(rows *sql.Rows) error {
		var d layer.DeadTable
		var of runID
		if err := rows.Scan(append([]any{&of}, runTableDest(&d.RunTable)...)...); err != nil {
			return err
		}
		d.Run = of.UUID
		d.Duration = millis(d.Duration)
		out = append(out, d)
		return nil
	})
	return out, err
}

// DropDead takes failed tables off the list of the dead.
func (s *Store) DropDead(ctx context.Context, id metadata.RunID) (int, error) {
	return s.exec(ctx, "drop the dead of run "+id.String(), "DropDead", id.String())
}

// SaveConfigVersion records a configuration once.
func (s *Store) SaveConfigVersion(ctx context.Context, id, hash string, content []byte) error {
	_, err := s.exec(ctx, "record the configuration", "SaveConfigVersion", id, hash, string(content))
	return err
}

// runTimes is what a run's row says about stopping.
type runTimes struct {
	planComplete bool
	held         bool // the plan waits for a person
	resumes      int
	overdue      bool // max_runtime has passed
	graceOver    bool // cancellation was asked for longer ago than the grace
	cancelledBy  string
	// findings are the status that validation gives the run, "" for none, and why.
	findings       metadata.RunStatus
	findingsReason string
}

func (t *txn) runTimes(ctx context.Context, id metadata.RunID, grace time.Duration) (r runTimes, err error) {
	err = t.row(ctx, "RunTimes", []any{id.String(), -grace.Seconds()}, &r.planComplete, &r.held, &r.resumes, &r.overdue, &r.graceOver, &r.cancelledBy,
		&r.findings, &r.findingsReason)
	return r, err
}

type scanner interface{ Scan(dest ...any) error }

func scanRun(row scanner) (metadata.Run, error) {
	var (
		r          metadata.Run
		id         runID
		settings   string
		start, end moment
		seconds    sql.NullFloat64
		c          = &r.Counts
	)
	err := row.Scan(&id, &r.Seq, &r.Trigger, &r.InitiatedBy, &r.Status, &settings, &r.Error, &start, &end, &seconds, &r.CancelRequested, &r.PlanHeld,
		&c.Discovered, &c.Unchanged, &c.Filtered, &c.Total, &c.New, &c.Changed, &c.Forced, &c.Renamed, &c.Dropped,
		&c.Done, &c.Failed, &c.Skipped, &c.Fields, &c.Applied, &c.Pending, &c.Retries,
		&r.Resumes, &r.Validated, &r.Findings.Errors, &r.Findings.Warnings, &r.Findings.Infos)
	if err != nil {
		return r, err
	}
	r.ID, r.StartedAt, r.CompletedAt = id.UUID, start.Time, end.Time
	r.Duration = time.Duration(seconds.Float64 * float64(time.Second))
	if err := json.Unmarshal([]byte(settings), &r.Settings); err != nil {
		return r, fmt.Errorf("decode the settings of run %s: %w", r.ID, err)
	}
	return r, nil
}

// ledgerCounts is a run's account as its ledger has it.
type ledgerCounts struct {
	done, failed, skipped, open, timedOut, cancelled int
	fields, changes, retries                         int64
	total                                            int
}

func scanLedger(row scanner) (c ledgerCounts, err error) {
	err = row.Scan(&c.done, &c.failed, &c.skipped, &c.open, &c.timedOut, &c.cancelled, &c.fields, &c.changes, &c.retries, &c.total)
	return c, err
}

func (c ledgerCounts) into(r *metadata.Run) {
	r.Counts.Done, r.Counts.Failed, r.Counts.Skipped = c.done, c.failed, c.skipped
	r.Counts.Fields, r.Counts.Retries = c.fields, c.retries
	if !r.Settings.DryRun {
		r.Counts.Applied = c.changes
	}
}

// number gives a truth value as the statements take it.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
