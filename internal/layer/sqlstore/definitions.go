package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// ReplaceDefinitions writes what definition files say.
func (s *Store) ReplaceDefinitions(ctx context.Context, l layer.Lease, run metadata.RunID, set *metadata.Definitions) (out layer.Replaced, err error) {
	err = s.fenced(ctx, "write the definitions", l, func(t *txn) error {
		out = layer.Replaced{}
		if err := t.declare(ctx, set); err != nil {
			return err
		}
		if out.Kept, err = t.keptTerms(ctx, set.Terms); err != nil {
			return err
		}
		return t.refreshImpact(ctx, run, &out)
	})
	return out, err
}

// PreviewDefinitions keeps what definition files say for a dry run's workers.
func (s *Store) PreviewDefinitions(ctx context.Context, l layer.Lease, run metadata.RunID, set *metadata.Definitions) error {
	rows, err := declaredRows(set.Tables)
	if err != nil {
		return err
	}
	param, err := asJSON(rows)
	if err != nil {
		return err
	}
	return s.fenced(ctx, "keep the definitions of a dry run", l, func(t *txn) error {
		if _, err := t.exec(ctx, "DeletePreviews", run.String()); err != nil || len(rows) == 0 {
			return err
		}
		_, err := t.exec(ctx, "InsertPreviews", param, run.String())
		return err
	})
}

// replacement is one table whose rows of ours are to be these.
type replacement struct {
	remove, write string // statements; the first gets all rows, the second some at a time
	rows          any
	n             int
	origin        string // a parameter of remove, unless ""
}

