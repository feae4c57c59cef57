package sqlstore

import (
	"context"
	"database/sql"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// pageTables is how many tables are validated in one transaction.
const pageTables = 200

// SQLNames tells how people write statements for this layer.
func (s *Store) SQLNames() layer.SQLNames {
	return layer.SQLNames{Engine: string(s.dialect.Goose), Tables: s.dialect.Qualify("table_metadata"), Fields: s.dialect.Qualify("field_metadata")}
}

// Validate makes the open findings those that hold.
func (s *Store) Validate(ctx context.Context, l layer.Lease, run metadata.RunID, check layer.Check) (counts metadata.FindingCounts, err error) {
	for after, last := (key{}), false; !last; {
		var p *page
		err := s.fenced(ctx, "validate the layer", l, func(t *txn) error {
			p = &page{txn: t, after: after, check: func(table *metadata.TableRecord, fields []metadata.FieldRecord) error {
				found, err := check(table, fields)
				p.sort(found)
				return err
			}}
			return p.settle(ctx, run)
		})
		if err != nil {
			return metadata.FindingCounts{}, err
		}
		for _, severity := range metadata.Severities {
			counts.Add(severity, p.counts.Of(severity))
		}
		after, last = p.until, p.last
	}
	return counts, nil
}

// EndValidation records how a pass came out.
func (s *Store) EndValidation(ctx context.Context, l layer.Lease, run metadata.Run, v layer.Validated) error {
	return s.fenced(ctx, "end the validation of run "+run.ID.String(), l, func(t *txn) error {
		_, err := t.exec(ctx, "EndValidation", run.ID.String(), v.Findings.Errors, v.Findings.Warnings, v.Findings.Infos,
			string(v.Status), v.Reason, run.Resumes)
		return err
	})
}

// Findings streams open findings.
func (s *Store) Findings(ctx context.Context, severity metadata.Severity, yield func(layer.OpenFinding) error) error {
	return s.each(ctx, "Findings", []any{string(severity)}, func(rows *sql.Rows) error {
		var f layer.OpenFinding
		var run nullRunID
		var made moment
		err := rows.Scan(&f.ID, &run, &f.Type, &f.Severity, &f.Table.Source, &f.Table.Database, &f.Table.Name, &f.Field, &f.Message, &f.Fix, &made)
		if err != nil {
			return err
		}
		f.Run, f.CreatedAt = run.UUID, made.Time
		return yield(f)
	})
}

// page is some tables that follow one another, with the findings about them and about what is gone between them.
type page struct {
	*txn
	after key                                                                    // the last table of the page before
	check func(table *metadata.TableRecord, fields []metadata.FieldRecord) error // sorts its findings

	tables []metadata.TableRecord
	until  key  // the last table of this page
	last   bool // no page comes after this one

	open    map[string]openFinding // by key; in the end those that do not hold any more
	held    map[string]bool
	added   []metadata.Finding
	changed []metadata.Finding // held, with other words or weight
	counts  metadata.FindingCounts
}

// openFinding is a row that may change.
type openFinding struct {
	id                     int64
	severity, message, fix string
}

// settle makes the rows of the page those that hold.
func (p *page) settle(ctx context.Context, run metadata.RunID) error {
	if err := p.compare(ctx); err != nil {
		return err
	}
	if len(p.added)+len(p.changed) > 0 {
		rows := make([]findingRow, 0, len(p.added)+len(p.changed))
		for _, list := range [][]metadata.Finding{p.added, p.changed} {
			for i := range list {
				rows = append(rows, findingRowOf(&list[i]))
			}
		}
		if err := p.bulk(ctx, "UpsertFindings", rows, run.String()); err != nil {
			return err
		}
	}
	if len(p.open) == 0 {
		return nil
	}
	gone := make([]map[string]int64, 0, len(p.open))
	for _, f := range p.open {
		gone = append(gone, map[string]int64{"error_id": f.id})
	}
	return p.bulk(ctx, "ResolveFindings", gone)
}

func (p *page) bulk(ctx context.Context, query string, rows any, args ...any) error {
	param, err := asJSON(rows)
	if err != nil {
		return err
	}
	_, err = p.exec(ctx, query, append([]any{param}, args...)...)
	return err
}

// compare reads the page and tells what holds from what does not.
func (p *page) compare(ctx context.Context) error {
	if err := p.readTables(ctx); err != nil {
		return err
	}
	if err := p.readOpen(ctx); err != nil {
		return err
	}
	p.held = map[string]bool{}
	at := 0
	var fields []metadata.FieldRecord
	next := func() error {
		err := p.check(&p.tables[at], fields)
		at, fields = at+1, fields[:0]
		return err
	}
	err := p.each(ctx, p.ranged("PageFields"), p.bounds(), func(rows *sql.Rows) error {
		f, err := scanPlainField(rows)
		if err != nil {
			return err
		}
		for at < len(p.tables) && p.tables[at].ID.Compare(f.Table) < 0 {
			if err := next(); err != nil {
				return err
			}
		}
		if at < len(p.tables) && p.tables[at].ID == f.Table { // else it is a field of a table that is not there
			fields = append(fields, f)
		}
		return nil
	})
	for err == nil && at < len(p.tables) {
		err = next()
	}
	return err
}

// ranged gives the statement for this page.
func (p *page) ranged(query string) string {
	if p.last {
		return "Last" + query
	}
	return query
}

func (p *page) bounds() []any {
	out := []any{p.after.Source, p.after.Database, p.after.Name}
	if !p.last {
		out = append(out, p.until.Source, p.until.Database, p.until.Name)
	}
	return out
}

func (p *page) readTables(ctx context.Context) error {
	err := p.each(ctx, "PageTables", []any{p.after.Source, p.after.Database, p.after.Name, pageTables}, func(rows *sql.Rows) error {
		var t metadata.TableRecord
		var a attributes
		err := rows.Scan(append([]any{&t.ID.Source, &t.ID.Database, &t.ID.Name, &t.Kind, &a.description}, a.dest()...)...)
		if err != nil {
			return err
		}
		t.Attributes, _, err = a.get()
		p.tables = append(p.tables, t)
		return err
	})
	p.last = len(p.tables) < pageTables
	if !p.last {
		p.until = keyOf(p.tables[len(p.tables)-1].ID)
	}
	return err
}

func (p *page) readOpen(ctx context.Context) error {
	p.open = map[string]openFinding{}
	return p.each(ctx, p.ranged("PageFindings"), p.bounds(), func(rows *sql.Rows) error {
		var f openFinding
		var key string
		err := rows.Scan(&f.id, &key, &f.severity, &f.message, &f.fix)
		p.open[key] = f
		return err
	})
}

// sort puts findings where they belong.
func (p *page) sort(found []metadata.Finding) {
	for i := range found {
		f := &found[i]
		key := f.Key()
		if p.held[key] {
			continue
		}
		p.held[key] = true
		p.counts.Add(f.Severity, 1)
		was, open := p.open[key]
		delete(p.open, key)
		switch {
		case !open:
			p.added = append(p.added, *f)
		case was.severity != string(f.Severity) || was.message != f.Message || was.fix != f.Fix:
			p.changed = append(p.changed, *f)
		}
	}
}

// scanPlainField reads a field without what only merging needs.
func scanPlainField(rows *sql.Rows) (r metadata.FieldRecord, err error) {
	var a attributes
	dest := []any{&r.Table.Source, &r.Table.Database, &r.Table.Name, &r.Name, &r.Ordinal, &r.DataType, &r.Nullable, &a.description}
	if err := rows.Scan(append(dest, a.dest()...)...); err != nil {
		return r, err
	}
	r.Attributes, _, err = a.get()
	return r, err
}

type findingRow struct {
	key
	Type     string  `json:"error_type"`
	Severity string  `json:"severity"`
	Field    *string `json:"field_name"`
	Message  string  `json:"message"`
	Fix      *string `json:"suggested_fix"`
	Key      string  `json:"finding_key"`
}

func findingRowOf(f *metadata.Finding) findingRow {
	return findingRow{keyOf(f.Table), string(f.Type), string(f.Severity), null(f.Field), f.Message, null(f.Fix), f.Key()}
}

// nullRunID scans a run's id that may be NULL.
type nullRunID struct{ runID }

// Scan takes what the driver gives.
func (n *nullRunID) Scan(v any) error {
	if v == nil {
		n.runID = runID{}
		return nil
	}
	return n.runID.Scan(v)
}
