package testkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/semsync/semsync/internal/testkit/servers"
)

var sharedMariaDB = shared{variable: MariaDBVariable, start: servers.StartMariaDB}

// MariaDB gives the go-sql-driver DSN of a fresh empty database on a private
// MariaDB server, for a user who may do everything. The database is dropped
// when the test ends, whoever is still connected.
//
// A test that needs more databases, or users, gives them names that start
// with this database's name and an underscore: they are dropped too.
func MariaDB(tb testing.TB) string {
	tb.Helper()
	admin, err := mysql.ParseDSN(sharedMariaDB.dsn(tb))
	if err != nil {
		tb.Fatalf("testkit: %s must have the form user:password@tcp(host:port)/", MariaDBVariable)
	}
	name := databaseName()
	create := func(ctx context.Context, server *sql.DB) error {
		_, err := server.ExecContext(ctx, "CREATE DATABASE "+name)
		return err
	}
	if err := onMariaDB(tb.Context(), admin, create); err != nil {
		tb.Fatalf("testkit: create a MariaDB database: %v", err)
	}
	atEnd(tb, "drop the MariaDB database", func(ctx context.Context) error {
		return onMariaDB(ctx, admin, func(ctx context.Context, server *sql.DB) error {
			return dropMariaDB(ctx, server, name)
		})
	})
	database := admin.Clone()
	database.DBName = name
	return database.FormatDSN()
}

// MariaDBAccount gives the DSN of a fresh empty database, as MariaDB does, for
// an account that may do everything there and sees no other database: what a
// test reads of it does not depend on the tests that run beside it.
func MariaDBAccount(tb testing.TB) string {
	tb.Helper()
	config, err := mysql.ParseDSN(MariaDB(tb))
	if err != nil {
		tb.Fatalf("testkit: %v", err)
	}
	account := config.DBName + "_owner"
	for _, statement := range []string{
		"CREATE USER " + account + " IDENTIFIED BY '" + account + "'",
		"GRANT ALL ON `" + strings.ReplaceAll(config.DBName, "_", `\_`) + "`.* TO " + account,
	} {
		grant := func(ctx context.Context, server *sql.DB) error {
			_, err := server.ExecContext(ctx, statement)
			return err
		}
		if err := onMariaDB(tb.Context(), config, grant); err != nil {
			tb.Fatalf("testkit: make an account of %s: %v", config.DBName, err)
		}
	}
	config.User, config.Passwd = account, account
	return config.FormatDSN()
}

func onMariaDB(ctx context.Context, config *mysql.Config, work func(context.Context, *sql.DB) error) error {
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	server := sql.OpenDB(connector)
	return errors.Join(work(ctx, server), server.Close())
}

// dropMariaDB drops the database called name and every database and user
// whose name continues it after an underscore. Who still uses one of them is
// disconnected first: an open transaction would hold up the drop.
func dropMariaDB(ctx context.Context, server *sql.DB, name string) error {
	const owned = `
		SELECT CONCAT('KILL ', id) FROM information_schema.processlist
		 WHERE db = ? OR LEFT(db, CHAR_LENGTH(?)) = ? OR LEFT(user, CHAR_LENGTH(?)) = ?
		UNION ALL
		SELECT CONCAT('DROP DATABASE ', sys.quote_identifier(schema_name)) FROM information_schema.schemata
		 WHERE schema_name = ? OR LEFT(schema_name, CHAR_LENGTH(?)) = ?
		UNION ALL
		SELECT CONCAT('DROP USER ', QUOTE(user), '@', QUOTE(host)) FROM mysql.user
		 WHERE LEFT(user, CHAR_LENGTH(?)) = ?`
	prefix := name + "_"
	statements, err := column(ctx, server, owned,
		name, prefix, prefix, prefix, prefix, name, prefix, prefix, prefix, prefix)
	if err != nil {
		return fmt.Errorf("list what belongs to %s: %w", name, err)
	}
	for _, statement := range statements {
		_, err := server.ExecContext(ctx, statement)
		if err != nil && !noSuchThread(err) {
			return fmt.Errorf("%s: %w", strings.ToLower(statement), err)
		}
	}
	return nil
}

// noSuchThread tells the refusal of a KILL that came after the connection's
// own end.
func noSuchThread(err error) bool {
	var refusal *mysql.MySQLError
	return errors.As(err, &refusal) && refusal.Number == 1094
}

func column(ctx context.Context, server *sql.DB, query string, arguments ...any) ([]string, error) {
	rows, err := server.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var values []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, rows.Err()
}
