package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const (
	defaultTimeout = 10 * time.Minute
	// grace is how much longer the client waits than the server, so that as a
	// rule the server ends a slow query, which leaves the connection whole.
	grace = 5 * time.Second
	// minimumWriteTimeout is how many seconds the server waits for a client
	// that is busy with the rows that it has.
	minimumWriteTimeout = 60
)

// sessionStatement puts a new connection in order, in one round trip. The
// comments are MariaDB's (M!) and MySQL's own, each with the first version
// that knows the variables in it.
//
//   - The session is read-only: not even a user's change_query can write.
//   - MariaDB turns long IN lists into joins, which makes it open every table
//     of the server rather than those of the list.
//   - MySQL would give row counts and times of up to a day ago.
const sessionStatement = `SET NAMES utf8mb4, time_zone = '+00:00', net_write_timeout = %[1]d` +
	` /*M!100101 , tx_read_only = 1, max_statement_time = %[2]g */` +
	` /*M!100500 , in_predicate_conversion_threshold = 0 */` +
	` /*!50720 , transaction_read_only = 1, max_execution_time = %[3]d */` +
	` /*!80003 , information_schema_stats_expiry = 0 */`

// session is a set of connections for one operation of a reader. They carry
// the run's name and time-out, so none outlives its operation.
type session struct {
	reader  *Reader
	pool    *sql.DB
	timeout time.Duration

	mu   sync.Mutex
	open []func() // guarded by mu; ends each question that was asked
}

// session prepares up to n connections. None is made before it is needed.
func (r *Reader) session(opts source.Options, n int) (*session, error) {
	timeout := opts.QueryTimeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	config := r.config.Clone()
	if opts.Application != "" {
		config.ConnectionAttributes = attributes(config.ConnectionAttributes, opts.Application)
	}
	dial := config.DialFunc
	if dial == nil {
		dial = (&net.Dialer{Timeout: config.Timeout}).DialContext
	}
	config.DialFunc = r.Counting(dial)
	inner, err := mysql.NewConnector(config)
	if err != nil {
		return nil, badDSN(r.name, "the DSN's settings do not go together")
	}
	statement := fmt.Sprintf(sessionStatement,
		max(minimumWriteTimeout, int(timeout.Seconds())), timeout.Seconds(), max(1, timeout.Milliseconds()))
	pool := sql.OpenDB(&connector{Connector: inner, reader: r, statement: statement})
	pool.SetMaxOpenConns(n)
	return &session{reader: r, pool: pool, timeout: timeout}, nil
}

// attributes adds the program's name to a DSN's own attributes. Commas and
// colons would end it.
func attributes(given, application string) string {
	name := "program_name:" + strings.NewReplacer(",", " ", ":", " ").Replace(application)
	if given == "" {
		return name
	}
	return given + "," + name
}

// close ends the questions that are still open, then the connections.
func (s *session) close() {
	s.finish()
	_ = s.pool.Close() // it only ever tells of connections that are gone
}

// finish ends the questions that are still open.
func (s *session) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, end := range s.open {
		end()
	}
	s.open = nil
}

// atEnd has end called when the open questions are ended.
func (s *session) atEnd(end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, end)
}

// ask sends a question. Its rows are open until the session is closed.
func (s *session) ask(ctx context.Context, question string, arguments ...any) (*sql.Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout+grace)
	s.reader.queries.Add(1)
	rows, err := s.pool.QueryContext(ctx, question, arguments...)
	if err != nil {
		cancel()
		return nil, err
	}
	s.atEnd(func() {
		cancel() // first: Close alone would read to the end
		_ = rows.Close()
	})
	return rows, nil
}

// each calls row for each row of an answer and returns its error as it is. Every other error is
// a fault in doing op.
func (s *session) each(ctx context.Context, op, question string, arguments []any, row func(*sql.Rows) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout+grace)
	defer cancel()
	s.reader.queries.Add(1)
	rows, err := s.pool.QueryContext(ctx, question, arguments...)
	if err != nil {
		return s.reader.fault(op, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		if err := row(rows); err != nil {
			cancel() // so that Close need not read to the end
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return s.reader.fault(op, err)
	}
	return nil
}

// connector makes connections that are in order.
type connector struct {
	driver.Connector
	reader    *Reader
	statement string
}

// Connect connects and sends the session's statement, all within the time
// that the DSN allows for dialling: the driver would wait for ever for a server
// that accepts and says nothing.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, c.reader.config.Timeout)
	defer cancel()
	connection, err := c.prepared(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return nil, &metadata.Fault{Kind: metadata.FaultTransient, Class: metadata.ClassConnectionTimeout, Err: err}
	}
	return connection, err
}

func (c *connector) prepared(ctx context.Context) (driver.Conn, error) {
	connection, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	executor, able := connection.(driver.ExecerContext)
	if !able {
		return nil, errors.Join(driver.ErrSkip, connection.Close())
	}
	c.reader.queries.Add(1)
	if _, err := executor.ExecContext(ctx, c.statement, nil); err != nil {
		_ = connection.Close() // what it says is less than the error
		return nil, err
	}
	return connection, nil
}
