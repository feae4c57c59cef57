package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const (
	opTimes = "read latest times at source"
	// together is how many tables one statement is asked about: few enough for
	// the parser's stack and for every server's limit of open tables.
	together = 200
)

// timeColumn is a column that holds times.
type timeColumn struct {
	id   metadata.TableID
	name string // as the server writes it
}

// MaxTimes reads the latest time in the column called field of each table that
// has such a column of type DATE, DATETIME or TIMESTAMP; a DATETIME counts as
// UTC. Tables without it, empty ones, and those that the account may not read
// are left out.
func (r *Reader) MaxTimes(
	ctx context.Context, opts source.Options, ids []metadata.TableID, field string,
) (map[metadata.TableID]time.Time, error) {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, metadata.TableID.Compare)
	times := map[metadata.TableID]time.Time{}
	err := r.with(ctx, opts, opTimes, func(s *session) error {
		for part := range slices.Chunk(slices.Compact(ids), chunk) {
			columns, err := s.timeColumns(ctx, part, field)
			if err != nil {
				return err
			}
			for some := range slices.Chunk(columns, together) {
				if err := s.latest(ctx, some, times); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return times, nil
}

func (s *session) timeColumns(ctx context.Context, ids []metadata.TableID, field string) ([]timeColumn, error) {
	some := someTables(ids)
	arguments := append([]any{field}, some.arguments...)
	var columns []timeColumn
	err := s.each(ctx, opTimes, some.apply(timesSQL), arguments, func(rows *sql.Rows) error {
		column := timeColumn{id: metadata.TableID{Source: s.reader.name}}
		if err := rows.Scan(&column.id.Database, &column.id.Name, &column.name); err != nil {
			return s.reader.fault(opTimes, err)
		}
		if _, wanted := slices.BinarySearchFunc(ids, column.id, metadata.TableID.Compare); wanted {
			columns = append(columns, column)
		}
		return nil
	})
	return columns, err
}

// latest reads the maxima of some columns with one statement. Where one table
// spoils it, the halves are tried, so that only that table is left out.
func (s *session) latest(ctx context.Context, columns []timeColumn, times map[metadata.TableID]time.Time) error {
	parts := make([]string, len(columns))
	for i, column := range columns {
		parts[i] = fmt.Sprintf("SELECT %d, CAST(MAX(%s) AS DATETIME(6)) FROM %s",
			i, quote(column.name), quoteTable(column.id))
	}
	err := s.each(ctx, opTimes, strings.Join(parts, " UNION ALL "), nil, func(rows *sql.Rows) error {
		var (
			place  int
			latest sql.NullTime
		)
		if err := rows.Scan(&place, &latest); err != nil {
			return s.reader.fault(opTimes, err)
		}
		if latest.Valid {
			times[columns[place].id] = latest.Time.UTC()
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

// ofOneTable tells the errors of a table that was dropped or altered since,
// that is denied, or that is a broken view.
func ofOneTable(err error) bool {
	fault, ok := errors.AsType[*metadata.Fault](err)
	if !ok {
		return false
	}
	return fault.Kind == metadata.FaultDenied || fault.Kind == metadata.FaultMissing || fault.Kind == metadata.FaultInvalid
}
