package sqlite

import (
	"cmp"
	"context"
	"sync/atomic"

	"modernc.org/sqlite"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// The contracts that a Reader keeps.
var (
	_ source.Reader       = (*Reader)(nil)
	_ source.ChangeReader = (*Reader)(nil)
	_ source.MaxReader    = (*Reader)(nil)
	_ source.TokenReader  = (*Reader)(nil)
	_ source.Sampler      = (*Reader)(nil)
)

// Reader reads one SQLite file. It is safe for concurrent use. It holds the
// file open only during its operations.
type Reader struct {
	name     string
	database string
	location location
	driver   *sqlite.Driver
	limiter  source.Limiter
	queries  atomic.Int64
}

// Open checks the DSN and that the file is there and is a database. The file
// is never created.
func Open(ctx context.Context, config source.Config, limiter source.Limiter) (*Reader, error) {
	place, err := locate(config)
	if err != nil {
		return nil, err
	}
	own, err := newDriver()
	if err != nil {
		return nil, &metadata.Fault{
			Kind: metadata.FaultBug, Class: metadata.ClassBug, Op: "open source", Subject: config.Name, Err: err,
		}
	}
	reader := &Reader{
		name: config.Name, database: cmp.Or(config.Database, "main"),
		location: place, driver: own, limiter: limiter,
	}
	err = reader.with(ctx, source.Options{}, "open source", func(*session) error { return nil })
	if err != nil {
		return nil, err
	}
	return reader, nil
}

// with runs work in a session, with one place of the limiter.
func (r *Reader) with(ctx context.Context, opts source.Options, op string, work func(*session) error) error {
	release, err := r.limiter.Acquire(ctx, 1)
	if err != nil {
		return r.fault(op, err)
	}
	defer release()
	s, err := r.session(ctx, opts, op)
	if err != nil {
		return err
	}
	defer s.close()
	return work(s)
}

// id is the table of a name.
func (r *Reader) id(name string) metadata.TableID {
	return metadata.TableID{Source: r.name, Database: r.database, Name: name}
}

// Queries is how many statements were sent since Open, which sends three, as
// each operation does before its own.
func (r *Reader) Queries() int64 { return r.queries.Load() }

// Bytes is 0: the source is a file.
func (r *Reader) Bytes() int64 { return 0 }

// Close does nothing: every operation closes the file.
func (r *Reader) Close() error { return nil }
