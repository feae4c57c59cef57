package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// revisedAtOnce is how many tables one transaction of a revision has.
const revisedAtOnce = 200

// Revise decides on changes of a run.
func (s *Store) Revise(ctx context.Context, r layer.Revision) (out layer.Revised, err error) {
	run, err := s.Run(ctx, r.Run)
	if err != nil {
		return out, err
	}
	first, second := r.From[0], r.From[len(r.From)-1]
	var tables []metadata.TableID
	err = s.each(ctx, "RevisableTables", []any{r.Run.String(), string(first), string(second)}, func(rows *sql.Rows) error {
		var id metadata.TableID
		err := rows.Scan(&id.Source, &id.Database, &id.Name)
		tables = append(tables, id)
		return err
	})
	if err != nil {
		return out, err
	}
	for chunk := range slices.Chunk(tables, revisedAtOnce) {
		var done layer.Revised
		err := s.tx(ctx, "decide on changes", s.dialect.CommitIsolation, func(t *txn) error {
			v := revision{Revision: r, checkpoint: checkpoint{txn: t, run: run}}
			err := v.decide(ctx, chunk)
			done = v.done
			return err
		})
		if err != nil {
			return out, err
		}
		out.Settled += done.Settled
		out.RefusedTotal += done.RefusedTotal
		out.Refused = append(out.Refused, done.Refused...)
		out.Refused = out.Refused[:min(len(out.Refused), layer.MaxRefused)]
	}
	return out, nil
}

// revision is one transaction of a revision.
type revision struct {
	layer.Revision
	checkpoint
	done layer.Revised

	tables  []tableRow
	inserts []fieldRow
	updates []fieldRow
	fields  []map[string]string // rows to delete
	gone    []key               // tables to delete
	touched []key
	settled []map[string]any
}

func (v *revision) decide(ctx context.Context, tables []metadata.TableID) error {
	changes, err := v.changesOf(ctx, tables)
	if err != nil {
		return err
	}
	for _, id := range tables {
		if len(changes[id]) > 0 {
			v.claimed = append(v.claimed, layer.Claimed{PlannedTable: metadata.PlannedTable{Table: id}})
		}
	}
	if len(v.claimed) == 0 {
		return nil
	}
	current, err := v.current(ctx)
	if err != nil {
		return err
	}
	former, err := v.former(ctx, changes)
	if err != nil {
		return err
	}
	for i, c := range v.claimed {
		current[i].Former = former
		rev, err := v.Think(current[i], changes[c.Table])
		if err != nil {
			return err
		}
		if err := v.add(c.Table, &rev); err != nil {
			return err
		}
		for _, f := range rev.Former {
			from := f.Table.ID
			if _, err := v.exec(ctx, "CarryVerified", from.Source, from.Database, from.Name, c.Table.Source, c.Table.Database, c.Table.Name); err != nil {
				return err
			}
		}
	}
	return v.write(ctx)
}

func (v *revision) changesOf(ctx context.Context, tables []metadata.TableID) (map[metadata.TableID][]metadata.Change, error) {
	keys := make([]key, len(tables))
	for i, id := range tables {
		keys[i] = keyOf(id)
	}
	param, err := asJSON(keys)
	if err != nil {
		return nil, err
	}
	out := map[metadata.TableID][]metadata.Change{}
	args := []any{param, v.Run.String(), string(v.From[0]), string(v.From[len(v.From)-1])}
	return out, v.each(ctx, "RevisableChanges", args, func(rows *sql.Rows) error {
		c, err := scanChange(rows)
		if err == nil && (v.Want == nil || v.Want(&c)) {
			out[c.Table] = append(out[c.Table], c)
		}
		return err
	})
}

// former reads what the layer has under the names that tables are thought to have had.
func (v *revision) former(ctx context.Context, changes map[metadata.TableID][]metadata.Change) (map[string]merge.Former, error) {
	old := checkpoint{txn: v.txn, run: v.run}
	for _, list := range changes {
		for i := range list {
			if !merge.IsProposedTable(&list[i]) || v.To != metadata.ChangeApproved {
				continue
			}
			id, err := merge.FormerName(&list[i])
			if err != nil {
				return nil, err
			}
			old.claimed = append(old.claimed, layer.Claimed{PlannedTable: metadata.PlannedTable{Table: id}})
		}
	}
	if len(old.claimed) == 0 {
		return nil, nil
	}
	current, err := old.current(ctx)
	out := make(map[string]merge.Former, len(current))
	for i, c := range current {
		out[old.claimed[i].Table.Qualified()] = merge.Former{Table: c.Table, Fields: c.Fields}
	}
	return out, err
}

