package mysql

import (
	"context"
	"database/sql"
	"strings"
	"sync/atomic"

	"github.com/go-sql-driver/mysql"

	"github.com/semsync/semsync/internal/source"
)

// The contracts that a Reader keeps.
var (
	_ source.Reader       = (*Reader)(nil)
	_ source.ChangeReader = (*Reader)(nil)
	_ source.MaxReader    = (*Reader)(nil)
	_ source.Sampler      = (*Reader)(nil)
)

// Reader reads one MySQL or MariaDB server. It is safe for concurrent use. It
// holds no connection between its operations.
type Reader struct {
	name    string
	config  *mysql.Config
	limiter source.Limiter
	rows    rowReader
	roles   bool // the server has roles that the account's own grants do not show
	queries atomic.Int64
	source.Traffic
}

// Open checks the DSN, connects once and asks the server what it is.
func Open(ctx context.Context, config source.Config, limiter source.Limiter) (*Reader, error) {
	parsed, err := parse(config)
	if err != nil {
		return nil, err
	}
	reader := &Reader{name: config.Name, config: parsed, limiter: limiter, rows: rowReader{source: config.Name}}
	version, err := reader.version(ctx)
	if err != nil {
		return nil, err
	}
	reader.rows.maria = strings.Contains(version, "MariaDB")
	reader.roles = !reader.rows.maria && !strings.HasPrefix(version, "5.")
	return reader, nil
}

func (r *Reader) version(ctx context.Context) (string, error) {
	var version string
	err := r.with(ctx, source.Options{}, "connect", func(s *session) error {
		return s.each(ctx, "connect", "SELECT VERSION()", nil, func(rows *sql.Rows) error {
			return r.fault("connect", rows.Scan(&version))
		})
	})
	return version, err
}

// with runs work in a session of one connection, with one place of the limiter.
func (r *Reader) with(ctx context.Context, opts source.Options, op string, work func(*session) error) error {
	release, err := r.limiter.Acquire(ctx, 1)
	if err != nil {
		return r.fault(op, err)
	}
	defer release()
	s, err := r.session(opts, 1)
	if err != nil {
		return err
	}
	defer s.close()
	return work(s)
}

// Queries is how many statements were sent since Open, which sends two. Each
// connection sends one to put its session in order.
func (r *Reader) Queries() int64 { return r.queries.Load() }

// Close does nothing: every operation closes its own connections.
func (r *Reader) Close() error { return nil }
