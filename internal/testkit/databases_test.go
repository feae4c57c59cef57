package testkit_test

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	database, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = database.Close() })
	return database
}

func count(t *testing.T, database *sql.DB, query string, arguments ...any) int {
	t.Helper()
	var n int
	require.NoError(t, database.QueryRowContext(t.Context(), query, arguments...).Scan(&n))
	return n
}

func run(t *testing.T, database *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := database.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

func TestPostgresDatabasesAreSeparateAndDropped(t *testing.T) {
	admin := open(t, "pgx", testkit.Postgres(t))
	var name string
	t.Run("user", func(t *testing.T) {
		first := testkit.Postgres(t)
		parsed, err := url.Parse(first)
		require.NoError(t, err)
		name = strings.TrimPrefix(parsed.Path, "/")

		one, other := open(t, "pgx", first), open(t, "pgx", testkit.Postgres(t))
		run(t, one, "CREATE TABLE only_here (id int)", "CREATE ROLE "+name+"_reader",
			"GRANT SELECT ON only_here TO "+name+"_reader", "CREATE DATABASE "+name+"_second")
		const tables = "SELECT count(*) FROM pg_class WHERE relname = 'only_here'"
		require.Equal(t, 1, count(t, one, tables))
		require.Equal(t, 0, count(t, other, tables))
		require.Equal(t, 1, count(t, one, "SELECT count(*) FROM pg_roles WHERE rolname = current_user AND rolsuper"))
		require.Equal(t, 300, count(t, one, "SELECT current_setting('max_connections')::int"))
		// A connection in the middle of a transaction does not keep the database.
		held, err := one.Conn(t.Context())
		require.NoError(t, err)
		_, err = held.ExecContext(t.Context(), "BEGIN; SELECT * FROM only_here")
		require.NoError(t, err)
	})
	require.Equal(t, 0, count(t, admin, "SELECT count(*) FROM pg_database WHERE starts_with(datname, $1)", name))
	require.Equal(t, 0, count(t, admin, "SELECT count(*) FROM pg_roles WHERE starts_with(rolname, $1)", name))
}

func TestMariaDBDatabasesAreSeparateAndDropped(t *testing.T) {
	admin := open(t, "mysql", testkit.MariaDB(t))
	var name string
	t.Run("user", func(t *testing.T) {
		first := testkit.MariaDB(t)
		parsed, err := mysql.ParseDSN(first)
		require.NoError(t, err)
		name = parsed.DBName

		one, other := open(t, "mysql", first), open(t, "mysql", testkit.MariaDB(t))
		run(t, one, "CREATE TABLE only_here (id int, note text) ENGINE=InnoDB", "CREATE DATABASE `"+name+"_sec``ond`",
			"CREATE USER "+name+"_reader IDENTIFIED BY 'x'", "INSERT INTO only_here VALUES (1, '🦭')")
		const tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = database()"
		require.Equal(t, 1, count(t, one, tables))
		require.Equal(t, 0, count(t, other, tables))
		require.Equal(t, 1, count(t, one, "SELECT char_length(note) FROM only_here"), "utf8mb4 is the default")
		// A connection in the middle of a transaction does not keep the database.
		held, err := one.Conn(t.Context())
		require.NoError(t, err)
		_, err = held.ExecContext(t.Context(), "START TRANSACTION")
		require.NoError(t, err)
		_, err = held.ExecContext(t.Context(), "SELECT * FROM only_here FOR UPDATE")
		require.NoError(t, err)
	})
	require.Equal(t, 0, count(t, admin,
		"SELECT count(*) FROM information_schema.schemata WHERE LEFT(schema_name, CHAR_LENGTH(?)) = ?", name, name))
	require.Equal(t, 0, count(t, admin,
		"SELECT count(*) FROM mysql.user WHERE LEFT(user, CHAR_LENGTH(?)) = ?", name, name))
}
