package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"github.com/google/uuid"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/lineage"
	"github.com/semsync/semsync/internal/metadata"
)

const (
	// maxImpacts bounds the rows of impact_analysis per level, fields and tables.
	maxImpacts = 300_000
	// impactChunk is how many of them one statement gets.
	impactChunk = 10_000
)

// RefreshImpact works out what depends on what.
func (s *Store) RefreshImpact(ctx context.Context, l layer.Lease, run metadata.RunID) (out layer.Replaced, err error) {
	err = s.fenced(ctx, "work out the impact", l, func(t *txn) error {
		out = layer.Replaced{}
		return t.refreshImpact(ctx, run, &out)
	})
	return out, err
}

func (t *txn) refreshImpact(ctx context.Context, run metadata.RunID, out *layer.Replaced) error {
	if err := t.overrule(ctx); err != nil {
		return err
	}
	relationships, err := t.liveRelationships(ctx)
	if err != nil {
		return err
	}
	edges, err := t.lineageEdges(ctx)
	if err != nil {
		return err
	}
	given, err := t.givenDependencies(ctx)
	if err != nil {
		return err
	}
	derived := dependencyRows(lineage.Dependencies(relationships, edges), derivedOrigin)
	r := replacement{"DeleteDependencies", "InsertDependencies", derived, len(derived), string(derivedOrigin)}
	if err := t.replace(ctx, r); err != nil {
		return err
	}
	fields := lineage.Edges(relationships, edges)
	impacts, whole := lineage.Impacts(fields, "field", maxImpacts)
	ofTables, wholeTables := lineage.Impacts(lineage.TableEdges(fields, given), "table", maxImpacts)
	impacts = append(impacts, ofTables...)
	out.Impacts, out.ImpactCut = len(impacts), !whole || !wholeTables
	return t.writeImpacts(ctx, run, impacts)
}

// derivedOrigin marks what semsync reckons itself.
const derivedOrigin metadata.Provenance = "derived"

// reference parses what a row says; people may have written anything, and what is no reference says nothing.
func reference(source, text string) (metadata.Reference, bool) {
	ref, err := metadata.ParseReference(text)
	if err == nil && ref.Source == "" {
		ref.Source = source
	}
	return ref, err == nil
}

func (t *txn) liveRelationships(ctx context.Context) (out []metadata.Relationship, err error) {
	err = t.each(ctx, "LiveRelationships", nil, func(rows *sql.Rows) error {
		var r metadata.Relationship
		var source, from, to string
		if err := rows.Scan(&source, &from, &to, &r.Type, &r.Cardinality, &r.Criticality); err != nil {
			return err
		}
		var ok, okTo bool
		r.From, ok = reference(source, from)
		r.To, okTo = reference(source, to)
		if ok && okTo && r.From.Field != "" && r.To.Field != "" {
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

func (t *txn) lineageEdges(ctx context.Context) (out []metadata.LineageEdge, err error) {
	err = t.each(ctx, "AllLineage", nil, func(rows *sql.Rows) error {
		var e metadata.LineageEdge
		var from, to string
		if err := rows.Scan(&from, &to, &e.Criticality); err != nil {
			return err
		}
		var ok, okTo bool
		e.From, ok = reference("", from)
		e.To, okTo = reference("", to)
		if ok && okTo && e.From.Field != "" && e.To.Field != "" {
			out = append(out, e)
		}
		return nil
	})
	return out, err
}

func (t *txn) givenDependencies(ctx context.Context) (out []metadata.Dependency, err error) {
	err = t.each(ctx, "GivenDependencies", nil, func(rows *sql.Rows) error {
		var d metadata.Dependency
		var source, from, to string
		if err := rows.Scan(&source, &from, &to, &d.Type); err != nil {
			return err
		}
		var ok, okTo bool
		d.From, ok = reference(source, from)
		d.To, okTo = reference(source, to)
		if ok && okTo && d.From.Field == "" && d.To.Field == "" {
			out = append(out, d)
		}
		return nil
	})
	return out, err
}

// writeImpacts writes what differs from the rows that are there.
func (t *txn) writeImpacts(ctx context.Context, run metadata.RunID, impacts []metadata.Impact) error {
	there, err := t.impacts(ctx)
	if err != nil {
		return err
	}
	write := []impactRow{}
	for _, i := range impacts {
		id := [2]string{i.Changed, i.Affected}
		if old, ok := there[id]; !ok || old != i {
			write = append(write, impactRow{i.Changed, i.Affected, i.Distance, i.Level, null(string(i.Criticality))})
		}
		delete(there, id)
	}
	gone := make([]impactRow, 0, len(there))
	for id := range there {
		gone = append(gone, impactRow{Changed: id[0], Affected: id[1]})
	}
	if err := t.impactChunks(ctx, "DeleteImpacts", gone); err != nil {
		return err
	}
	var by *string
	if run != uuid.Nil {
		by = null(run.String())
	}
	return t.impactChunks(ctx, "UpsertImpacts", write, by)
}

func (t *txn) impactChunks(ctx context.Context, query string, rows []impactRow, args ...any) error {
	for chunk := range slices.Chunk(rows, impactChunk) {
		param, err := asJSON(chunk)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, query, append([]any{param}, args...)...); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) impacts(ctx context.Context) (map[[2]string]metadata.Impact, error) {
	out := map[[2]string]metadata.Impact{}
	err := t.each(ctx, "Impacts", nil, func(rows *sql.Rows) error {
		var i metadata.Impact
		err := rows.Scan(&i.Changed, &i.Affected, &i.Distance, &i.Level, &i.Criticality)
		out[[2]string{i.Changed, i.Affected}] = i
		return err
	})
	return out, err
}
