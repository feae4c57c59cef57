package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// States streams the recorded states of a source.
func (s *Store) States(ctx context.Context, source string, yield func(metadata.TableState) error) error {
	return s.each(ctx, "States", []any{source}, func(rows *sql.Rows) error {
		st := metadata.TableState{ID: metadata.TableID{Source: source}}
		var modified string
		if err := rows.Scan(&st.ID.Database, &st.ID.Name, &st.Fingerprint, &st.Method, &modified, &st.Version, &st.ObjectID); err != nil {
			return err
		}
		st.LastModified = parseRFC(modified)
		return yield(st)
	})
}

// SourceState gives what is remembered of a source; zero when nothing is.
func (s *Store) SourceState(ctx context.Context, source string) (st layer.SourceState, err error) {
	var at moment
	err = s.db.QueryRowContext(ctx, s.queries.get("SourceState"), source).Scan(&st.Privileges, &st.Token, &st.SinceSweep, &at)
	st.LastRun = at.Time
	if errors.Is(err, sql.ErrNoRows) {
		return layer.SourceState{}, nil
	}
	return st, s.fault("read the state of source "+source, err)
}

// BeginPlan removes an unfinished plan.
func (s *Store) BeginPlan(ctx context.Context, l layer.Lease, run metadata.RunID) error {
	return s.fenced(ctx, "begin the plan", l, func(t *txn) error {
		if err := t.mustPlan(ctx, run); err != nil {
			return err
		}
		for _, q := range []string{"DeletePlan", "DeletePlanBatches", "DeletePlanSources"} {
			if _, err := t.exec(ctx, q, run.String()); err != nil {
				return err
			}
		}
		return nil
	})
}

// mustPlan locks the run and refuses when it is not being planned any more.
func (t *txn) mustPlan(ctx context.Context, run metadata.RunID) error {
	r, err := scanRun(t.QueryRowContext(ctx, t.s.queries.get("LockRun"), run.String()))
	if err != nil {
		return missing(err)
	}
	if r.Status != metadata.StatusPlanning {
		return layer.ErrWrongState
	}
	return nil
}

// AppendPlan adds rows to a plan.
func (s *Store) AppendPlan(ctx context.Context, l layer.Lease, run metadata.RunID, rows []metadata.PlannedTable) error {
	planned := Copied{
		Table: "sync_run_tables", Columns: planColumns, Len: len(rows),
		Append: func(values []any, i int) []any { return appendPlanned(values, run, &rows[i]) },
	}
	return s.fenced(ctx, "write the plan", l, func(t *txn) error {
		if err := t.mustPlan(ctx, run); err != nil {
			return err
		}
		return t.copy(ctx, planned)
	})
}

// CompletePlan makes a plan visible.
func (s *Store) CompletePlan(ctx context.Context, l layer.Lease, run metadata.RunID, sources []layer.SourcePlan, hold func(drops map[string]int) string) (c metadata.RunCounts, err error) {
	list := make([]sourceRow, len(sources))
	for i, p := range sources {
		list[i] = sourceRow{p.Source, p.Swept, p.Complete, p.Failed, null(p.Why), null(p.Privileges), null(p.Token), p.Discovered, p.Unchanged, p.Filtered, p.Missing, p.Known}
	}
	param, err := asJSON(list)
	if err != nil {
		return c, err
	}
	err = s.fenced(ctx, "complete the plan", l, func(t *txn) error {
		c = metadata.RunCounts{}
		if err := t.mustPlan(ctx, run); err != nil {
			return err
		}
		id := run.String()
		// A cancellation that was taken back may have skipped rows of this very plan.
		for _, q := range []string{"UnskipPlan", "PairRenames", "DropRenamedFrom"} {
			if _, err := t.exec(ctx, q, id); err != nil {
				return err
			}
		}
		if err := t.pairShapes(ctx, run); err != nil {
			return err
		}
		if err := t.filterRenames(ctx, run, sources, &c); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "MakeBatches", id); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "AddSources", param, id); err != nil {
			return err
		}
		// From here on tables come to be known that other privileges may hide.
		if _, err := t.exec(ctx, "ForgetPrivileges", id); err != nil {
			return err
		}
		if err := t.countReasons(ctx, run, &c); err != nil {
			return err
		}
		for _, p := range sources {
			c.Discovered += p.Discovered
			c.Unchanged += p.Unchanged
			c.Filtered += p.Filtered
		}
		status, why := metadata.StatusRunning, ""
		if hold != nil {
			drops, err := t.plannedDrops(ctx, run)
			if err != nil {
				return err
			}
			if why = hold(drops); why != "" {
				status = metadata.StatusAwaitingApproval
			}
		}
		_, err := t.exec(ctx, "FinishPlan", id, string(status), why, c.Discovered, c.Unchanged, c.Filtered, c.Total,
			c.New, c.Changed, c.Forced, c.Renamed, c.Dropped)
		if err != nil {
			return err
		}
		return t.happened(ctx, metadata.HappeningPlanned, run)
	})
	if err == nil && s.dialect.Planned != "" && c.Total > 0 {
		// Statistics are for speed only: a run goes on without them.
		_, _ = s.db.ExecContext(ctx, s.dialect.Planned)
	}
	return c, err
}

// filterRenames leaves tables out of a plan that does not see what went, and that
// are known by their id under another name: a run that sees both will pair them.
func (t *txn) filterRenames(ctx context.Context, run metadata.RunID, sources []layer.SourcePlan, c *metadata.RunCounts) error {
	r, err := scanRun(t.QueryRowContext(ctx, t.s.queries.get("Run"), run.String()))
	if err != nil {
		return missing(err)
	}
	partial := r.Settings.Mode == metadata.ModeIncremental || len(r.Settings.TestTables) > 0 ||
		slices.ContainsFunc(sources, func(p layer.SourcePlan) bool { return !p.Complete })
	if !partial {
		return nil
	}
	c.Filtered, err = t.exec(ctx, "FilterUnpairedRenames", run.String())
	return err
}

func (t *txn) countReasons(ctx context.Context, run metadata.RunID, c *metadata.RunCounts) error {
	return t.each(ctx, "CountReasons", []any{run.String()}, func(rows *sql.Rows) error {
		var reason metadata.Reason
		var n int
		if err := rows.Scan(&reason, &n); err != nil {
			return err
		}
		c.Total += n
		switch reason {
		case metadata.ReasonNew:
			c.New = n
		case metadata.ReasonChanged:
			c.Changed = n
		case metadata.ReasonForced:
			c.Forced = n
		case metadata.ReasonDropped:
			c.Dropped = n
		case metadata.ReasonRenamed:
			c.Renamed = n
		}
		return nil
	})
}

// FailPlan ends a run that cannot be planned.
func (s *Store) FailPlan(ctx context.Context, l layer.Lease, run metadata.RunID, reason string) error {
	return s.fenced(ctx, "fail the plan", l, func(t *txn) error {
		if err := t.mustPlan(ctx, run); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "DeletePlan", run.String()); err != nil {
			return err
		}
		return t.finish(ctx, run, metadata.StatusFailed, reason, metadata.StatusFailed)
	})
}

func (t *txn) plannedDrops(ctx context.Context, run metadata.RunID) (map[string]int, error) {
	out := map[string]int{}
	err := t.each(ctx, "PlannedDrops", []any{run.String()}, func(rows *sql.Rows) error {
		var source string
		var n int
		err := rows.Scan(&source, &n)
		out[source] = n
		return err
	})
	return out, err
}
