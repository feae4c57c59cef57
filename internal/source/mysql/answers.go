package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/semsync/semsync/internal/metadata"
)

const opCatalog = "read catalog of source"

// answers are the answers about some tables, ready to be joined.
type answers struct {
	tables  *stream[tableRow]
	columns *stream[columnRow]
	keys    *stream[keyRow]
	indexes *stream[indexRow] // nil when indexes were not asked for
	// askPartitions asks about the partitions in one database. It is called when
	// the first partitioned table of a database comes, since the answer makes the
	// server open every table of the database.
	askPartitions func(database string) (*stream[partitionRow], error)
	partitions    *stream[partitionRow] // of the database partitioned
	partitioned   string
}

// each joins the answers: it calls yield for each table that keep is true for.
// A table whose columns the server would not tell comes without fields.
func (a *answers) each(keep func(metadata.TableID) bool, yield func(tableRow) error) error {
	for {
		if done, err := a.tables.read(); done || err != nil {
			return err
		}
		table := a.tables.head
		if !keep(table.ID) {
			continue
		}
		if err := a.complete(&table); err != nil {
			return err
		}
		if err := yield(table); err != nil {
			return err
		}
	}
}

// complete gives a table its fields and all that hangs on them.
func (a *answers) complete(table *tableRow) error {
	columns, err := a.columns.take(table.ID)
	if err != nil || table.broken != "" {
		return err // MySQL still has the columns that a broken view had
	}
	table.Fields = fields(columns)
	keyRows, err := a.keys.take(table.ID)
	if err != nil {
		return err
	}
	table.Keys = keys(keyRows)
	if a.indexes != nil {
		indexRows, err := a.indexes.take(table.ID)
		if err != nil {
			return err
		}
		table.Indexes = indexes(indexRows)
	}
	if !table.partitioned {
		return nil
	}
	return a.partition(table)
}

func (a *answers) partition(table *tableRow) error {
	if a.partitions == nil || a.partitioned != table.ID.Database {
		var err error
		if a.partitions, err = a.askPartitions(table.ID.Database); err != nil {
			return err
		}
		a.partitioned = table.ID.Database
	}
	rows, err := a.partitions.take(table.ID)
	if err != nil || len(rows) == 0 {
		return err
	}
	table.Partitioning = rows[0].partitioning
	return nil
}

// fields numbers the columns anew: an account that may see only some of them
// gets the server's numbers with gaps.
func fields(rows []columnRow) []metadata.Field {
	if len(rows) == 0 {
		return nil
	}
	fields := make([]metadata.Field, len(rows))
	for i, row := range rows {
		fields[i] = row.field
		fields[i].Ordinal = i + 1
	}
	return fields
}

func keys(rows []keyRow) []metadata.Key {
	var keys []metadata.Key
	for i, row := range rows {
		kind := row.kind()
		if i == 0 || rows[i-1].name != row.name || rows[i-1].kind() != kind {
			keys = append(keys, metadata.Key{Name: row.name, Kind: kind, RefTable: row.refTable})
		}
		key := &keys[len(keys)-1]
		key.Fields = append(key.Fields, row.field)
		if kind == metadata.KeyForeign {
			key.RefFields = append(key.RefFields, row.refField)
		}
	}
	slices.SortFunc(keys, func(a, b metadata.Key) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return keys
}

func (r keyRow) kind() metadata.KeyKind {
	switch {
	case r.refTable.Name != "":
		return metadata.KeyForeign
	case r.name == "PRIMARY":
		return metadata.KeyPrimary
	default:
		return metadata.KeyUnique
	}
}

// indexes leaves out the unique ones over fields alone, which are keys.
func indexes(rows []indexRow) []metadata.Index {
	var indexes []metadata.Index
	for i, row := range rows {
		if i == 0 || rows[i-1].name != row.name {
			indexes = append(indexes, metadata.Index{Name: row.name, Unique: row.unique})
		}
		index := &indexes[len(indexes)-1]
		index.Fields = append(index.Fields, row.field)
	}
	return slices.DeleteFunc(indexes, func(index metadata.Index) bool {
		return index.Unique && !slices.Contains(index.Fields, "")
	})
}

// streamed asks a question and gives its answer as it comes in.
func streamed[T row](ctx context.Context, s *session, question string, scan func(*sql.Rows) (T, error)) (*stream[T], error) {
	rows, err := s.ask(ctx, everything().apply(question)) //nolint:rowserrcheck // next checks it at the end
	if err != nil {
		return nil, s.reader.fault(opCatalog, err)
	}
	return &stream[T]{next: func() (T, bool, error) {
		var none T
		if !rows.Next() {
			return none, false, s.reader.fault(opCatalog, rows.Err())
		}
		row, err := scan(rows)
		return row, true, s.reader.fault(opCatalog, err)
	}}, nil
}

// collected asks a question and gives its whole answer, but for the tables
// that keep is false for.
func collected[T row](
	ctx context.Context, s *session, question string, some limit, keep func(metadata.TableID) bool,
	scan func(*sql.Rows) (T, error),
) (*stream[T], error) {
	var rows []T
	err := s.each(ctx, opCatalog, some.apply(question), some.arguments, func(answer *sql.Rows) error {
		row, err := scan(answer)
		if err != nil {
			return s.reader.fault(opCatalog, err)
		}
		if keep(row.table()) {
			rows = append(rows, row)
		}
		return nil
	})
	return listed(rows), err
}

// listed is a stream of rows in memory.
func listed[T row](rows []T) *stream[T] {
	return &stream[T]{next: func() (T, bool, error) {
		var none T
		if len(rows) == 0 {
			return none, false, nil
		}
		row := rows[0]
		rows = rows[1:]
		return row, true, nil
	}}
}
