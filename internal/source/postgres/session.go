package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/semsync/semsync/internal/source"
)

// How sessions differ.
const (
	// forRows makes values print the same for every role.
	forRows = " SET LOCAL client_encoding = 'UTF8'; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, MDY';" +
		" SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';"
	// forCatalogs does that for names too: without schema where they are in
	// pg_catalog or public. Compiling the questions (jit) takes longer than
	// they do, and one question is to keep one core busy.
	forCatalogs = forRows + " SET LOCAL search_path = pg_catalog, public; SET LOCAL quote_all_identifiers = off;" +
		" SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL cursor_tuple_fraction = 1;"
	// lockTimeout is how long a query waits for a lock, where half of its
	// time-out is not less. Locks on catalogs are short.
	lockTimeout = 10 * time.Second
	// idleGrace is how much longer than two queries a session may be idle: one
	// whose answer is all sent waits for those that are still read.
	idleGrace = time.Minute
	// grace is how much longer the client waits than the server, so that as a
	// rule the server ends a slow query and says so.
	grace = 5 * time.Second
)

// session is a read-only transaction with the options' limits. It sets nothing
// that outlives it. It is not safe for concurrent use.
type session struct {
	reader  *Reader
	pooled  *pgxpool.Conn
	conn    *pgconn.PgConn
	timeout time.Duration
}

// begin begins a session, for which the caller has a place.
func (r *Reader) begin(ctx context.Context, opts source.Options, tune string) (*session, error) {
	timeout := opts.QueryTimeout
	if timeout <= 0 {
		timeout = defaultQueryTimeout
	}
	pooled, err := r.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{reader: r, pooled: pooled, conn: pooled.Conn().PgConn(), timeout: timeout}
	ms := max(2, timeout.Milliseconds())
	statement := "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;" + tune + fmt.Sprintf(
		" SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d;",
		ms, min(ms/2, lockTimeout.Milliseconds()), 2*ms+idleGrace.Milliseconds())
	if s.encoding() == "SQL_ASCII" {
		statement += " SET LOCAL client_encoding = 'SQL_ASCII';" // it keeps bytes of any encoding, and would refuse to call them UTF-8
	}
	if opts.Application != "" {
		statement += " SET LOCAL application_name = '" + plain("semsync/"+opts.Application) + "';"
	}
	if _, err := s.simple(ctx, statement); err != nil {
		s.abandon(ctx)
		return nil, err
	}
	return s, nil
}

// plain leaves in a text only what can stand in a literal of any server. Longer
// names are cut by the server.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '\'' || r == '\\' {
			return '_'
		}
		return r
	}, text)
}

// simple runs statements without parameters and gives the last one's answer as text.
func (s *session) simple(ctx context.Context, statements string) (*pgconn.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout+grace)
	defer cancel()
	s.reader.queries.Add(1)
	results, err := s.conn.Exec(ctx, statements).ReadAll()
	if err != nil {
		return nil, err
	}
	return results[len(results)-1], nil
}

// The formats of values.
var (
	inBinary = []int16{1}
	inText   = []int16{0}
)

// ask sends a question and returns when the first rows are there. The answer
// must be closed.
func (s *session) ask(ctx context.Context, question string, format []int16, parameters ...[]byte) *answer {
	ctx, cancel := context.WithTimeout(ctx, s.timeout+grace)
	s.reader.queries.Add(1)
	return &answer{ResultReader: s.conn.ExecParams(ctx, question, parameters, nil, nil, format), cancel: cancel}
}

// each calls do for each row of an answer in binary, and returns its error as it is.
func (s *session) each(ctx context.Context, question string, parameters [][]byte, do func(row) error) error {
	answer := s.ask(ctx, question, inBinary, parameters...)
	defer answer.close()
	for {
		row, more, err := answer.next()
		if err != nil || !more {
			return err
		}
		if err := do(row); err != nil {
			return err
		}
	}
}

// end ends the transaction and gives the connection back, or closes it where
// it is of no more use.
func (s *session) end(ctx context.Context) {
	if s.conn.IsClosed() || s.conn.IsBusy() || ctx.Err() != nil {
		s.abandon(ctx)
		return
	}
	if s.conn.TxStatus() != 'I' {
		if _, err := s.simple(ctx, "ROLLBACK"); err != nil {
			s.abandon(ctx)
			return
		}
	}
	s.pooled.Release()
}

// abandon closes the connection.
func (s *session) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	_ = s.conn.Close(ctx) // nothing hangs on it any more
	s.pooled.Release()
}

// answer is the answer to a question, a row at a time.
type answer struct {
	*pgconn.ResultReader
	cancel context.CancelFunc
}

// next gives the next row, which is good until the call after.
func (a *answer) next() (row, bool, error) {
	if a.NextRow() {
		return row(a.Values()), true, nil
	}
	_, err := a.Close()
	return nil, false, err
}

// close ends the question at the server where it is not read to its end, which
// costs the connection.
func (a *answer) close() {
	a.cancel()
	_, _ = a.Close() // next tells what went wrong before
}

// array makes a parameter of type text[].
func array(values []string) []byte {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	var out strings.Builder
	out.WriteByte('{')
	for i, value := range values {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('"')
		_, _ = escape.WriteString(&out, value) // a Builder takes everything
		out.WriteByte('"')
	}
	out.WriteByte('}')
	return []byte(out.String())
}
