package postgres_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source/postgres"
)

// provoked are errors that a real server is brought to give.
var provoked = []struct {
	name    string
	provoke func(t *testing.T, d *database) error
	kind    metadata.FaultKind
	class   metadata.FaultClass
}{
	{"statement time-out", statements("SET statement_timeout = 20", "SELECT pg_sleep(30)"), metadata.FaultTransient, metadata.ClassQueryTimeout},
	{"lock time-out", lockTimeout, metadata.FaultTransient, metadata.ClassQueryTimeout},
	{"no wait", noWait, metadata.FaultTransient, metadata.ClassQueryTimeout},
	{"deadlock", deadlock, metadata.FaultTransient, metadata.ClassDeadlock},
	{"serialization", serialization, metadata.FaultTransient, metadata.ClassSerialization},
	{"permission", permission, metadata.FaultDenied, metadata.ClassPermission},
	{"no CONNECT", noConnect, metadata.FaultDenied, metadata.ClassPermission},
	{"too many connections", tooMany, metadata.FaultTransient, metadata.ClassRateLimit},
	{"terminated", terminated, metadata.FaultTransient, metadata.ClassConnectionLost},
	{"after it was terminated", func(t *testing.T, d *database) error {
		t.Helper()
		require.Error(t, terminated(t, d))
		_, err := d.conn.Exec(t.Context(), "SELECT 1")
		return err
	}, metadata.FaultTransient, metadata.ClassConnectionLost},
	{"idle in a transaction", idle, metadata.FaultTransient, metadata.ClassConnectionLost},
	{"cut", cut, metadata.FaultTransient, metadata.ClassConnectionLost},
	{"undefined table", statements("SELECT * FROM nowhere"), metadata.FaultMissing, metadata.ClassNotFound},
	{"undefined schema", statements("CREATE TABLE nowhere.t (id int)"), metadata.FaultMissing, metadata.ClassNotFound},
	{"undefined column", statements("SELECT nothing FROM pg_class"), metadata.FaultMissing, metadata.ClassNotFound},
	{"syntax", statements("SELEC 1"), metadata.FaultInvalid, metadata.ClassSyntax},
	{"division by zero", statements("SELECT 1 / 0"), metadata.FaultInvalid, metadata.ClassInvalid},
	{"read-only", statements("BEGIN READ ONLY; CREATE TABLE t (id int)"), metadata.FaultInvalid, metadata.ClassInvalid},
	{"cancelled", func(t *testing.T, d *database) error {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		_, err := d.conn.Exec(ctx, "SELECT pg_sleep(30)")
		return err
	}, metadata.FaultStopped, ""},
	{"deadline", func(t *testing.T, d *database) error {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := d.conn.Exec(ctx, "SELECT pg_sleep(30)")
		return err
	}, metadata.FaultTransient, metadata.ClassQueryTimeout},
}

func TestClassifyRealErrors(t *testing.T) {
	for _, c := range provoked {
		t.Run(c.name, func(t *testing.T) {
			err := c.provoke(t, newDatabase(t))
			require.Error(t, err)
			fault := postgres.Classify(err)
			require.Equal(t, c.kind, fault.Kind, "%v", err)
			require.Equal(t, c.class, fault.Class, "%v", err)
			require.ErrorIs(t, fault, err)
		})
	}
}

func statements(some ...string) func(*testing.T, *database) error {
	return func(t *testing.T, d *database) error {
		t.Helper()
		return run(t, d.conn, some...)
	}
}

// run gives the last statement's error.
func run(t *testing.T, conn *pgx.Conn, statements ...string) error {
	t.Helper()
	last := len(statements) - 1
	for _, statement := range statements[:last] {
		_, err := conn.PgConn().Exec(t.Context(), statement).ReadAll()
		require.NoError(t, err, statement)
	}
	_, err := conn.PgConn().Exec(t.Context(), statements[last]).ReadAll()
	return err
}

func lockTimeout(t *testing.T, d *database) error {
	t.Helper()
	d.exec(t, "CREATE TABLE t (id int)", "BEGIN", "LOCK TABLE t")
	return run(t, connect(t, d.dsn), "SET lock_timeout = 20", "SELECT * FROM t")
}

func noWait(t *testing.T, d *database) error {
	t.Helper()
	d.exec(t, "CREATE TABLE t (id int)", "BEGIN", "LOCK TABLE t")
	return run(t, connect(t, d.dsn), "BEGIN", "LOCK TABLE t NOWAIT")
}

