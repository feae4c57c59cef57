package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/semsync/semsync/internal/testkit/catalog"
)

// database is a database of its own on the server, until it is dropped.
type database struct {
	dsn   string
	admin string
	name  string
}

func createDatabase(ctx context.Context, admin string) (*database, error) {
	parsed, err := url.Parse(admin)
	if err != nil || parsed.Host == "" {
		return nil, errors.New("the server's DSN must have the form postgres://user:password@host:port/database")
	}
	d := &database{admin: admin, name: "bench_" + strings.ToLower(rand.Text()[:12])}
	if err := execute(ctx, admin, "CREATE DATABASE "+d.name); err != nil {
		return nil, fmt.Errorf("create a database: %w", err)
	}
	parsed.Path = "/" + d.name
	d.dsn = parsed.String()
	return d, nil
}

// drop drops the database, also when ctx has ended.
func (d *database) drop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return execute(ctx, d.admin, "DROP DATABASE "+d.name+" WITH (FORCE)")
}

// environment leads libpq's programs to the database, without a password among their arguments.
func (d *database) environment() ([]string, error) {
	c, err := pgx.ParseConfig(d.dsn)
	if err != nil {
		return nil, errors.New("the database's DSN cannot be read")
	}
	return []string{
		"PGHOST=" + c.Host, fmt.Sprintf("PGPORT=%d", c.Port), "PGUSER=" + c.User, "PGPASSWORD=" + c.Password, "PGDATABASE=" + c.Database,
		"PGSSLMODE=disable",
	}, nil
}

// createSource makes a database with that many tables. The vacuum is what a server does
// by itself some minutes later, in the midst of the measurements.
func createSource(ctx context.Context, admin string, tables, columns int) (*database, error) {
	d, err := createDatabase(ctx, admin)
	if err != nil {
		return nil, err
	}
	err = connected(ctx, d.dsn, func(c *pgx.Conn) error {
		exec := func(ctx context.Context, statement string) error {
			_, err := c.Exec(ctx, statement)
			return err
		}
		if err := catalog.FillPostgres(ctx, exec, tables, columns); err != nil {
			return err
		}
		return exec(ctx, "VACUUM (ANALYZE) pg_class, pg_attribute, pg_attrdef, pg_constraint, pg_description, pg_index, pg_depend, pg_type")
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fill the source: %w", err), d.drop(ctx))
	}
	return d, nil
}

func connected(ctx context.Context, dsn string, work func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // what was asked has been answered or has failed
	return work(c)
}

func execute(ctx context.Context, dsn, statement string) error {
	return connected(ctx, dsn, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, statement)
		return err
	})
}
