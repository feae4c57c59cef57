package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const (
	opTimes = "read latest times at source"
	// together is how many tables one statement is asked about.
	together = 50
)

// MaxTimes reads the latest time in the column called field of each table that
// has such a column of type date, timestamp or timestamptz, or of a domain
// over one; those without time zone count as UTC. Tables without it, empty ones, those that the role may not read
// and those whose latest time is infinite are left out.
func (r *Reader) MaxTimes(
	ctx context.Context, opts source.Options, ids []metadata.TableID, field string,
) (map[metadata.TableID]time.Time, error) {
	if len(ids) == 0 {
		return map[metadata.TableID]time.Time{}, nil
	}
	timed, err := r.timed(ctx, opts, ids, field)
	if err != nil {
		return nil, err
	}
	times := make(map[metadata.TableID]time.Time, len(timed))
	for some := range slices.Chunk(timed, together) {
		if err := r.latest(ctx, opts, some, field, times); err != nil {
			return nil, err
		}
	}
	return times, nil
}

// timed gives the tables that have the column and may be read.
func (r *Reader) timed(ctx context.Context, opts source.Options, ids []metadata.TableID, field string) ([]metadata.TableID, error) {
	schemas, names := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		schemas[i], names[i] = id.Database, id.Name
	}
	var timed []metadata.TableID
	err := r.with(ctx, opTimes, opts, forRows, func(s *session) error {
		parameters := [][]byte{array(schemas), array(names), []byte(field)}
		return s.each(ctx, timesSQL, parameters, func(row row) error {
			if place := row.number(0) - 1; place >= 0 && place < int64(len(ids)) {
				timed = append(timed, ids[place])
			}
			return nil
		})
	})
	return timed, err
}

// latest reads the maxima of some tables with one statement. Where one table
// spoils it, the halves are tried, so that only that table is left out.
func (r *Reader) latest(ctx context.Context, opts source.Options, ids []metadata.TableID, field string, times map[metadata.TableID]time.Time) error {
	column := pgx.Identifier{field}.Sanitize()
	selects := make([]string, len(ids))
	for i, id := range ids {
		selects[i] = fmt.Sprintf("SELECT %d, pg_catalog.max(%s)::timestamptz FROM %s",
			i, column, pgx.Identifier{id.Database, id.Name}.Sanitize())
	}
	err := r.with(ctx, opTimes, opts, forRows, func(s *session) error {
		return s.each(ctx, strings.Join(selects, " UNION ALL "), nil, func(row row) error {
			if at, finite := row.time(1); finite {
				times[ids[row.number(0)]] = at
			}
			return nil
		})
	})
	switch {
	case err == nil || !isOfTable(err):
		return err
	case len(ids) == 1:
		return nil
	default:
		half := len(ids) / 2
		if err := r.latest(ctx, opts, ids[:half], field, times); err != nil {
			return err
		}
		return r.latest(ctx, opts, ids[half:], field, times)
	}
}

// isOfTable tells the errors of a table that was dropped or altered since, of
// one that is denied, and of a view that fails.
func isOfTable(err error) bool {
	fault, is := errors.AsType[*metadata.Fault](err)
	if !is {
		return false
	}
	return fault.Kind == metadata.FaultDenied || fault.Kind == metadata.FaultMissing || fault.Kind == metadata.FaultInvalid
}
