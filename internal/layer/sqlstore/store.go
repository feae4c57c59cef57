package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Store is a semantic layer in one SQL database.
type Store struct {
	db      *sql.DB
	dialect Dialect
	queries queries
	writing sync.Mutex // held by the one writing transaction where the dialect wants that
}

var _ layer.Layer = (*Store)(nil)

// New makes a store over an open database, which it closes in the end.
func New(db *sql.DB, d Dialect) (*Store, error) {
	q, err := loadQueries(d)
	if err != nil {
		return nil, err
	}
	return &Store{db: db, dialect: d, queries: q}, nil
}

// Close closes the database.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return s.fault("close the layer", err)
	}
	return nil
}

// Ping asks the database whether it is there.
func (s *Store) Ping(ctx context.Context) error {
	return s.fault("reach the layer", s.db.PingContext(ctx))
}

// DB is the database itself, for tools that measure it.
func (s *Store) DB() *sql.DB { return s.db }

// fault classifies an error of the driver; the contract's own errors and faults pass as they are.
func (s *Store) fault(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*metadata.Fault](err); ok {
		return err
	}
	for _, own := range []error{layer.ErrDeposed, layer.ErrNotFound, layer.ErrWrongState, layer.ErrNotMigrated, context.Canceled} {
		if errors.Is(err, own) {
			return fmt.Errorf("%s: %w", op, err)
		}
	}
	return s.dialect.Classify(op, err)
}

// tries bounds how often a transaction that lost a race is tried again.
const tries = 8

// tx runs fn in a transaction, again when it lost a race with another one.
func (s *Store) tx(ctx context.Context, op string, level sql.IsolationLevel, fn func(*txn) error) error {
	for try := 1; ; try++ {
		err := s.fault(op, s.once(ctx, level, fn))
		if err == nil || try == tries || !raced(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(rand.Int64N(int64(try) * int64(20*time.Millisecond)))): //nolint:gosec // jitter, not a secret
		}
	}
}

// raced tells whether a transaction failed only because another one was at the same rows.
func raced(err error) bool {
	f, ok := errors.AsType[*metadata.Fault](err)
	return ok && (f.Kind == metadata.FaultConflict || f.Class == metadata.ClassSerialization || f.Class == metadata.ClassDeadlock)
}

func (s *Store) once(ctx context.Context, level sql.IsolationLevel, fn func(*txn) error) (err error) {
	if s.dialect.OneWriter {
		s.writing.Lock()
		defer s.writing.Unlock()
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: level})
	if err != nil {
		return err
	}
	// Also when fn panics. After a commit it does nothing, and its own error adds nothing: the transaction is gone either way.
	defer func() { _ = tx.Rollback() }()
	if s.dialect.Begin != "" {
		if _, err := tx.ExecContext(ctx, s.dialect.Begin); err != nil {
			return err
		}
	}
	if err := fn(&txn{s: s, conn: conn, Tx: tx}); err != nil {
		return err
	}
	return tx.Commit()
}

// txn is a running transaction.
type txn struct {
	s    *Store
	conn *sql.Conn
	*sql.Tx
}

// exec runs a named statement and gives how many rows it touched.
func (t *txn) exec(ctx context.Context, name string, args ...any) (int, error) {
	res, err := t.ExecContext(ctx, t.s.queries.get(name), args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// row reads the one row of a named query.
func (t *txn) row(ctx context.Context, name string, args []any, dest ...any) error {
	if err := t.QueryRowContext(ctx, t.s.queries.get(name), args...).Scan(dest...); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// each calls scan for each row of a named query.
func (t *txn) each(ctx context.Context, name string, args []any, scan func(*sql.Rows) error) error {
	rows, err := t.QueryContext(ctx, t.s.queries.get(name), args...)
	return eachRow(name, rows, err, scan)
}

// each calls scan for each row of a named query outside of a transaction.
func (s *Store) each(ctx context.Context, name string, args []any, scan func(*sql.Rows) error) error {
	rows, err := s.db.QueryContext(ctx, s.queries.get(name), args...)
	return s.fault("read the layer", eachRow(name, rows, err, scan))
}

// exec runs a named statement by itself.
func (s *Store) exec(ctx context.Context, op, name string, args ...any) (n int, err error) {
	err = s.tx(ctx, op, sql.LevelDefault, func(t *txn) error {
		n, err = t.exec(ctx, name, args...)
		return err
	})
	return n, err
}

func eachRow(name string, rows *sql.Rows, err error, scan func(*sql.Rows) error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// fenced runs fn in a transaction that only the holder of the lease can commit.
func (s *Store) fenced(ctx context.Context, op string, l layer.Lease, fn func(*txn) error) error {
	return s.tx(ctx, op, sql.LevelDefault, func(t *txn) error {
		var one int
		err := t.row(ctx, "Fence", []any{l.Holder, l.Epoch}, &one)
		if errors.Is(err, sql.ErrNoRows) {
			return layer.ErrDeposed
		}
		if err != nil {
			return err
		}
		return fn(t)
	})
}
