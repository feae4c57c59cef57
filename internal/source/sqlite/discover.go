package sqlite

import (
	"context"
	"errors"
	"slices"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// Discover reads every table of the file with a constant number of statements,
// and two more for each view that does not compile or virtual table of an
// unknown module: those come without fields, and Read tells why.
func (r *Reader) Discover(
	ctx context.Context, opts source.Options,
	keep func(metadata.TableID) bool, yield func(*metadata.Table) error,
) (source.Certificate, error) {
	const op = "discover source"
	var token string
	err := r.with(ctx, opts, op, func(s *session) (err error) {
		if token, err = s.token(ctx); err != nil {
			return err
		}
		found, err := s.answer(ctx, nil, opts.Indexes)
		if err != nil {
			return err
		}
		return found.each(keep, func(table *metadata.Table, _ error) error {
			if err := yield(table); err != nil {
				return err
			}
			if ctx.Err() != nil { // which the driver looks at between queries only
				return r.fault(op, context.Cause(ctx))
			}
			return nil
		})
	})
	if err != nil {
		return source.Certificate{}, err
	}
	return source.Certificate{Complete: true, Token: token}, nil
}

// Read reads the given tables in one transaction.
func (r *Reader) Read(
	ctx context.Context, opts source.Options, ids []metadata.TableID, yield func(source.Result) error,
) error {
	wanted := map[metadata.TableID]bool{} // true once it was read
	some := []string{}
	for _, id := range ids {
		if _, known := wanted[id]; !known && id == r.id(id.Name) {
			some = append(some, id.Name)
		}
		wanted[id] = false
	}
	slices.Sort(some)
	err := r.with(ctx, opts, "read tables of source", func(s *session) error {
		found, err := s.answer(ctx, some, opts.Indexes)
		if err != nil {
			return err
		}
		every := func(metadata.TableID) bool { return true }
		return found.each(every, func(table *metadata.Table, problem error) error {
			wanted[table.ID] = true
			return yield(r.result(table, problem))
		})
	})
	if err != nil {
		return err
	}
	for id, read := range wanted {
		if read {
			continue
		}
		if err := yield(source.Result{ID: id, Fault: missing(id)}); err != nil {
			return err
		}
	}
	return nil
}

// result is a fault for a table without columns.
func (r *Reader) result(table *metadata.Table, problem error) source.Result {
	result := source.Result{ID: table.ID}
	switch {
	case problem != nil:
		result.Fault = broken(table.ID, problem)
	case len(table.Fields) == 0:
		result.Fault = broken(table.ID, errors.New("it has no column that is not hidden"))
	default:
		result.Table = table
	}
	return result
}

const opTable = "read table"

func missing(id metadata.TableID) *metadata.Fault {
	return &metadata.Fault{
		Kind: metadata.FaultMissing, Class: metadata.ClassNotFound, Op: opTable, Subject: id.Qualified(),
		Err: errors.New("there is no such table"),
	}
}

func broken(id metadata.TableID, problem error) *metadata.Fault {
	return &metadata.Fault{
		Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: opTable, Subject: id.Qualified(),
		Err: problem, Hint: "repair or drop it",
	}
}
