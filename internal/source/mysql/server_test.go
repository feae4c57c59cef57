package mysql_test

import (
	"context"
	"database/sql"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/source/mysql"
	"github.com/semsync/semsync/internal/source/sourcetest"
	"github.com/semsync/semsync/internal/testkit"
)

// database is a fresh database on a real server, with connections that may
// write it.
type database struct {
	name, dsn string
	pool      *sql.DB
}

func newDatabase(tb testing.TB) *database {
	tb.Helper()
	dsn := testkit.MariaDB(tb)
	config, err := driver.ParseDSN(dsn)
	require.NoError(tb, err)
	return &database{name: config.DBName, dsn: dsn, pool: openPool(tb, dsn)}
}

// account makes an account of no privileges and gives a DSN for it.
func (d *database) account(tb testing.TB, name string) (user, dsn string) {
	tb.Helper()
	config, err := driver.ParseDSN(d.dsn)
	require.NoError(tb, err)
	config.User, config.Passwd = d.name+"_"+name, "canary"
	config.DBName = ""
	user = "'" + config.User + "'@'%'"
	d.exec(tb, "CREATE USER "+user+" IDENTIFIED BY 'canary'")
	return user, config.FormatDSN()
}

func (d *database) exec(tb testing.TB, statement string, arguments ...any) {
	tb.Helper()
	_, err := d.pool.Exec(statement, arguments...)
	require.NoError(tb, err, statement)
}

func (d *database) id(table string) metadata.TableID {
	return metadata.TableID{Source: sourcetest.SourceName, Database: d.name, Name: table}
}

// mine is true for the tables of this database.
func (d *database) mine(id metadata.TableID) bool { return id.Database == d.name }

func (d *database) suite(t *testing.T) sourcetest.Database {
	t.Helper()

	return sourcetest.Database{
		Name: d.name,
		Connect: func(limiter source.Limiter) source.Reader {
			reader, err := open(t.Context(), d.dsn, limiter)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, reader.Close()) })
			return reader
		},
		Exec: func(statement string) { d.exec(t, statement) },
		Value: func(query string) string {
			var value string
			require.NoError(t, d.pool.QueryRow(query).Scan(&value))
			return value
		},
	}
}

func openPool(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	config, err := driver.ParseDSN(dsn)
	require.NoError(tb, err)
	config.Logger = &driver.NopLogger{} // lost connections are expected
	connector, err := driver.NewConnector(config)
	require.NoError(tb, err)
	pool := sql.OpenDB(connector)
	tb.Cleanup(func() { require.NoError(tb, pool.Close()) })
	return pool
}

func open(ctx context.Context, dsn string, limiter source.Limiter) (*mysql.Reader, error) {
	return mysql.Open(ctx, source.Config{Name: sourcetest.SourceName, DSN: metadata.Secret(dsn)}, limiter)
}

// connect opens a reader as the interface, so that none is nil.
func connect(tb testing.TB, dsn string) (source.Reader, error) {
	tb.Helper()
	reader, err := open(tb.Context(), dsn, source.Unlimited{})
	if err != nil {
		return nil, err
	}
	return reader, nil
}
