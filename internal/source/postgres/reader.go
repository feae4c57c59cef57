package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/semaphore"

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

const (
	defaultQueryTimeout = 10 * time.Minute
	connectTimeout      = 10 * time.Second // where the DSN has no connect_timeout of its own
	idleTimeout         = time.Minute      // how long an unused connection stays open
	mostConnections     = 24               // of one reader, whatever the limiter allows
	dsnForm             = "a DSN has the form host=… dbname=… user=… password=…, or is a postgres:// URL"
)

// Reader reads one PostgreSQL database. It is safe for concurrent use. It
// keeps connections for a minute after their last use.
type Reader struct {
	name    string
	pool    *pgxpool.Pool
	limiter source.Limiter
	// seats are the pool's connections. A discovery takes all that it needs
	// at once: two that each held half of theirs would wait for ever.
	seats   *semaphore.Weighted
	most    int // number of seats
	queries atomic.Int64
	source.Traffic
}

// Open reads the DSN. Connections are made when they are needed.
func Open(ctx context.Context, config source.Config, limiter source.Limiter) (*Reader, error) {
	parsed, err := pgxpool.ParseConfig(config.DSN.Reveal())
	if err != nil { // its text would repeat parts of the DSN
		return nil, &metadata.Fault{
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "open source", Subject: config.Name,
			Err: errors.New("the DSN cannot be read"), Hint: dsnForm,
		}
	}
	most := min(mostConnections, max(1, limiter.Limit()))
	parsed.MaxConns = int32(most)
	parsed.MinConns, parsed.MinIdleConns = 0, 0
	parsed.MaxConnIdleTime = idleTimeout
	if parsed.ConnConfig.ConnectTimeout == 0 {
		parsed.ConnConfig.ConnectTimeout = connectTimeout
	}
	if parameters := parsed.ConnConfig.RuntimeParams; parameters["application_name"] == "" {
		parameters["application_name"] = "semsync"
	}
	reader := &Reader{name: config.Name, limiter: limiter, most: most, seats: semaphore.NewWeighted(int64(most))}
	parsed.ConnConfig.DialFunc = pgconn.DialFunc(reader.Counting(source.Dialer(parsed.ConnConfig.DialFunc)))
	pool, err := pgxpool.NewWithConfig(ctx, parsed)
	if err != nil {
		fault := Classify(err)
		fault.Op, fault.Subject = "open source", config.Name
		return nil, fault
	}
	reader.pool = pool
	return reader, nil
}

// acquire waits for n places of the fleet and then for n connections of the reader.
func (r *Reader) acquire(ctx context.Context, n int) (release func(), err error) {
	fleet, err := r.limiter.Acquire(ctx, n)
	if err != nil {
		return nil, err
	}
	if err := r.seats.Acquire(ctx, int64(n)); err != nil {
		fleet()
		return nil, err
	}
	return func() {
		r.seats.Release(int64(n))
		fleet()
	}, nil
}

// with runs work in a session of one connection.
func (r *Reader) with(ctx context.Context, op string, opts source.Options, tune string, work func(*session) error) error {
	release, err := r.acquire(ctx, 1)
	if err != nil {
		return r.fault(ctx, op, err)
	}
	defer release()
	s, err := r.begin(ctx, opts, tune)
	if err != nil {
		return r.fault(ctx, op, err)
	}
	defer s.end(ctx)
	return r.fault(ctx, op, work(s))
}

// fault makes an error one of this source in doing op: stopped where the
// caller's context was cancelled, whatever that led to. It is nil for nil.
func (r *Reader) fault(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if fault, is := errors.AsType[*metadata.Fault](err); is {
		return fault
	}
	if cause := ctx.Err(); cause != nil {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	fault := Classify(err)
	fault.Op, fault.Subject = op, r.name
	return fault
}

// Queries is how many statements were sent since Open. Each session sends one
// to begin and one to end.
func (r *Reader) Queries() int64 { return r.queries.Load() }

// Close closes the connections.
func (r *Reader) Close() error {
	r.pool.Close()
	return nil
}
