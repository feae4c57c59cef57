package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const (
	opRead    = "read tables of source"
	opReadOne = "read table"
)

// mostFailures is how often a Read tries again with fewer tables.
const mostFailures = 32

// Read reads the given tables in one snapshot, all questions in one round
// trip. Where one table spoils that, the halves are tried, so that the fault
// is that table's alone.
func (r *Reader) Read(
	ctx context.Context, opts source.Options, ids []metadata.TableID, yield func(source.Result) error,
) error {
	failures := mostFailures
	return r.readParts(ctx, opts, ids, &failures, yield)
}

func (r *Reader) readParts(
	ctx context.Context, opts source.Options, ids []metadata.TableID, failures *int, yield func(source.Result) error,
) error {
	if len(ids) == 0 {
		return nil
	}
	results, err := r.read(ctx, opts, ids)
	switch {
	case err == nil:
	case !ofOneTable(err) || *failures == 0:
		return err
	case len(ids) == 1:
		fault := *metadata.AsFault(err)
		fault.Op, fault.Subject = opReadOne, ids[0].Qualified()
		return yield(source.Result{ID: ids[0], Fault: &fault})
	default:
		*failures--
		half := len(ids) / 2
		if err := r.readParts(ctx, opts, ids[:half], failures, yield); err != nil {
			return err
		}
		return r.readParts(ctx, opts, ids[half:], failures, yield)
	}
	for _, result := range results {
		if err := yield(result); err != nil {
			return err
		}
	}
	return nil
}

// ofOneTable tells the errors that one table may be to blame for: it is
// locked, it was dropped in between, a permission is missing, or its name
// cannot be said in the server's encoding.
func ofOneTable(err error) bool {
	refusal, is := errors.AsType[*pgconn.PgError](err)
	if !is {
		return false
	}
	switch refusal.Code {
	case "55P03", "XX000", "42501", "42P01", "42704", "22021", "22P05":
		return true
	default:
		return false
	}
}

func (r *Reader) read(ctx context.Context, opts source.Options, ids []metadata.TableID) ([]source.Result, error) {
	schemas, names := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		schemas[i], names[i] = id.Database, id.Name
	}
	drafts := make([]*draft, len(ids))
	err := r.with(ctx, opRead, opts, forCatalogs, func(s *session) error {
		return s.read(ctx, opts, [][]byte{array(schemas), array(names)}, drafts)
	})
	if err != nil {
		return nil, err
	}
	results := make([]source.Result, len(ids))
	for i, id := range ids {
		results[i] = source.Result{ID: id}
		if drafts[i] != nil {
			results[i].Table = drafts[i].done()
			continue
		}
		results[i].Fault = &metadata.Fault{
			Kind: metadata.FaultMissing, Class: metadata.ClassNotFound,
			Op: opReadOne, Subject: id.Qualified(), Err: errMissing,
		}
	}
	return results, nil
}

var errMissing = errors.New("there is no such table")

// read fills in drafts, each at the place of its rank. The rest stay nil.
func (s *session) read(ctx context.Context, opts source.Options, parameters [][]byte, drafts []*draft) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout+grace)
	defer cancel()
	common := newShared(s.reader.name)
	questions := append([]question{askTables}, details(opts)...)
	var batch pgconn.Batch
	for _, q := range questions {
		s.reader.queries.Add(1)
		batch.ExecParams(q.wanted(), parameters, nil, nil, inBinary)
	}
	answers := s.conn.ExecBatch(ctx, &batch)
	for _, q := range questions {
		if !answers.NextResult() {
			break
		}
		answer := answers.ResultReader()
		for answer.NextRow() {
			row := row(answer.Values())
			place := row.number(0) - 1
			switch {
			case place < 0 || place >= int64(len(drafts)):
			case q.put == nil:
				drafts[place] = common.draft(common.id(row), row)
			case drafts[place] != nil:
				q.put(drafts[place], row)
			}
		}
	}
	return answers.Close()
}
