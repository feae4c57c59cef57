package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const (
	opTimes = "read latest times at source"
	// together is how many tables one statement is asked about: SQLite takes
	// at most 500 terms in a compound SELECT.
	together = 400
)

// timeColumn is a column that may hold times.
type timeColumn struct {
	table, name string
	declared    bool // as one of dates or times
}

// MaxTimes reads the latest time in the column called field of each table that
// has one. SQLite has no type for times: text in the formats of its own date
// functions is taken, as UTC where it names no zone, and in columns declared
// with DATE or TIME numbers of seconds since 1970. Tables without the column
// or without any time in it, and broken views, are left out.
func (r *Reader) MaxTimes(
	ctx context.Context, opts source.Options, ids []metadata.TableID, field string,
) (map[metadata.TableID]time.Time, error) {
	some := []string{}
	for _, id := range ids {
		if id == r.id(id.Name) {
			some = append(some, id.Name)
		}
	}
	times := map[metadata.TableID]time.Time{}
	err := r.with(ctx, opts, opTimes, func(s *session) error {
		columns, err := s.timeColumns(ctx, some, field)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(columns, together) {
			if err := s.latest(ctx, part, times); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return times, nil
}

func (s *session) timeColumns(ctx context.Context, some []string, field string) ([]timeColumn, error) {
	asked := &columns{session: s, of: names{utf16: s.utf16, some: some}, broken: map[string]error{}}
	stream := asked.stream(ctx)
	var found []timeColumn
	for {
		if done, err := stream.read(); done || err != nil {
			return found, err
		}
		if strings.EqualFold(stream.head.name, field) {
			kind := strings.ToUpper(stream.head.kind)
			found = append(found, timeColumn{
				table: stream.head.of, name: stream.head.name,
				declared: strings.Contains(kind, "DATE") || strings.Contains(kind, "TIME"),
			})
		}
	}
}

// latest reads the maxima of some columns with one statement. Where one table
// spoils it, the halves are tried, so that only that table is left out.
func (s *session) latest(ctx context.Context, columns []timeColumn, times map[metadata.TableID]time.Time) error {
	err := s.each(ctx, opTimes, latestSQL(columns), nil, func(rows *sql.Rows) error {
		var (
			place  int
			latest any
		)
		if err := rows.Scan(&place, &latest); err != nil {
			return s.reader.fault(opTimes, err)
		}
		if at, is := timeOf(latest, columns[place].declared); is {
			times[s.reader.id(columns[place].table)] = at.UTC()
		}
		return nil
	})
	switch {
	case err == nil || !ofOneTable(err):
		return err
	case len(columns) == 1:
		return nil
	default:
		half := len(columns) / 2
		if err := s.latest(ctx, columns[:half], times); err != nil {
			return err
		}
		return s.latest(ctx, columns[half:], times)
	}
}

// latestSQL asks for plain maxima, which SQLite finds in an index where there is one.
func latestSQL(columns []timeColumn) string {
	parts := make([]string, len(columns))
	for i, column := range columns {
		parts[i] = fmt.Sprintf("SELECT %d, MAX(%s) FROM main.%s", i, quote(column.name), quote(column.table))
	}
	return strings.Join(parts, " UNION ALL ")
}

// formats are those of SQLite's date functions, see
// https://www.sqlite.org/lang_datefunc.html. Package time reads fractions of a
// second wherever there are any.
var formats = []string{
	"2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05",
	"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02",
}

func timeOf(value any, declared bool) (time.Time, bool) {
	switch value := value.(type) {
	case time.Time:
		return value, true
	case string:
		for _, format := range formats {
			if at, err := time.Parse(format, value); err == nil {
				return at, true
			}
		}
	case int64:
		return time.Unix(value, 0), declared
	case float64:
		whole, part := math.Modf(value)
		return time.Unix(int64(whole), int64(part*1e9)), declared
	}
	return time.Time{}, false
}

// ofOneTable tells the errors of a view that compiles but cannot be run.
func ofOneTable(err error) bool {
	fault, ok := errors.AsType[*metadata.Fault](err)
	return ok && (fault.Kind == metadata.FaultMissing || fault.Kind == metadata.FaultInvalid)
}
