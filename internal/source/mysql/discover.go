package mysql

import (
	"context"
	"database/sql"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// Discover reads every table of the server. Where the limiter has a place for
// each question it takes a constant number of statements, and one more for each
// database with partitioned tables, and constant memory. Where it has fewer, it takes one place, some statements a database, and the
// memory of the largest database.
//
// A view that no longer compiles comes without fields, and so does a table of
// which the account may see no column; Read tells why.
func (r *Reader) Discover(
	ctx context.Context, opts source.Options,
	keep func(metadata.TableID) bool, yield func(*metadata.Table) error,
) (source.Certificate, error) {
	places := questions(opts)
	if r.limiter.Limit() < places {
		places = 1
	}
	release, err := r.limiter.Acquire(ctx, places)
	if err != nil {
		return source.Certificate{}, r.fault("discover source", err)
	}
	defer release()
	s, err := r.session(opts, places)
	if err != nil {
		return source.Certificate{}, err
	}
	defer s.close()
	return s.certified(ctx, func() error {
		hand := func(row tableRow) error { return yield(&row.Table) }
		if places == 1 {
			return s.discoverInTurn(ctx, opts, keep, hand)
		}
		found, err := s.askAtOnce(ctx, opts)
		if err != nil {
			return err
		}
		return found.each(keep, hand)
	})
}

// certified reads, and says how far the result may be believed: the account
// must have had the same privileges before and after.
func (s *session) certified(ctx context.Context, read func() error) (source.Certificate, error) {
	before, err := s.privileges(ctx)
	if err != nil {
		return source.Certificate{}, err
	}
	if err := read(); err != nil {
		return source.Certificate{}, err
	}
	s.finish()
	after, err := s.privileges(ctx)
	if err != nil {
		return source.Certificate{}, err
	}
	if before != after {
		return source.Certificate{
			Why: "the account's privileges changed during the read", Privileges: after,
		}, nil
	}
	return source.Certificate{Complete: true, Privileges: after}, nil
}

func (s *session) discoverInTurn(
	ctx context.Context, opts source.Options, keep func(metadata.TableID) bool, yield func(tableRow) error,
) error {
	databases, err := s.databases(ctx)
	if err != nil {
		return err
	}
	for _, database := range databases {
		inside := func(id metadata.TableID) bool { return id.Database == database }
		found, err := s.askInTurn(ctx, opts, oneDatabase(database), inside)
		if err != nil {
			return err
		}
		if err := found.each(keep, yield); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) databases(ctx context.Context) ([]string, error) {
	const op = "list databases of source"
	var databases []string
	err := s.each(ctx, op, databasesSQL, nil, func(rows *sql.Rows) error {
		var database string
		err := rows.Scan(&database)
		databases = append(databases, database)
		return s.reader.fault(op, err)
	})
	return databases, err
}
