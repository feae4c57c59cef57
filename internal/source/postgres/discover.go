package postgres

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const opDiscover = "discover tables of source"

// Discover reads every table of the database. Where the limiter has a place
// for each question it takes a constant number of statements; where it has
// fewer it takes one place, and a statement for some thousands of rows.
func (r *Reader) Discover(
	ctx context.Context, opts source.Options,
	keep func(metadata.TableID) bool, yield func(*metadata.Table) error,
) (source.Certificate, error) {
	j := &joiner{shared: newShared(r.name), keep: keep, yield: yield}
	err := errNoSnapshot
	if 1+len(details(opts)) <= min(r.most, r.limiter.Limit()) {
		err = r.discoverAtOnce(ctx, opts, j)
	}
	if errors.Is(err, errNoSnapshot) {
		err = r.with(ctx, opDiscover, opts, forCatalogs, func(s *session) error {
			return s.discoverInTurn(ctx, opts, j)
		})
	}
	if j.stopped != nil {
		return source.Certificate{Why: "the read was ended by its caller"}, j.stopped
	}
	if err != nil {
		err = r.fault(ctx, opDiscover, err)
		return source.Certificate{Why: err.Error()}, err
	}
	return source.Certificate{Complete: true}, nil
}

// errNoSnapshot says that the server's sessions cannot share a snapshot.
var errNoSnapshot = errors.New("the server shares no snapshots")

// discoverAtOnce asks all questions side by side in one snapshot.
func (r *Reader) discoverAtOnce(ctx context.Context, opts source.Options, j *joiner) error {
	questions := details(opts)
	release, err := r.acquire(ctx, 1+len(questions))
	if err != nil {
		return err
	}
	defer release()
	inner, cancel := context.WithCancel(ctx)
	first, err := r.begin(inner, opts, forCatalogs)
	if err != nil {
		cancel()
		return err
	}
	sides := make([]*side, len(questions))
	defer func() {
		cancel() // ends at the server what was not read to its end
		first.end(ctx)
		endAll(ctx, sides)
	}()
	snapshot, err := first.export(inner)
	if err != nil {
		return err
	}
	tables := first.ask(inner, askTables.ranked(first.encoding()), inBinary)
	defer tables.close()
	streams := make([]*stream, len(questions))
	var (
		group  errgroup.Group
		once   sync.Once
		failed error // what came first: the others fail because of it
	)
	for i, q := range questions {
		sides[i], streams[i] = &side{}, &stream{put: q.put}
		group.Go(func() error {
			err := sides[i].ask(inner, r, opts, snapshot, q)
			if err != nil {
				once.Do(func() { failed = err })
				cancel()
			}
			streams[i].feed = sides[i].answer
			return err
		})
	}
	if group.Wait() != nil {
		return failed
	}
	return j.join(inner, tables, streams)
}

// export lets other sessions share this one's snapshot.
func (s *session) export(ctx context.Context) (string, error) {
	result, err := s.simple(ctx, "SELECT pg_catalog.pg_export_snapshot()")
	if err != nil {
		return "", snapshotError(err)
	}
	return string(result.Rows[0][0]), nil
}

// snapshotError tells the refusal to share a snapshot from other errors: it
// is not supported, not known, not allowed, or meant for another server behind
// the same pooler.
func snapshotError(err error) error {
	refusal, is := errors.AsType[*pgconn.PgError](err)
	if !is {
		return err
	}
	switch refusal.Code[:2] {
	case "0A", "22", "25", "42", "55":
		return errNoSnapshot
	default:
		return err
	}
}

func (s *session) encoding() string { return s.conn.ParameterStatus("server_encoding") }

// side is one question on a connection of its own.
type side struct {
	session *session
	answer  *answer
}

func (s *side) ask(ctx context.Context, r *Reader, opts source.Options, snapshot string, q question) (err error) {
	if s.session, err = r.begin(ctx, opts, forCatalogs+" SET TRANSACTION SNAPSHOT '"+plain(snapshot)+"';"); err != nil {
		return snapshotError(err)
	}
	s.answer = s.session.ask(ctx, q.ranked(s.session.encoding()), inBinary)
	return nil
}

// endAll ends the sides at the same time, since ending each may take a round trip.
func endAll(ctx context.Context, sides []*side) {
	var group errgroup.Group
	for _, s := range sides {
		group.Go(func() error {
			if s != nil && s.answer != nil {
				s.answer.close()
			}
			if s != nil && s.session != nil {
				s.session.end(ctx)
			}
			return nil
		})
	}
	_ = group.Wait() // none has an error
}
