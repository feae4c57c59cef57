package postgres_test

import (
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/source/postgres"
	"github.com/semsync/semsync/internal/source/sourcetest"
	"github.com/semsync/semsync/internal/testkit"
)

// database is a fresh database and a connection of its superuser.
type database struct {
	dsn  string
	name string
	conn *pgx.Conn
}

func newDatabase(tb testing.TB) *database {
	tb.Helper()
	dsn := testkit.Postgres(tb)
	parsed, err := url.Parse(dsn)
	require.NoError(tb, err)
	return &database{dsn: dsn, name: parsed.Path[1:], conn: connect(tb, dsn)}
}

func connect(tb testing.TB, dsn string) *pgx.Conn {
	tb.Helper()
	config, err := pgx.ParseConfig(dsn)
	require.NoError(tb, err)
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	config.RuntimeParams["standard_conforming_strings"] = "on"
	config.RuntimeParams["client_encoding"] = "UTF8"
	conn, err := pgx.ConnectConfig(tb.Context(), config)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = conn.Close(tb.Context()) })
	return conn
}

func (d *database) exec(tb testing.TB, statements ...string) {
	tb.Helper()
	for _, statement := range statements {
		_, err := d.conn.PgConn().Exec(tb.Context(), statement).ReadAll()
		require.NoError(tb, err, "%.200s", statement)
	}
}

func (d *database) value(tb testing.TB, query string) string {
	tb.Helper()
	results, err := d.conn.PgConn().Exec(tb.Context(), query).ReadAll()
	require.NoError(tb, err, query)
	return string(results[0].Rows[0][0])
}

// suite gives the database to sourcetest.
func (d *database) suite(t *testing.T) sourcetest.Database {
	t.Helper()
	return sourcetest.Database{
		Name:    "public",
		Connect: func(limiter source.Limiter) source.Reader { return open(t, d.dsn, limiter) },
		Exec:    func(statement string) { d.exec(t, statement) },
		Value:   func(query string) string { return d.value(t, query) },
	}
}

// open opens a reader that is closed when the test ends.
func open(tb testing.TB, dsn string, limiter source.Limiter) *postgres.Reader {
	tb.Helper()
	config := source.Config{Name: sourcetest.SourceName, Driver: "postgres", DSN: metadata.Secret(dsn)}
	reader, err := postgres.Open(tb.Context(), config, limiter)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, reader.Close()) })
	return reader
}

func id(schema, name string) metadata.TableID {
	return metadata.TableID{Source: sourcetest.SourceName, Database: schema, Name: name}
}

// role makes a role that may log in and nothing else, and gives a DSN for it.
func (d *database) role(tb testing.TB, name string) string {
	tb.Helper()
	role := d.name + "_" + name
	d.exec(tb, "CREATE ROLE "+role+" LOGIN PASSWORD 'secret'")
	parsed, err := url.Parse(d.dsn)
	require.NoError(tb, err)
	parsed.User = url.UserPassword(role, "secret")
	return parsed.String()
}

// rowsRead is how many rows of a table all sessions have read that are gone by now.
func (d *database) rowsRead(t *testing.T, table string) int64 {
	t.Helper()
	require.Eventually(t, func() bool { // a session counts when it ends
		return d.value(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()") == "0"
	}, 10*time.Second, 10*time.Millisecond)
	d.value(t, "SELECT pg_stat_force_next_flush()")
	read, err := strconv.ParseInt(d.value(t, "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"+
		" WHERE relid = '"+table+"'::regclass"), 10, 64)
	require.NoError(t, err)
	return read
}
