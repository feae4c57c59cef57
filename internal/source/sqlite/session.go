package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"

	"github.com/semsync/semsync/internal/source"
)

const (
	defaultTimeout = 10 * time.Minute
	// patience is how long a locked database is waited for at most.
	patience = 5 * time.Second
	// nap is for how long SQLite itself waits for a lock.
	nap = 50 * time.Millisecond
)

// session is one connection in one read transaction.
type session struct {
	reader  *Reader
	pool    *sql.DB
	tx      *sql.Tx
	timeout time.Duration
	utf16   bool // the encoding of the database

	mu   sync.Mutex
	open []func() // guarded by mu; ends each question that was asked
}

// session opens the file and begins a transaction, which sees one state of it.
func (r *Reader) session(ctx context.Context, opts source.Options, op string) (*session, error) {
	timeout := opts.QueryTimeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	s := &session{reader: r, timeout: timeout, pool: sql.OpenDB(connector{driver: r.driver, uri: r.location.uri})}
	s.pool.SetMaxOpenConns(1)
	if err := s.begin(ctx); err != nil {
		s.close()
		return nil, r.fault(op, err)
	}
	return s, nil
}

func (s *session) begin(ctx context.Context) error {
	order := fmt.Sprintf("PRAGMA busy_timeout = %d; PRAGMA query_only = 1", nap.Milliseconds())
	s.reader.queries.Add(3)
	if _, err := s.pool.ExecContext(ctx, order); err != nil {
		return err
	}
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	s.tx = tx
	return s.enter(ctx)
}

// enter sends the transaction's first statement, which takes the lock for
// reading. SQLite cannot be woken while it waits for one, so it waits in naps.
func (s *session) enter(ctx context.Context) error {
	started := time.Now()
	for {
		var encoding string
		err := s.tx.QueryRowContext(ctx, "PRAGMA encoding").Scan(&encoding)
		s.utf16 = encoding != "UTF-8"
		switch {
		case err == nil || primaryCode(err) != codeBusy || time.Since(started) >= min(s.timeout, patience):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

// close ends the questions that are still open and closes the file.
func (s *session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, end := range s.open {
		end()
	}
	s.open = nil
	if s.tx != nil {
		_ = s.tx.Rollback() // nothing was written
	}
	_ = s.pool.Close() // it was only read
}

// ask asks a question. Its rows are open until the session is closed.
func (s *session) ask(ctx context.Context, question string, arguments ...any) (*sql.Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	s.reader.queries.Add(1)
	rows, err := s.tx.QueryContext(ctx, question, arguments...)
	if err != nil {
		cancel()
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, func() {
		_ = rows.Close() // what it says is less than rows.Err
		cancel()
	})
	return rows, nil
}

// each calls row for each row of an answer and returns its error as it is.
// Every other error is a fault in doing op.
func (s *session) each(ctx context.Context, op, question string, arguments []any, row func(*sql.Rows) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	s.reader.queries.Add(1)
	rows, err := s.tx.QueryContext(ctx, question, arguments...)
	if err != nil {
		return s.reader.fault(op, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return s.reader.fault(op, err)
	}
	return nil
}

// connector opens a file with the reader's own driver.
type connector struct {
	driver *sqlite.Driver
	uri    string
}

// Connect opens the file.
func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.uri) }

// Driver gives the driver.
func (c connector) Driver() driver.Driver { return c.driver }

// newDriver makes a driver that has our collation.
func newDriver() (*sqlite.Driver, error) {
	made := &sqlite.Driver{}
	if err := made.RegisterCollationUtf8(utf8Bytes, strings.Compare); err != nil {
		return nil, fmt.Errorf("register the collation of names: %w", err)
	}
	return made, nil
}