func deadlock(t *testing.T, d *database) error {
	t.Helper()
	other := connect(t, d.dsn)
	d.exec(t, "SET deadlock_timeout = 20", "CREATE TABLE a (id int)", "CREATE TABLE b (id int)", "BEGIN", "LOCK TABLE a")
	require.NoError(t, run(t, other, "SET deadlock_timeout = '1h'", "BEGIN", "LOCK TABLE b"))
	waits := make(chan error, 1)
	go func() {
		_, err := other.PgConn().Exec(t.Context(), "LOCK TABLE a").ReadAll()
		waits <- err
	}()
	err := run(t, d.conn, "LOCK TABLE b")
	require.NoError(t, run(t, d.conn, "ROLLBACK"))
	require.NoError(t, <-waits)
	return err
}

func serialization(t *testing.T, d *database) error {
	t.Helper()
	d.exec(t, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT * FROM t")
	require.NoError(t, run(t, connect(t, d.dsn), "UPDATE t SET id = 2"))
	return run(t, d.conn, "UPDATE t SET id = 3")
}

func permission(t *testing.T, d *database) error {
	t.Helper()
	d.exec(t, "CREATE TABLE t (id int)")
	return run(t, connect(t, d.role(t, "reader")), "SELECT * FROM t")
}

func noConnect(t *testing.T, d *database) error {
	t.Helper()
	dsn := d.role(t, "reader")
	d.exec(t, "REVOKE CONNECT ON DATABASE "+d.name+" FROM PUBLIC")
	_, err := pgx.Connect(t.Context(), dsn)
	return err
}

func tooMany(t *testing.T, d *database) error {
	t.Helper()
	dsn := d.role(t, "reader")
	d.exec(t, "ALTER ROLE "+d.name+"_reader CONNECTION LIMIT 1")
	connect(t, dsn)
	_, err := pgx.Connect(t.Context(), dsn)
	return err
}

func terminated(t *testing.T, d *database) error {
	t.Helper()
	return run(t, d.conn, "SELECT pg_terminate_backend(pg_backend_pid())")
}

// idle waits until the server has ended its idle session.
func idle(t *testing.T, d *database) error {
	t.Helper()
	other := connect(t, d.dsn)
	pid := d.value(t, "SELECT pg_backend_pid()")
	d.exec(t, "SET idle_in_transaction_session_timeout = 20", "BEGIN")
	require.Eventually(t, func() bool {
		var alive int
		require.NoError(t, other.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE pid = "+pid).Scan(&alive))
		return alive == 0
	}, 10*time.Second, 5*time.Millisecond)
	return run(t, d.conn, "SELECT 1")
}

// cut ends the connection below PostgreSQL's protocol.
func cut(t *testing.T, d *database) error {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), d.dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	require.NoError(t, conn.Conn().Close())
	_, err = conn.Exec(t.Context(), "SELECT 1").ReadAll()
	return err
}

func TestClassifyStates(t *testing.T) {
	for state, class := range map[string]metadata.FaultClass{
		"57P01": metadata.ClassConnectionLost, "57P02": metadata.ClassConnectionLost, "57P03": metadata.ClassUnavailable,
		"08006": metadata.ClassConnectionLost, "08001": metadata.ClassConnectionLost, "53100": metadata.ClassUnavailable,
		"53200": metadata.ClassUnavailable, "53300": metadata.ClassRateLimit, "53400": metadata.ClassRateLimit,
		"40P01": metadata.ClassDeadlock, "40001": metadata.ClassSerialization, "55P03": metadata.ClassQueryTimeout,
		"57014": metadata.ClassQueryTimeout, "58030": metadata.ClassUnavailable, "28P01": metadata.ClassPermission,
		"28000": metadata.ClassPermission, "42501": metadata.ClassPermission, "42P01": metadata.ClassNotFound,
		"42601": metadata.ClassSyntax, "22012": metadata.ClassInvalid, "XX001": metadata.ClassUnavailable, "": metadata.ClassInvalid,
	} {
		require.Equal(t, class, postgres.Classify(&pgconn.PgError{Code: state}).Class, state)
	}
	require.Nil(t, postgres.Classify(nil))
	fault := &metadata.Fault{Kind: metadata.FaultConflict}
	require.Same(t, fault, postgres.Classify(fault))
	require.Equal(t, metadata.ClassConnectionLost, postgres.Classify(io.ErrUnexpectedEOF).Class)
	require.Equal(t, metadata.FaultBug, postgres.Classify(errors.New("who knows")).Kind)
}
