package sqlite

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const opSchema = "read schema of source"

// answers are the answers about some tables, ready to be joined.
type answers struct {
	reader    *Reader
	columns   *columns
	tables    *stream[tableRow]
	fields    *stream[columnRow]
	foreign   *stream[foreignRow]
	indexes   *stream[indexRow]
	estimates *stream[estimateRow] // nil where there was no ANALYZE
	secondary bool                 // indexes are wanted too, not only unique keys
}

// answer asks all questions about some tables. The answers are read alternately.
func (s *session) answer(ctx context.Context, some []string, secondary bool) (*answers, error) {
	of := names{utf16: s.utf16, some: some}
	found := &answers{reader: s.reader, secondary: secondary}
	var err error
	if found.tables, err = streamed(ctx, s, tablesSQL, of, scanTable); err != nil {
		return nil, err
	}
	found.columns = &columns{session: s, of: of, broken: map[string]error{}}
	found.fields = found.columns.stream(ctx)
	if found.foreign, err = streamed(ctx, s, foreignKeysSQL, of, scanForeign); err != nil {
		return nil, err
	}
	if found.indexes, err = streamed(ctx, s, indexesSQL, of, scanIndex); err != nil {
		return nil, err
	}
	analyzed, err := s.analyzed(ctx)
	if err != nil || !analyzed {
		return found, err
	}
	found.estimates, err = streamed(ctx, s, estimatesSQL, of, scanEstimate)
	return found, err
}

// analyzed tells whether ANALYZE has ever run: its table cannot be asked before.
func (s *session) analyzed(ctx context.Context) (bool, error) {
	var analyzed bool
	s.reader.queries.Add(1)
	err := s.tx.QueryRowContext(ctx,
		"SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'sqlite_stat1')").Scan(&analyzed)
	return analyzed, s.reader.fault(opSchema, err)
}

// each joins the answers: it calls yield for each table that keep is true for.
// A table that SQLite cannot resolve comes without fields and with the reason.
func (a *answers) each(keep func(metadata.TableID) bool, yield func(*metadata.Table, error) error) error {
	for {
		if done, err := a.tables.read(); done || err != nil {
			return err
		}
		head := a.tables.head
		id := a.reader.id(head.name)
		if !keep(id) {
			continue
		}
		table := &metadata.Table{ID: id, Kind: metadata.KindTable, EstimatedRows: -1}
		if head.kind == "view" {
			table.Kind = metadata.KindView
		}
		problem, err := a.complete(table)
		if err != nil {
			return err
		}
		if err := yield(table, problem); err != nil {
			return err
		}
	}
}

// complete gives a table its fields, keys and indexes.
func (a *answers) complete(table *metadata.Table) (problem, err error) {
	columns, err := a.fields.take(table.ID.Name)
	if err != nil {
		return nil, err
	}
	if problem := a.columns.problem(table.ID.Name); problem != nil {
		return problem, nil
	}
	indexes, err := a.indexes.take(table.ID.Name)
	if err != nil {
		return nil, err
	}
	foreign, err := a.foreign.take(table.ID.Name)
	if err != nil {
		return nil, err
	}
	table.Fields = fields(columns, isRowid(columns, indexes))
	table.Keys = a.keys(columns, indexes, foreign)
	if a.secondary {
		table.Indexes = secondary(indexes)
	}
	return nil, a.estimate(table)
}

func (a *answers) estimate(table *metadata.Table) error {
	if a.estimates == nil {
		return nil
	}
	rows, err := a.estimates.take(table.ID.Name)
	if err == nil && len(rows) > 0 {
		table.EstimatedRows = rows[0].count
	}
	return err
}

// isRowid tells whether the primary key is another name for the rowid, which
// SQLite fills in: one column of type INTEGER for which it keeps no index.
func isRowid(columns []columnRow, indexes []indexRow) bool {
	members := 0
	integer := false
	for _, column := range columns {
		if column.pk > 0 {
			members++
			integer = strings.EqualFold(column.kind, "INTEGER")
		}
	}
	return members == 1 && integer &&
		!slices.ContainsFunc(indexes, func(index indexRow) bool { return index.origin == "pk" })
}

func fields(rows []columnRow, rowid bool) []metadata.Field {
	fields := make([]metadata.Field, 0, len(rows))
	for _, row := range rows {
		if row.hidden == 1 {
			continue
		}
		field := metadata.Field{
			Name: row.name, Ordinal: len(fields) + 1, DataType: source.Legible(row.kind),
			Nullable: !row.required, Default: source.Legible(row.standard.String),
		}
		switch {
		case row.hidden == 2:
			field.Identity = metadata.GeneratedVirtual
		case row.hidden == 3:
			field.Identity = metadata.GeneratedStored
		case rowid && row.pk > 0:
			field.Identity = metadata.IdentityByDefault
			field.Nullable = false // though SQLite does not say so
		}
		fields = append(fields, field)
	}
	return fields
}

func (a *answers) keys(columns []columnRow, indexes []indexRow, foreign []foreignRow) []metadata.Key {
	keys := slices.Concat(a.foreignKeys(foreign), primaryKey(columns), uniqueKeys(indexes))
	slices.SortStableFunc(keys, func(a, b metadata.Key) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return keys
}

func (a *answers) foreignKeys(rows []foreignRow) []metadata.Key {
	var keys []metadata.Key
	for i, row := range rows {
		if i == 0 || rows[i-1].id != row.id {
			keys = append(keys, metadata.Key{Kind: metadata.KeyForeign, RefTable: a.reader.id(row.parent)})
		}
		key := &keys[len(keys)-1]
		key.Fields = append(key.Fields, row.field)
		if row.refField.Valid {
			key.RefFields = append(key.RefFields, row.refField.String)
		}
	}
	slices.Reverse(keys) // SQLite gives the last one first
	return keys
}

func primaryKey(rows []columnRow) []metadata.Key {
	members := slices.DeleteFunc(slices.Clone(rows), func(row columnRow) bool { return row.pk == 0 })
	if len(members) == 0 {
		return nil
	}
	slices.SortFunc(members, func(a, b columnRow) int { return cmp.Compare(a.pk, b.pk) })
	key := metadata.Key{Kind: metadata.KeyPrimary}
	for _, member := range members {
		key.Fields = append(key.Fields, member.name)
	}
	return []metadata.Key{key}
}

func uniqueKeys(rows []indexRow) []metadata.Key {
	var keys []metadata.Key
	for _, row := range rows {
		if row.origin != "u" {
			continue
		}
		if len(keys) == 0 || keys[len(keys)-1].Name != row.name {
			keys = append(keys, metadata.Key{Name: row.name, Kind: metadata.KeyUnique})
		}
		key := &keys[len(keys)-1]
		key.Fields = append(key.Fields, row.field.String)
	}
	return keys
}

// secondary gives the indexes that CREATE INDEX made.
func secondary(rows []indexRow) []metadata.Index {
	var indexes []metadata.Index
	for _, row := range rows {
		if row.origin != "c" {
			continue
		}
		if len(indexes) == 0 || indexes[len(indexes)-1].Name != row.name {
			indexes = append(indexes, metadata.Index{Name: row.name, Unique: row.unique, Definition: row.definition.String})
		}
		index := &indexes[len(indexes)-1]
		index.Fields = append(index.Fields, row.field.String)
	}
	slices.SortFunc(indexes, func(a, b metadata.Index) int { return cmp.Compare(a.Name, b.Name) })
	return indexes
}
