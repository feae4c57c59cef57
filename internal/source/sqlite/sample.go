package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"modernc.org/sqlite"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const opSample = "sample table"

// Sample reads rows from places spread evenly over the rowids, or the first rows of
// a table that has none.
func (r *Reader) Sample(
	ctx context.Context, table *metadata.Table, opts source.SampleOptions, yield func([]source.Value) error,
) (source.Sampled, error) {
	wanted := opts.Wanted(table)
	if len(wanted) == 0 {
		return source.Sampled{Skipped: "no field has a type that is sampled"}, nil
	}
	one := &sample{table: table, wanted: wanted, yield: yield}
	err := r.with(ctx, opts.Reading(), opSample, func(s *session) error {
		ctx, cancel := context.WithTimeout(ctx, opts.Limit())
		defer cancel()
		one.session = s
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
	if refusal, is := errors.AsType[*sqlite.Error](err); is {
		code = "result code " + strconv.Itoa(refusal.Code())
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

// read reads up to most rows, unless the table is not to be sampled.
func (m *sample) read(ctx context.Context, most int) error {
	kind, withoutRowid, err := m.kind(ctx)
	if err != nil {
		return err
	}
	key := rowidName(m.table)
	switch {
	case kind == "view":
		m.sampled.Skipped = "a view may read whole tables"
	case kind != "table": // virtual, or the shadow of one
		m.sampled.Skipped = "a virtual table may be read as a whole"
	case withoutRowid || key == "":
		_, _, err = m.rows(ctx, m.statement("NULL")+" LIMIT ?", most)
	default:
		err = m.spread(ctx, key, most)
	}
	return err
}

func (m *sample) kind(ctx context.Context) (kind string, withoutRowid bool, err error) {
	err = m.session.each(ctx, opSample, sampleSQL, []any{m.table.ID.Name}, func(rows *sql.Rows) error {
		return rows.Scan(&kind, &withoutRowid)
	})
	if err == nil && (kind == "" || m.table.ID != m.session.reader.id(m.table.ID.Name)) {
		err = &metadata.Fault{
			Kind: metadata.FaultMissing, Class: metadata.ClassNotFound, Err: errors.New("there is no such table"),
		}
	}
	return kind, withoutRowid, err
}

// rowidName is a name of the rowid that no field of the table has taken, "" where all are.
func rowidName(table *metadata.Table) string {
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		taken := false
		for i := range table.Fields {
			taken = taken || strings.EqualFold(table.Fields[i].Name, name)
		}
		if !taken {
			return name
		}
	}
	return ""
}

func (m *sample) spread(ctx context.Context, key string, most int) error {
	var low, high sql.NullString
	err := m.session.each(ctx, opSample, m.boundsStatement(key), nil, func(rows *sql.Rows) error {
		return rows.Scan(&low, &high)
	})
	if err != nil {
		return err
	}
	statement := m.partStatement(key)
	return source.Spread(low.String, high.String, most, func(part source.Range) (string, int, error) {
		from, err := strconv.ParseInt(part.From, 10, 64)
		if err != nil {
			return "", 0, err
		}
		return m.rows(ctx, statement, from, part.Rows)
	})
}

// boundsStatement asks for each end by itself: together they would be a scan.
func (m *sample) boundsStatement(key string) string {
	return fmt.Sprintf("SELECT (SELECT min(t.%[1]s) FROM %[2]s), (SELECT max(t.%[1]s) FROM %[2]s)", key, m.from())
}

func (m *sample) partStatement(key string) string {
	return m.statement("t."+key) + fmt.Sprintf(" WHERE t.%[1]s >= ? ORDER BY t.%[1]s LIMIT ?", key)
}

// from names the table t: an unqualified name of no column would be a string.
func (m *sample) from() string { return "main." + quote(m.table.ID.Name) + " AS t" }

// statement reads the wanted columns, blobs not, whatever the column's type.
func (m *sample) statement(key string) string {
	columns := []string{key}
	for _, place := range m.wanted {
		columns = append(columns, fmt.Sprintf("CASE typeof(t.%[1]s) WHEN 'blob' THEN NULL ELSE substr(CAST(t.%[1]s AS TEXT), 1, %[2]d) END",
			quote(m.table.Fields[place].Name), source.MaxValueLength))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + m.from()
}

// rows yields the rows of a statement and returns the key of the last one.
func (m *sample) rows(ctx context.Context, statement string, arguments ...any) (last string, n int, err error) {
	texts := make([]sql.NullString, 1+len(m.wanted))
	places := make([]any, len(texts))
	for i := range texts {
		places[i] = &texts[i]
	}
	values := make([]source.Value, len(m.wanted))
	err = m.session.each(ctx, opSample, statement, arguments, func(rows *sql.Rows) error {
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
