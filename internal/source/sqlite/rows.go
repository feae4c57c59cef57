package sqlite

import "database/sql"

// row is one row of an answer: it belongs to a table.
type row interface {
	table() string
}

// tableRow is one table. SQLite calls it a table, a view or virtual.
type tableRow struct {
	name, kind string
}

// columnRow is one column as pragma table_xinfo gives it.
type columnRow struct {
	of, name, kind string
	required       bool
	standard       sql.NullString // the default
	pk             int            // place in the primary key from 1, 0 when not in it
	hidden         int
}

// foreignRow is one column of a foreign key.
type foreignRow struct {
	of       string
	id       int
	field    string
	parent   string
	refField sql.NullString
}

// indexRow is one column of an index.
type indexRow struct {
	of, name   string
	unique     bool
	origin     string
	field      sql.NullString
	definition sql.NullString
}

// estimateRow is one table's number of rows.
type estimateRow struct {
	of    string
	count int64
}

func (r tableRow) table() string    { return r.name }
func (r columnRow) table() string   { return r.of }
func (r foreignRow) table() string  { return r.of }
func (r indexRow) table() string    { return r.of }
func (r estimateRow) table() string { return r.of }

func scanTable(rows *sql.Rows) (row tableRow, err error) {
	err = rows.Scan(&row.name, &row.kind)
	return row, err
}

func scanColumn(rows *sql.Rows) (row columnRow, err error) {
	err = rows.Scan(&row.of, &row.name, &row.kind, &row.required, &row.standard, &row.pk, &row.hidden)
	return row, err
}

func scanForeign(rows *sql.Rows) (row foreignRow, err error) {
	err = rows.Scan(&row.of, &row.id, &row.field, &row.parent, &row.refField)
	return row, err
}

func scanIndex(rows *sql.Rows) (row indexRow, err error) {
	err = rows.Scan(&row.of, &row.name, &row.unique, &row.origin, &row.field, &row.definition)
	return row, err
}

func scanEstimate(rows *sql.Rows) (row estimateRow, err error) {
	err = rows.Scan(&row.of, &row.count)
	return row, err
}
