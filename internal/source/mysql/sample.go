package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const opSample = "sample table"

// engineSQL asks what a table is, by a name that the server may fold.
const engineSQL = "SELECT table_schema, table_name, table_type, COALESCE(engine, '') FROM information_schema.tables" +
	" WHERE table_schema = ? AND table_name = ?"

// remote are the engines that keep rows elsewhere, which may send all of them.
var remote = []string{"FEDERATED", "CONNECT", "SPIDER", "S3", "MRG_MYISAM", "MERGE"}

// Sample reads rows from places spread evenly over the primary key where its first
// column is an integer, and otherwise the first rows of the table.
func (r *Reader) Sample(
	ctx context.Context, table *metadata.Table, opts source.SampleOptions, yield func([]source.Value) error,
) (source.Sampled, error) {
	wanted := opts.Wanted(table)
	if len(wanted) == 0 {
		return source.Sampled{Skipped: "no field has a type that is sampled"}, nil
	}
	one := &sample{table: table, wanted: wanted, yield: yield}
	err := r.with(ctx, opts.Reading(), opSample, func(s *session) error {
		ctx, cancel := context.WithTimeout(ctx, opts.Limit()+grace)
		defer cancel()
		one.session = s
		var err error
		if one.sampled.Skipped, err = one.refusal(ctx); err != nil || one.sampled.Skipped != "" {
			return err
		}
		return one.read(ctx, opts.Rows())
	})
	if one.stopped != nil {
		return one.sampled, one.stopped
	}
	if err != nil {
		return one.sampled, sampleFault(table.ID, r.fault(opSample, err))
	}
	return one.sampled, nil
}

func sampleFault(id metadata.TableID, err error) error {
	code := ""
	if refusal, is := errors.AsType[*mysql.MySQLError](err); is {
		code = "error " + strconv.Itoa(int(refusal.Number))
	}
	return source.SampleFault(id, metadata.AsFault(err), code)
}

// sample is one sample of one table.
type sample struct {
	session *session
	table   *metadata.Table
	wanted  []int
	yield   func([]source.Value) error
	sampled source.Sampled
	stopped error // yield's own
}

// refusal says why the table is not sampled, "" when it is.
func (m *sample) refusal(ctx context.Context) (string, error) {
	var kind, engine string
	arguments := []any{m.table.ID.Database, m.table.ID.Name}
	err := m.session.each(ctx, opSample, engineSQL, arguments, func(rows *sql.Rows) error {
		var database, name, itsKind, itsEngine string
		if err := rows.Scan(&database, &name, &itsKind, &itsEngine); err != nil {
			return err
		}
		if database == m.table.ID.Database && name == m.table.ID.Name {
			kind, engine = itsKind, itsEngine
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case kind == "":
		return "", missing(m.table.ID)
	case strings.Contains(kind, "VIEW"):
		return "a view may read whole tables", nil
	case slices.Contains(remote, strings.ToUpper(engine)):
		return "its engine " + engine + " may read the whole table", nil
	default:
		return "", nil
	}
}

// read reads up to most rows.
func (m *sample) read(ctx context.Context, most int) error {
	key := integerKey(m.table)
	if key == "" {
		_, _, err := m.rows(ctx, "NULL", fmt.Sprintf("LIMIT %d", most))
		return err
	}
	low, high, err := m.bounds(ctx, key)
	if err != nil {
		return err
	}
	return source.Spread(low, high, most, func(part source.Range) (string, int, error) {
		return m.rows(ctx, quote(key), fmt.Sprintf("FORCE INDEX (PRIMARY) WHERE %[1]s >= %[2]s ORDER BY %[1]s LIMIT %[3]d",
			quote(key), part.From, part.Rows))
	})
}

// integerKey is the first column of the primary key where it is an integer, else "".
func integerKey(table *metadata.Table) string {
	for _, key := range table.Keys {
		if key.Kind != metadata.KeyPrimary || len(key.Fields) == 0 {
			continue
		}
		for i := range table.Fields {
			if table.Fields[i].Name == key.Fields[0] && isInteger(table.Fields[i].DataType) {
				return key.Fields[0]
			}
		}
	}
	return ""
}

func isInteger(dataType string) bool {
	name, _, _ := strings.Cut(strings.ToLower(dataType), "(")
	name, _, _ = strings.Cut(name, " ")
	return slices.Contains([]string{"tinyint", "smallint", "mediumint", "int", "bigint"}, name)
}

// bounds are the least and the greatest key, which stand at the ends of the index.
func (m *sample) bounds(ctx context.Context, key string) (low, high string, err error) {
	question := fmt.Sprintf("SELECT CAST(MIN(%[1]s) AS CHAR), CAST(MAX(%[1]s) AS CHAR) FROM %[2]s FORCE INDEX (PRIMARY)",
		quote(key), quoteTable(m.table.ID))
	err = m.session.each(ctx, opSample, question, nil, func(rows *sql.Rows) error {
		var least, greatest sql.NullString
		err := rows.Scan(&least, &greatest)
		low, high = least.String, greatest.String
		return err
	})
	return low, high, err
}

// rows yields the rows that a clause gives, and returns the key of the last one.
func (m *sample) rows(ctx context.Context, key, clause string) (last string, n int, err error) {
	columns := []string{"CAST(" + key + " AS CHAR)"}
	for _, place := range m.wanted {
		columns = append(columns, fmt.Sprintf("LEFT(CAST(%s AS CHAR), %d)", quote(m.table.Fields[place].Name), source.MaxValueLength))
	}
	question := "SELECT " + strings.Join(columns, ", ") + " FROM " + quoteTable(m.table.ID) + " " + clause
	texts := make([]sql.NullString, len(columns))
	places := make([]any, len(columns))
	for i := range texts {
		places[i] = &texts[i]
	}
	values := make([]source.Value, len(m.wanted))
	err = m.session.each(ctx, opSample, question, nil, func(rows *sql.Rows) error {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, text := range texts[1:] {
			values[i] = source.Value{Text: text.String, Null: !text.Valid}
		}
		last = texts[0].String
		n++
		m.sampled.Rows++
		m.stopped = m.yield(values)
		return m.stopped
	})
	return last, n, err
}