func (t *txn) declare(ctx context.Context, set *metadata.Definitions) error {
	tables, err := declaredRows(set.Tables)
	if err != nil {
		return err
	}
	terms, policies := termRows(set.Terms), policyRows(set.Policies)
	relationships, lineage := relationshipRows(set.Relationships), lineageRows(set.Lineage)
	dependencies := dependencyRows(set.Dependencies, metadata.FromDefinitions)
	for _, r := range []replacement{
		{"DeleteDeclaredTables", "UpsertDeclaredTables", tables, len(tables), ""},
		{"DeleteTerms", "UpsertTerms", terms, len(terms), ""},
		{"DeletePolicies", "UpsertPolicies", policies, len(policies), ""},
		{"DeleteRelationships", "UpsertRelationships", relationships, len(relationships), string(metadata.FromDefinitions)},
		{"DeleteLineage", "UpsertLineage", lineage, len(lineage), ""},
		{"DeleteDependencies", "InsertDependencies", dependencies, len(dependencies), string(metadata.FromDefinitions)},
	} {
		if err := t.replace(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// replace deletes what is not among the rows, and writes those that are new or differ.
func (t *txn) replace(ctx context.Context, r replacement) error {
	param, err := asJSON(r.rows)
	if err != nil {
		return err
	}
	args := []any{param}
	if r.origin != "" {
		args = append(args, r.origin)
	}
	if _, err := t.exec(ctx, r.remove, args...); err != nil || r.n == 0 {
		return err
	}
	_, err = t.exec(ctx, r.write, param)
	return err
}

func (t *txn) keptTerms(ctx context.Context, terms []metadata.Term) (kept []string, err error) {
	param, err := asJSON(termRows(terms))
	if err != nil {
		return nil, err
	}
	err = t.each(ctx, "KeptTerms", []any{param}, func(rows *sql.Rows) error {
		var term string
		err := rows.Scan(&term)
		kept = append(kept, term)
		return err
	})
	return kept, err
}

// overrule hides relationships that were found where stronger ones join the same fields, and shows those again
// that nothing stronger hides any more.
func (t *txn) overrule(ctx context.Context) error {
	for _, query := range []string{"Restore", "Overrule"} {
		if _, err := t.exec(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// ReplaceProposals writes guesses.
func (s *Store) ReplaceProposals(ctx context.Context, l layer.Lease, proposals []metadata.Relationship) error {
	for i := range proposals {
		if proposals[i].Origin != metadata.FromProposal {
			return fmt.Errorf("write the proposals: %s is of origin %q", proposals[i].From, proposals[i].Origin)
		}
	}
	rows := relationshipRows(proposals)
	return s.fenced(ctx, "write the proposals", l, func(t *txn) error {
		r := replacement{"DeleteRelationships", "UpsertRelationships", rows, len(rows), string(metadata.FromProposal)}
		if err := t.replace(ctx, r); err != nil {
			return err
		}
		return t.overrule(ctx)
	})
}

// relationships writes what the keys of a checkpoint's tables say. They are compared here and not by the database: its
// planner knows nothing of a table that has just been filled, and compares each row with each. What overrules what is
// settled at the end of the run, see refreshImpact.
func (c *checkpoint) relationships(ctx context.Context, effects []layer.Effect) error {
	tables, found := []map[string]any{}, []relationshipRow{}
	add := func(id metadata.TableID) {
		tables = append(tables, map[string]any{"source_name": id.Source, "from_table": metadata.Reference{TableID: id}.Unqualified().String()})
	}
	for i := range effects {
		e := &effects[i]
		if old := e.Claimed.RenamedFrom; old != nil {
			add(*old)
		}
		if e.Relationships != nil || e.State == nil {
			add(e.Claimed.Table)
		}
		for j := range e.Relationships {
			if e.State == nil {
				break
			}
			row := relationshipRowOf(&e.Relationships[j])
			row.Source, row.Origin = e.Claimed.Table.Source, string(metadata.FromSource)
			found = append(found, row)
		}
	}
	if len(tables) == 0 {
		return nil
	}
	known, err := c.knownRelationships(ctx, tables)
	if err != nil {
		return err
	}
	write := []relationshipRow{}
	for _, row := range distinctRows(found) {
		if old, ok := known[row.key()]; !ok || !reflect.DeepEqual(old.relationshipRow, row) {
			write = append(write, row)
		}
		delete(known, row.key())
	}
	gone := []map[string]any{}
	for _, old := range known {
		gone = append(gone, map[string]any{"relationship_id": old.id})
	}
	if err := c.bulk(ctx, "DeleteRelationshipsByID", len(gone), gone); err != nil {
		return err
	}
	return c.bulk(ctx, "UpsertRelationships", len(write), write)
}

// knownRelationship is a row of ours in the layer.
type knownRelationship struct {
	relationshipRow
	id int64
}

// knownRelationships reads what keys of tables said before, without what a person removed.
func (c *checkpoint) knownRelationships(ctx context.Context, tables []map[string]any) (map[relationshipKey]knownRelationship, error) {
	param, err := asJSON(tables)
	if err != nil {
		return nil, err
	}
	out := map[relationshipKey]knownRelationship{}
	// What to leave out is decided here too: a planner without statistics takes an origin for something rare.
	return out, c.each(ctx, "RelationshipsOfTables", []any{param}, func(rows *sql.Rows) error {
		var r knownRelationship
		var ours sql.NullBool
		if err := rows.Scan(&r.id, &r.Source, &r.From, &r.To, &r.Type, &r.Origin, &r.Name, &r.FromTable, &r.Cardinality, &r.JoinLogic, &r.Description, &r.Criticality,
			&r.Confidence, &r.Evidence, &ours); err != nil {
			return err
		}
		if r.Origin == string(metadata.FromSource) && ours.Bool {
			out[r.key()] = r
		}
		return nil
	})
}

// Declared reads what is declared for tables.
func (s *Store) Declared(ctx context.Context, run metadata.Run, ids []metadata.TableID) (map[metadata.TableID]metadata.DeclaredTable, error) {
	out := map[metadata.TableID]metadata.DeclaredTable{}
	if len(ids) == 0 {
		return out, nil
	}
	keys := make([]key, len(ids))
	for i, id := range ids {
		keys[i] = keyOf(id)
	}
	param, err := asJSON(keys)
	if err != nil {
		return nil, err
	}
	query, args := "Declared", []any{param}
	if run.Settings.DryRun {
		query, args = "PreviewedFor", append(args, run.ID.String())
	}
	// Entries for any source come first, so that those of the table's source replace them.
	err = s.each(ctx, query, args, func(rows *sql.Rows) error {
		var id metadata.TableID
		var text string
		var d metadata.DeclaredTable
		if err := rows.Scan(&id.Source, &id.Database, &id.Name, &d.Digest, &text); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &d.Declared); err != nil {
			return fmt.Errorf("decode what is declared of %s: %w", id, err)
		}
		out[id] = d
		return nil
	})
	return out, err
}

// DeclaredDigests reads the digests of all declared tables.
func (s *Store) DeclaredDigests(ctx context.Context) (map[metadata.TableID]string, error) {
	out := map[metadata.TableID]string{}
	err := s.each(ctx, "DeclaredDigests", nil, func(rows *sql.Rows) error {
		var id metadata.TableID
		var digest string
		err := rows.Scan(&id.Source, &id.Database, &id.Name, &digest)
		out[id] = digest
		return err
	})
	return out, err
}

func declaredRows(tables map[metadata.TableID]metadata.DeclaredTable) ([]declaredRow, error) {
	out := []declaredRow{}
	for _, id := range slices.SortedFunc(maps.Keys(tables), metadata.TableID.Compare) {
		document, err := asJSON(tables[id].Declared)
		if err != nil {
			return nil, err
		}
		out = append(out, declaredRow{keyOf(id), tables[id].Digest, json.RawMessage(document)})
	}
	return out, nil
}
