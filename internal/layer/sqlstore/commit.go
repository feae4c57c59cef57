package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Commit writes the effects of a checkpoint in one transaction.
func (s *Store) Commit(
	ctx context.Context, worker string, run metadata.Run, claimed []layer.Claimed, think func([]layer.Current) ([]layer.Effect, error),
) (out layer.Committed, err error) {
	if len(claimed) == 0 {
		return out, nil
	}
	err = s.tx(ctx, "commit a checkpoint", s.dialect.CommitIsolation, func(t *txn) error {
		c := checkpoint{txn: t, worker: worker, run: run, claimed: claimed}
		out, err = c.commit(ctx, think)
		return err
	})
	return out, err
}

// checkpoint is one commit on its way.
type checkpoint struct {
	*txn
	worker  string
	run     metadata.Run
	claimed []layer.Claimed
}

func (c *checkpoint) commit(ctx context.Context, think func([]layer.Current) ([]layer.Effect, error)) (out layer.Committed, err error) {
	superseded, err := c.superseded(ctx)
	if err != nil {
		return out, err
	}
	if !c.run.Settings.DryRun {
		if err := c.moveRenamed(ctx, superseded); err != nil {
			return out, err
		}
	}
	current, err := c.current(ctx)
	if err != nil {
		return out, err
	}
	effects, err := think(current)
	if err != nil {
		return out, err
	}
	if len(effects) != len(c.claimed) {
		return out, fmt.Errorf("commit got %d effects for %d tables", len(effects), len(c.claimed))
	}
	for i := range effects {
		if superseded[c.claimed[i].Table] {
			effects[i] = layer.Effect{Claimed: c.claimed[i], Skip: "a later run has already done this table"}
		}
	}
	return c.write(ctx, effects)
}

// write settles the ledger first; effects are written only for the rows that were still ours.
func (c *checkpoint) write(ctx context.Context, effects []layer.Effect) (out layer.Committed, err error) {
	mine, err := c.settle(ctx, effects)
	if err != nil {
		return out, err
	}
	kept := effects[:0:0]
	for i := range effects {
		e := &effects[i]
		switch {
		case !mine[e.Claimed.Table]:
			out.Lost++
		case e.Skip != "":
			out.Skipped++
		default:
			out.Done++
			out.Fields += int64(e.Fields)
			out.Changes += int64(written(e.Changes))
			kept = append(kept, *e)
		}
	}
	if out.Lost > 0 && !c.run.Settings.DryRun && c.movedLost(effects, mine) {
		return out, fmt.Errorf("renamed tables are not ours any more: %w", errLostRename)
	}
	if out.Done+out.Skipped == 0 {
		return out, nil
	}
	if !c.run.Settings.DryRun {
		if err := c.effects(ctx, kept); err != nil {
			return out, err
		}
		if err := c.supersede(ctx, kept); err != nil {
			return out, err
		}
	}
	if err := c.changes(ctx, kept); err != nil {
		return out, err
	}
	if err := c.verify(ctx, kept); err != nil {
		return out, err
	}
	err = c.row(ctx, "Checkpoint", []any{c.run.ID.String(), c.claimed[0].Batch, out.Done + out.Skipped}, &out.Checkpoint)
	return out, err
}

// errLostRename rolls back a checkpoint that moved rows for a table which turned out not to be ours.
var errLostRename = &metadata.Fault{Kind: metadata.FaultConflict, Class: metadata.ClassSerialization, Op: "commit a rename"}

func (c *checkpoint) movedLost(effects []layer.Effect, mine map[metadata.TableID]bool) bool {
	for i := range effects {
		if e := &effects[i]; e.Claimed.RenamedFrom != nil && !mine[e.Claimed.Table] {
			return true
		}
	}
	return false
}

// keys gives the names under which the layer knows the claimed tables, as a parameter.
func (c *checkpoint) keys() (string, error) {
	keys := make([]key, len(c.claimed))
	for i, t := range c.claimed {
		keys[i] = keyOf(c.knownAs(t))
	}
	return asJSON(keys)
}

// knownAs is the name that the layer has for a table: in a dry run, or when it went away again, a renamed
// one still has its old name.
func (c *checkpoint) knownAs(t layer.Claimed) metadata.TableID {
	if t.RenamedFrom != nil && (c.run.Settings.DryRun || t.Gone) {
		return *t.RenamedFrom
	}
	return t.Table
}

func (c *checkpoint) superseded(ctx context.Context) (map[metadata.TableID]bool, error) {
	param, err := c.keys()
	if err != nil {
		return nil, err
	}
	return c.ids(ctx, "Superseded", param, c.run.Seq)
}

func (c *checkpoint) ids(ctx context.Context, query string, args ...any) (map[metadata.TableID]bool, error) {
	out := map[metadata.TableID]bool{}
	err := c.each(ctx, query, args, func(rows *sql.Rows) error {
		var id metadata.TableID
		err := rows.Scan(&id.Source, &id.Database, &id.Name)
		out[id] = true
		return err
	})
	return out, err
}

