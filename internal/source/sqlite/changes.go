package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const opChanges = "run change_query at source"

// Changes runs a change query, which cannot write. It finds the columns by
// name, whatever their case and order. A row without database or table is left
// out; the value of NULL is "".
func (r *Reader) Changes(
	ctx context.Context, opts source.Options, query, field string, yield func(database, table, value string) error,
) error {
	return r.with(ctx, opts, opChanges, func(s *session) error {
		var places []int
		return s.each(ctx, opChanges, query, nil, func(rows *sql.Rows) error {
			columns, err := rows.Columns()
			if err != nil {
				return r.fault(opChanges, err)
			}
			if places == nil {
				if places, err = r.places(columns, "database_name", "table_name", field); err != nil {
					return err
				}
			}
			return r.change(rows, len(columns), places, yield)
		})
	})
}

// places finds columns by their names.
func (r *Reader) places(columns []string, names ...string) ([]int, error) {
	places := make([]int, len(names))
	for i, name := range names {
		places[i] = slices.IndexFunc(columns, func(column string) bool { return strings.EqualFold(column, name) })
		if places[i] < 0 {
			return nil, &metadata.Fault{
				Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: opChanges, Subject: r.name,
				Err:  fmt.Errorf("its answer has no column %s, only %s", name, strings.Join(columns, ", ")),
				Hint: "select database_name, table_name and " + names[len(names)-1],
			}
		}
	}
	return places, nil
}

func (r *Reader) change(
	rows *sql.Rows, columns int, places []int, yield func(database, table, value string) error,
) error {
	values := make([]any, columns)
	targets := make([]any, columns)
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return r.fault(opChanges, err)
	}
	database, table := values[places[0]], values[places[1]]
	if database == nil || table == nil {
		return nil
	}
	return yield(text(database), text(table), text(values[places[2]]))
}

// text prints a value of the driver. It makes times of the columns that are
// declared as such.
func text(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case []byte:
		return string(value)
	case string:
		return value
	case time.Time:
		return value.UTC().Format(time.RFC3339Nano)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	default: // the integers
		return fmt.Sprint(value)
	}
}
