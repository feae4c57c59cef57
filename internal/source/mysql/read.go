package mysql

import (
	"context"
	"errors"
	"slices"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// chunk is how many tables one statement is asked about: two parameters each
// stay below the 65,535 that the protocol has room for.
const chunk = 30_000

// Read reads the given tables with one connection.
func (r *Reader) Read(
	ctx context.Context, opts source.Options, ids []metadata.TableID, yield func(source.Result) error,
) error {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, metadata.TableID.Compare)
	for part := range slices.Chunk(slices.Compact(ids), chunk) {
		var results []source.Result
		err := r.with(ctx, opts, "read tables of source", func(s *session) (err error) {
			results, err = s.read(ctx, opts, part)
			return err
		})
		if err != nil {
			return err
		}
		for _, result := range results {
			if err := yield(result); err != nil {
				return err
			}
		}
	}
	return nil
}

// read gives a result for each of the ids, which are in order.
func (s *session) read(ctx context.Context, opts source.Options, ids []metadata.TableID) ([]source.Result, error) {
	wanted := func(id metadata.TableID) bool {
		_, found := slices.BinarySearchFunc(ids, id, metadata.TableID.Compare)
		return found
	}
	found, err := s.askInTurn(ctx, opts, someTables(ids), wanted)
	if err != nil {
		return nil, err
	}
	read := make(map[metadata.TableID]source.Result, len(ids))
	var bare []metadata.TableID
	err = found.each(wanted, func(row tableRow) error {
		switch {
		case row.broken != "":
			read[row.ID] = source.Result{ID: row.ID, Fault: brokenView(row.ID, row.broken)}
		case len(row.Fields) == 0:
			bare = append(bare, row.ID)
		default:
			read[row.ID] = source.Result{ID: row.ID, Table: &row.Table}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.explain(ctx, bare, read); err != nil {
		return nil, err
	}
	results := make([]source.Result, len(ids))
	for i, id := range ids {
		result, there := read[id]
		if !there {
			result = source.Result{ID: id, Fault: missing(id)}
		}
		results[i] = result
	}
	return results, nil
}

// explain finds out why tables came without columns: those that are still
// there hide them, the others were dropped between the questions.
func (s *session) explain(ctx context.Context, bare []metadata.TableID, read map[metadata.TableID]source.Result) error {
	if len(bare) == 0 {
		return nil
	}
	still := func(id metadata.TableID) bool { return slices.Contains(bare, id) }
	tables, err := collected(ctx, s, tablesSQL, someTables(bare), still, s.reader.rows.table)
	if err != nil {
		return err
	}
	for {
		if done, err := tables.read(); done || err != nil {
			return err
		}
		id := tables.head.ID
		read[id] = source.Result{ID: id, Fault: hidden(id)}
	}
}

const opTable = "read table"

func missing(id metadata.TableID) *metadata.Fault {
	return &metadata.Fault{
		Kind: metadata.FaultMissing, Class: metadata.ClassNotFound, Op: opTable, Subject: id.Qualified(),
		Err: errors.New("there is no such table, or the account may not see it"),
	}
}

func hidden(id metadata.TableID) *metadata.Fault {
	return &metadata.Fault{
		Kind: metadata.FaultDenied, Class: metadata.ClassPermission, Op: opTable, Subject: id.Qualified(),
		Err:  errors.New("the server shows no column of it"),
		Hint: "grant the account SELECT on it",
	}
}

func brokenView(id metadata.TableID, why string) *metadata.Fault {
	return &metadata.Fault{
		Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: opTable, Subject: id.Qualified(),
		Err:  errors.New(why),
		Hint: "repair or drop the view",
	}
}