// moveRenamed gives the rows of renamed tables their new name, so that they keep all they have.
// Removed rows that an older table of the new name left behind make way, with a note in the change log. Rows
// that a person made in advance stay, and what they stand in the way of is marked removed under its old name.
func (c *checkpoint) moveRenamed(ctx context.Context, superseded map[metadata.TableID]bool) error {
	for _, t := range c.claimed {
		if t.RenamedFrom == nil || t.Gone || superseded[t.Table] {
			continue
		}
		from, to := *t.RenamedFrom, t.Table
		for _, q := range []string{"LogReplacedTable", "LogReplacedFields"} {
			if _, err := c.exec(ctx, q, to.Source, to.Database, to.Name, c.run.ID.String()); err != nil {
				return err
			}
		}
		for _, q := range []string{"DeleteTable", "DeleteFields"} {
			if _, err := c.exec(ctx, q, to.Source, to.Database, to.Name); err != nil {
				return err
			}
		}
		for _, q := range []string{"MoveTable", "MoveFields"} {
			if _, err := c.exec(ctx, q, from.Source, from.Database, from.Name, to.Database, to.Name); err != nil {
				return err
			}
		}
		for _, q := range []string{"RemoveTable", "RemoveFields", "DeleteState"} {
			if _, err := c.exec(ctx, q, from.Source, from.Database, from.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// current reads what the layer holds of the claimed tables, in their order.
func (c *checkpoint) current(ctx context.Context) ([]layer.Current, error) {
	param, err := c.keys()
	if err != nil {
		return nil, err
	}
	out := make([]layer.Current, len(c.claimed))
	at := make(map[metadata.TableID]int, len(c.claimed))
	for i, t := range c.claimed {
		at[c.knownAs(t)] = i
	}
	err = c.each(ctx, "CurrentTables", []any{param}, func(rows *sql.Rows) error {
		r, err := scanTable(rows)
		if err != nil {
			return err
		}
		i := at[r.ID]
		r.ID = c.claimed[i].Table
		out[i].Table = &r
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, c.each(ctx, "CurrentFields", []any{param}, func(rows *sql.Rows) error {
		r, err := scanField(rows)
		if err != nil {
			return err
		}
		i := at[r.Table]
		r.Table = c.claimed[i].Table
		out[i].Fields = append(out[i].Fields, r)
		return nil
	})
}

// written counts the changes that wait for nobody.
func written(changes []metadata.Change) int {
	n := len(changes)
	for i := range changes {
		if changes[i].Held != "" {
			n--
		}
	}
	return n
}

// settle moves the ledger rows to their end, and gives those that were still ours.
func (c *checkpoint) settle(ctx context.Context, effects []layer.Effect) (map[metadata.TableID]bool, error) {
	list := make([]ledgerRow, len(effects))
	for i := range effects {
		e := &effects[i]
		list[i] = ledgerRow{
			key: keyOf(e.Claimed.Table), Attempt: e.Claimed.Attempt, State: string(metadata.LedgerDone),
			Fields: e.Fields, Changes: written(e.Changes), Duration: e.Duration.Milliseconds(),
		}
		if e.Skip != "" {
			list[i].State, list[i].Class, list[i].Error = string(metadata.LedgerSkipped), null(classGone), &e.Skip
			list[i].Fields, list[i].Changes = 0, 0
		}
	}
	param, err := asJSON(list)
	if err != nil {
		return nil, err
	}
	return c.ids(ctx, "CommitLedger", param, c.run.ID.String(), c.worker)
}

// supersede takes back what earlier runs proposed for the tables: this run has looked at them anew.
func (c *checkpoint) supersede(ctx context.Context, effects []layer.Effect) error {
	keys := make([]key, len(effects))
	for i := range effects {
		keys[i] = keyOf(effects[i].Claimed.Table)
	}
	return c.bulk(ctx, "SupersedePending", len(keys), keys, "superseded by run "+c.run.ID.String(), c.run.ID.String())
}

// effects writes the metadata and the delta states.
func (c *checkpoint) effects(ctx context.Context, effects []layer.Effect) error {
	var (
		tables  = []tableRow{}
		touched = []key{}
		inserts []fieldRow
		updates = []fieldRow{}
		states  = []map[string]any{}
		gone    = []key{}
	)
	for i := range effects {
		e := &effects[i]
		id := e.Claimed.Table
		if e.TableDirty {
			e.Table.ID = id
			tables = append(tables, tableRowOf(&e.Table))
		} else {
			touched = append(touched, keyOf(id))
		}
		for j := range e.Insert {
			inserts = append(inserts, fieldRowOf(&e.Insert[j], id, ""))
		}
		for j := range e.Update {
			updates = append(updates, fieldRowOf(&e.Update[j].Record, id, e.Update[j].OldName))
		}
		if e.State == nil {
			gone = append(gone, keyOf(id))
			continue
		}
		states = append(states, map[string]any{
			"source_name": id.Source, "database_name": id.Database, "table_name": id.Name, "fingerprint": null(e.State.Fingerprint),
			"method": e.State.Method, "last_modified": null(rfc(e.State.LastModified)), "version": null(e.State.Version), "object_id": null(e.State.ObjectID),
		})
	}
	run := c.run.ID.String()
	for _, step := range []struct {
		query string
		n     int
		rows  any
		args  []any
	}{
		{"UpsertTables", len(tables), tables, []any{run}},
		{"TouchTables", len(touched), touched, []any{run}},
		{"UpdateFields", len(updates), updates, nil},
		{"UpsertStates", len(states), states, []any{c.run.Seq}},
		{"DeleteStates", len(gone), gone, nil},
	} {
		if err := c.bulk(ctx, step.query, step.n, step.rows, step.args...); err != nil {
			return err
		}
	}
	if err := c.relationships(ctx, effects); err != nil {
		return err
	}
	return c.copy(ctx, Copied{
		Table: "field_metadata", Columns: fieldColumns, Len: len(inserts),
		Append: func(values []any, i int) []any { return inserts[i].appendTo(values) },
	})
}

// bulk runs a statement that takes rows as its first parameter, unless there are none.
func (c *checkpoint) bulk(ctx context.Context, query string, n int, rows any, args ...any) error {
	if n == 0 {
		return nil
	}
	param, err := asJSON(rows)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, query, append([]any{param}, args...)...)
	return err
}

func (c *checkpoint) changes(ctx context.Context, effects []layer.Effect) error {
	status := "applied"
	if c.run.Settings.DryRun {
		status = "planned"
	}
	var rows []changeRow
	for i := range effects {
		for j := range effects[i].Changes {
			if c.run.Settings.NoLog && !c.run.Settings.DryRun && effects[i].Changes[j].Held == "" {
				continue
			}
			rows = append(rows, changeRow{table: effects[i].Claimed.Table, change: &effects[i].Changes[j]})
		}
	}
	return c.copy(ctx, Copied{
		Table: "metadata_changes", Columns: changeColumns, Len: len(rows),
		Append: func(values []any, i int) []any { return rows[i].appendTo(values, c.run.ID, status) },
	})
}

// attributes scans what field and table rows share.
type attributes struct {
	description, semantic, term, category, owner, steward, class sql.NullString
	tags, values                                                 list
	pii                                                          sql.NullBool
	base                                                         sql.NullString
}

func (a *attributes) dest() []any {
	return []any{&a.tags, &a.semantic, &a.term, &a.pii, &a.category, &a.owner, &a.steward, &a.class, &a.values}
}

func (a *attributes) get() (metadata.Attributes, *metadata.Attributes, error) {
	out := metadata.Attributes{
		Description: a.description.String, Tags: a.tags, SemanticType: a.semantic.String, BusinessTerm: a.term.String, PIICategory: a.category.String,
		Owner: a.owner.String, StewardEmail: a.steward.String, DataClassification: a.class.String, ValidValues: a.values,
	}
	if a.pii.Valid {
		out.IsPII = &a.pii.Bool
	}
	if !a.base.Valid {
		return out, nil, nil
	}
	base := &metadata.Attributes{}
	if err := json.Unmarshal([]byte(a.base.String), base); err != nil {
		return out, nil, fmt.Errorf("decode the base of a row: %w", err)
	}
	return out, base, nil
}

func scanTable(rows *sql.Rows) (r metadata.TableRecord, err error) {
	var a attributes
	var cadence sql.NullString
	dest := append([]any{&r.ID.Source, &r.ID.Database, &r.ID.Name, &r.Kind, &a.description, &r.Origin}, a.dest()...)
	if err := rows.Scan(append(dest, &cadence, &r.EstimatedRows, &r.Confidence, &r.Evidence, &r.ObjectID, &a.base, &r.Removed)...); err != nil {
		return r, err
	}
	r.Attributes, r.Base, err = a.get()
	r.RefreshCadence = cadence.String
	return r, err
}

func scanField(rows *sql.Rows) (r metadata.FieldRecord, err error) {
	var a attributes
	dest := append([]any{
		&r.Table.Source, &r.Table.Database, &r.Table.Name, &r.Name, &r.Ordinal, &r.DataType, &r.Nullable, &a.description, &r.Origin,
	}, a.dest()...)
	if err := rows.Scan(append(dest, &r.Confidence, &r.Evidence, &r.ObjectID, &a.base, &r.Removed)...); err != nil {
		return r, err
	}
	r.Attributes, r.Base, err = a.get()
	return r, err
}