// add collects the rows of one table's decision.
func (v *revision) add(id metadata.TableID, rev *merge.Revision) error {
	for _, c := range rev.Settled {
		v.settled = append(v.settled, map[string]any{"change_id": c.ID, "was": string(c.Status)})
	}
	for _, r := range rev.Refused {
		v.done.RefusedTotal++
		if len(v.done.Refused) < layer.MaxRefused {
			v.done.Refused = append(v.done.Refused, layer.Refused{Object: r.Change.Object(), Attribute: r.Change.Attribute, Why: r.Why})
		}
	}
	if len(rev.Settled) > 0 {
		v.touched = append(v.touched, keyOf(id))
	}
	if rev.DeleteTable {
		v.gone = append(v.gone, keyOf(id))
	}
	for _, f := range rev.Former {
		v.gone = append(v.gone, keyOf(f.Table.ID))
		for i := range f.Fields {
			v.drop(f.Table.ID, f.Fields[i].Name)
		}
	}
	if rev.Table != nil {
		v.tables = append(v.tables, tableRowOf(rev.Table))
	}
	for i := range rev.Insert {
		v.inserts = append(v.inserts, fieldRowOf(&rev.Insert[i], id, ""))
	}
	for i := range rev.Update {
		v.updates = append(v.updates, fieldRowOf(&rev.Update[i].Record, id, rev.Update[i].OldName))
	}
	for _, name := range rev.Delete {
		v.drop(id, name)
	}
	return nil
}

// drop collects a field's row that goes.
func (v *revision) drop(id metadata.TableID, field string) {
	v.fields = append(v.fields, map[string]string{"source_name": id.Source, "database_name": id.Database, "table_name": id.Name, "field_name": field})
}

func (v *revision) write(ctx context.Context) error {
	run := v.run.ID.String()
	for _, step := range []struct {
		query string
		n     int
		rows  any
		args  []any
	}{
		{"DropFields", len(v.fields), v.fields, nil},
		{"DropTables", len(v.gone), v.gone, nil},
		{"UpsertTables", len(v.tables), v.tables, []any{run}},
		{"UpdateFields", len(v.updates), v.updates, nil},
		{"ForgetStates", number(v.Forget) * len(v.touched), v.touched, []any{v.run.Seq}},
		{"DeleteStates", number(v.Forget) * len(v.gone), v.gone, nil},
	} {
		if err := v.bulk(ctx, step.query, step.n, step.rows, step.args...); err != nil {
			return err
		}
	}
	err := v.copy(ctx, Copied{
		Table: "field_metadata", Columns: fieldColumns, Len: len(v.inserts),
		Append: func(values []any, i int) []any { return v.inserts[i].appendTo(values) },
	})
	if err != nil {
		return err
	}
	return v.settleChanges(ctx)
}

func (v *revision) settleChanges(ctx context.Context) error {
	if len(v.settled) == 0 {
		return nil
	}
	param, err := asJSON(v.settled)
	if err != nil {
		return err
	}
	err = v.each(ctx, "SettleChanges", []any{param, string(v.To), v.By, v.Comment}, func(rows *sql.Rows) error {
		v.done.Settled++
		return rows.Scan(new(int64))
	})
	if err != nil {
		return err
	}
	if v.done.Settled != len(v.settled) { // somebody else has decided at the same time
		return errDecided
	}
	applied := 0
	switch v.To {
	case metadata.ChangeApproved:
		applied = v.done.Settled
	case metadata.ChangeRolledBack:
		applied = -v.done.Settled
	case metadata.ChangePlanned, metadata.ChangeApplied, metadata.ChangePending, metadata.ChangeRejected:
	}
	if _, err = v.exec(ctx, "RecountChanges", v.run.ID.String(), applied); err != nil {
		return err
	}
	if _, err = v.exec(ctx, "EndApproval", v.run.ID.String()); err != nil || !v.Forget {
		return err
	}
	_, err = v.exec(ctx, "ForgetTokens", v.run.ID.String())
	return err
}

// errDecided undoes a decision that came second.
var errDecided = &metadata.Fault{Kind: metadata.FaultConflict, Class: metadata.ClassSerialization, Op: "decide on changes", Hint: "somebody else decides at the same time: try again"}

// Vote records a voice.
func (s *Store) Vote(ctx context.Context, stage, voter, comment string, changes []int64) error {
	rows := make([]map[string]int64, len(changes))
	for i, id := range changes {
		rows[i] = map[string]int64{"change_id": id}
	}
	param, err := asJSON(rows)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, "record a vote", "Vote", param, stage, voter, comment)
	return err
}

// Votes gives the voices for a run's pending changes.
func (s *Store) Votes(ctx context.Context, run metadata.RunID) (map[int64][]layer.Vote, error) {
	out := map[int64][]layer.Vote{}
	return out, s.each(ctx, "Votes", []any{run.String()}, func(rows *sql.Rows) error {
		var id int64
		var v layer.Vote
		var at moment
		err := rows.Scan(&id, &v.Stage, &v.Voter, &at)
		v.At = at.Time
		out[id] = append(out[id], v)
		return err
	})
}
