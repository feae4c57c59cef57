package app

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source/mysql"
	"github.com/semsync/semsync/internal/source/postgres"
	"github.com/semsync/semsync/internal/source/sqlite"
	"github.com/semsync/semsync/internal/testkit"
)

// engine is a server, or a file, that can be brought to give errors. Its table t has the rows 1 and 2 of (id, n).
type engine struct {
	*testing.T
	db   *sql.DB
	dsn  string
	file string // SQLite
}

// provocation brings an engine to give an error; a text says why the engine has no such error.
type provocation any

// TestFaultsOfEngines: the same real error has the same class on every engine that has it, which is what retry_on_errors goes by.
func TestFaultsOfEngines(t *testing.T) {
	t.Parallel()
	const noServer = "there is no server to connect to"
	const readsOnly = "a source is opened for reading only, and SQLite has this for writers alone"
	for _, row := range []struct {
		name                    string
		class                   metadata.FaultClass
		postgres, maria, sqlite provocation
	}{
		{"refused connection", metadata.ClassUnavailable, pgRefused, mariaRefused, noServer},
		{"statement time-out", metadata.ClassQueryTimeout, inOne("SET statement_timeout = 20", "SELECT pg_sleep(30)"), inOne("SET max_statement_time = 0.05", "SELECT SLEEP(30), n FROM t"), liteEndless},
		{"too many connections", metadata.ClassRateLimit, pgCrowd, mariaCrowd, "a file has no number of connections"},
		{"deadlock", metadata.ClassDeadlock, crossed("SET deadlock_timeout = 20"), crossed("SELECT 1"), readsOnly},
		{
			"serialization failure", metadata.ClassSerialization, overtaken("BEGIN ISOLATION LEVEL REPEATABLE READ"),
			overtaken("SET innodb_snapshot_isolation = ON", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "BEGIN"), readsOnly,
		},
		{"lock time-out", metadata.ClassQueryTimeout, waiting("SET lock_timeout = 20"), waiting("SET innodb_lock_wait_timeout = 0"), liteLocked},
		{"permission denied", metadata.ClassPermission, pgStranger, mariaStranger, liteForbidden},
		{"undefined table", metadata.ClassNotFound, inOne("SELECT * FROM nowhere"), inOne("SELECT * FROM nowhere"), inOne("SELECT * FROM nowhere")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			provoked(t, "postgres", row.class, row.postgres, func() engine { return pgEngine(t) }, postgres.Classify)
			provoked(t, "mariadb", row.class, row.maria, func() engine { return mariaEngine(t) }, mysql.Classify)
			provoked(t, "sqlite", row.class, row.sqlite, func() engine { return liteEngine(t) }, sqlite.Classify)
		})
	}
}

func provoked(t *testing.T, name string, class metadata.FaultClass, p provocation, of func() engine, classify func(error) *metadata.Fault) {
	t.Helper()
	provoke, ok := p.(func(engine) error)
	if !ok {
		t.Logf("%s: %v", name, p)
		return
	}
	err := provoke(of())
	require.Error(t, err, name)
	fault := classify(err)
	require.Equal(t, class, fault.Class, "%s: %v", name, err)
	final := fault.Kind != metadata.FaultTransient
	require.Equal(t, class == metadata.ClassPermission || class == metadata.ClassNotFound, final, "%s: %v", name, err)
}

func newEngine(t *testing.T, name, dsn string) engine {
	t.Helper()
	e := engine{T: t, db: open(t, name, dsn), dsn: dsn}
	mustExec(t, e.db, "CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t VALUES (1, 1), (2, 2)")
	return e
}

func pgEngine(t *testing.T) engine {
	t.Helper()
	return newEngine(t, "pgx", testkit.Postgres(t))
}

func mariaEngine(t *testing.T) engine {
	t.Helper()
	return newEngine(t, "mysql", testkit.MariaDB(t))
}

func liteEngine(t *testing.T) engine {
	t.Helper()
	file := filepath.Join(t.TempDir(), "source.db")
	e := newEngine(t, "sqlite", file)
	e.file = file
	return e
}

// session is a connection of its own on which these statements were run.
func (e engine) session(statements ...string) *sql.Conn {
	e.Helper()
	conn, err := e.db.Conn(e.Context())
	require.NoError(e, err)
	e.Cleanup(func() {
		_ = conn.Raw(func(any) error { return driver.ErrInvalidConn }) // what it set goes with it
		_ = conn.Close()
	})
	for _, s := range statements {
		_, err := conn.ExecContext(e.Context(), s)
		require.NoError(e, err, s)
	}
	return conn
}

// do runs a statement to the end of its rows, where some errors come.
func (e engine) do(on interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, statement string,
) error {
	rows, err := on.QueryContext(e.Context(), statement)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() { // only the end matters
	}
	return rows.Err()
}

func inOne(statements ...string) func(engine) error {
	return func(e engine) error {
		last := len(statements) - 1
		return e.do(e.session(statements[:last]...), statements[last])
	}
}
