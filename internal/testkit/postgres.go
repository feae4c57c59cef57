package testkit

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/semsync/semsync/internal/testkit/servers"
)

var sharedPostgres = shared{variable: PostgresVariable, start: servers.StartPostgres}

// Postgres gives the DSN (postgres://user:password@host:port/database) of a
// fresh empty database on a private PostgreSQL server, for a superuser. The
// database is dropped when the test ends, whoever is still connected.
//
// A test that needs more databases, or roles, gives them names that start
// with this database's name and an underscore: they are dropped too.
func Postgres(tb testing.TB) string {
	tb.Helper()
	admin, err := url.Parse(sharedPostgres.dsn(tb))
	if err != nil || admin.Host == "" {
		tb.Fatalf("testkit: %s must have the form postgres://user:password@host:port/database", PostgresVariable)
	}
	name := databaseName()
	if err := onPostgres(tb.Context(), admin.String(), "CREATE DATABASE "+name); err != nil {
		tb.Fatalf("testkit: create a PostgreSQL database: %v", err)
	}
	atEnd(tb, "drop the PostgreSQL database", func(ctx context.Context) error {
		return dropPostgres(ctx, admin.String(), name)
	})
	database := *admin
	database.Path = "/" + name
	return database.String()
}

func onPostgres(ctx context.Context, dsn, statement string) error {
	connection, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer connection.Close(ctx) //nolint:errcheck // the statement's error is the one that counts
	_, err = connection.Exec(ctx, statement)
	return err
}

// dropPostgres drops the database called name and every database and role
// whose name continues it after an underscore.
func dropPostgres(ctx context.Context, dsn, name string) error {
	connection, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer connection.Close(ctx) //nolint:errcheck // nothing is pending on it
	const owned = `
		SELECT 'DATABASE', datname FROM pg_catalog.pg_database WHERE datname = $1 OR starts_with(datname, $1 || '_')
		UNION ALL
		SELECT 'ROLE', rolname FROM pg_catalog.pg_roles WHERE starts_with(rolname, $1 || '_')
		ORDER BY 1`
	rows, err := connection.Query(ctx, owned, name)
	if err != nil {
		return fmt.Errorf("list what belongs to %s: %w", name, err)
	}
	type object struct{ Kind, Name string }
	objects, err := pgx.CollectRows(rows, pgx.RowToStructByPos[object])
	if err != nil {
		return fmt.Errorf("list what belongs to %s: %w", name, err)
	}
	for _, o := range objects {
		statement := "DROP " + o.Kind + " " + pgx.Identifier{o.Name}.Sanitize()
		if o.Kind == "DATABASE" {
			statement += " WITH (FORCE)"
		}
		if _, err := connection.Exec(ctx, statement); err != nil {
			return fmt.Errorf("drop %s %s: %w", o.Kind, o.Name, err)
		}
	}
	return nil
}
