package mysql

import (
	"database/sql"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// tableRow is one row of the question about tables.
type tableRow struct {
	metadata.Table
	partitioned bool
	broken      string // why the server could not open it, "" when it could
}

// columnRow is one row of the question about columns.
type columnRow struct {
	id    metadata.TableID
	field metadata.Field
}

// keyRow is one field of a key.
type keyRow struct {
	id          metadata.TableID
	name, field string
	refTable    metadata.TableID // Name is "" but for foreign keys
	refField    string
}

// indexRow is one field of an index.
type indexRow struct {
	id          metadata.TableID
	name, field string
	unique      bool
}

// partitionRow says how a table is partitioned.
type partitionRow struct {
	id           metadata.TableID
	partitioning string
}

// rowReader turns the server's rows into ours.
type rowReader struct {
	source string
	// maria is true for MariaDB, which prints the absence of a default as NULL
	// and a text default with quotes. MySQL prints neither, so there the four
	// letters are a default.
	maria bool
}

func (r rowReader) table(rows *sql.Rows) (tableRow, error) {
	var (
		database, name, kind, options, comment string
		count                                  sql.NullInt64
		created, updated                       sql.NullTime
	)
	err := rows.Scan(&database, &name, &kind, &options, &comment, &count, &created, &updated)
	row := tableRow{Table: metadata.Table{
		ID:            metadata.TableID{Source: r.source, Database: database, Name: name},
		Kind:          metadata.KindTable,
		Comment:       comment,
		EstimatedRows: -1,
		LastModified:  later(created, updated),
	}}
	if count.Valid {
		row.EstimatedRows = count.Int64
	}
	switch {
	case kind == "VIEW":
		row.broken = viewProblem(comment)
		row.Kind = metadata.KindView
		row.Comment = "" // views have none: here stands VIEW, or what is wrong
		row.EstimatedRows = -1
	case strings.Contains(options, "partitioned"):
		row.Kind = metadata.KindPartitionedTable
		row.partitioned = true
	}
	return row, err
}

// viewProblem gives what the server says of a view that does not compile.
func viewProblem(comment string) string {
	if comment == "" || comment == "VIEW" {
		return ""
	}
	return comment
}

func later(a, b sql.NullTime) time.Time {
	if a.Valid && (!b.Valid || a.Time.After(b.Time)) {
		return a.Time
	}
	if b.Valid {
		return b.Time
	}
	return time.Time{}
}

func (r rowReader) column(rows *sql.Rows) (columnRow, error) {
	row := columnRow{id: metadata.TableID{Source: r.source}}
	var (
		standard sql.NullString
		extra    string
	)
	err := rows.Scan(&row.id.Database, &row.id.Name, &row.field.Name, &row.field.DataType,
		&row.field.Nullable, &standard, &row.field.Comment, &extra)
	row.field.Identity = identity(extra)
	if !r.maria || standard.String != "NULL" {
		row.field.Default = standard.String
	}
	return row, err
}

// identity reads the column EXTRA. PERSISTENT is MariaDB's older word. MySQL's
// DEFAULT_GENERATED means a default, not a generated column.
func identity(extra string) metadata.Identity {
	extra = strings.ToUpper(extra)
	switch {
	case strings.Contains(extra, "AUTO_INCREMENT"):
		return metadata.IdentityByDefault
	case strings.Contains(extra, "STORED GENERATED"), strings.Contains(extra, "PERSISTENT"):
		return metadata.GeneratedStored
	case strings.Contains(extra, "VIRTUAL"):
		return metadata.GeneratedVirtual
	default:
		return metadata.IdentityNone
	}
}

func (r rowReader) key(rows *sql.Rows) (keyRow, error) {
	row := keyRow{id: metadata.TableID{Source: r.source}}
	var database, table, field sql.NullString
	err := rows.Scan(&row.id.Database, &row.id.Name, &row.name, &row.field, &database, &table, &field)
	if table.Valid {
		row.refTable = metadata.TableID{Source: r.source, Database: database.String, Name: table.String}
		row.refField = field.String
	}
	return row, err
}

func (r rowReader) index(rows *sql.Rows) (indexRow, error) {
	row := indexRow{id: metadata.TableID{Source: r.source}}
	var field sql.NullString
	err := rows.Scan(&row.id.Database, &row.id.Name, &row.name, &row.unique, &field)
	row.field = field.String
	return row, err
}

func (r rowReader) partition(rows *sql.Rows) (partitionRow, error) {
	row := partitionRow{id: metadata.TableID{Source: r.source}}
	var method, expression, subMethod, subExpression string
	err := rows.Scan(&row.id.Database, &row.id.Name, &method, &expression, &subMethod, &subExpression)
	row.partitioning = method + " (" + expression + ")"
	if subMethod != "" {
		row.partitioning += " SUBPARTITION BY " + subMethod + " (" + subExpression + ")"
	}
	return row, err
}
