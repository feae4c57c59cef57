package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const opChanges = "run change_query at source"

// Changes runs a change query in a read-only transaction. It finds the columns
// by name, whatever their case and order. A row without database or table is
// left out; the value of NULL is "".
func (r *Reader) Changes(
	ctx context.Context, opts source.Options, query, field string, yield func(database, table, value string) error,
) error {
	var stopped error
	err := r.with(ctx, opChanges, opts, forRows, func(s *session) error {
		answer := s.ask(ctx, query, inText)
		defer answer.close()
		columns := slices.Clone(answer.FieldDescriptions())
		if len(columns) == 0 { // it is no SELECT, or it failed
			if _, _, err := answer.next(); err != nil {
				return err
			}
		}
		places, err := r.places(columns, "database_name", "table_name", field)
		if err != nil {
			return err
		}
		for {
			row, more, err := answer.next()
			if err != nil || !more {
				return err
			}
			if row.null(places[0]) || row.null(places[1]) {
				continue
			}
			value := printed(row[places[2]], columns[places[2]].DataTypeOID)
			if stopped = yield(row.text(places[0]), row.text(places[1]), value); stopped != nil {
				return stopped
			}
		}
	})
	if stopped != nil {
		return stopped
	}
	return err
}

// places finds columns by their names.
func (r *Reader) places(columns []pgconn.FieldDescription, names ...string) ([]int, error) {
	places := make([]int, len(names))
	for i, name := range names {
		places[i] = slices.IndexFunc(columns, func(c pgconn.FieldDescription) bool { return strings.EqualFold(c.Name, name) })
		if places[i] < 0 {
			return nil, &metadata.Fault{
				Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: opChanges, Subject: r.name,
				Err:  fmt.Errorf("its answer has no column %s", name),
				Hint: "select database_name, table_name and " + names[len(names)-1],
			}
		}
	}
	return places, nil
}

// printed gives times in RFC 3339 and UTC, and all else, infinities among
// it, as the server prints it.
func printed(value []byte, oid uint32) string {
	layout := ""
	switch oid {
	case pgtype.TimestamptzOID:
		layout = "2006-01-02 15:04:05.999999999Z07"
	case pgtype.TimestampOID:
		layout = "2006-01-02 15:04:05.999999999"
	case pgtype.DateOID:
		layout = time.DateOnly
	}
	if layout != "" {
		if at, err := time.Parse(layout, string(value)); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
	}
	return string(value)
}
