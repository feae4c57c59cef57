package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/semsync/semsync/internal/testkit/servers"
)

// catalogQuery is all that a layer's rows are made of, in one question.
const catalogQuery = `SELECT n.nspname, c.relname, c.relkind, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), p.description
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_description p ON p.objoid = a.attrelid AND p.classoid = 'pg_class'::regclass AND p.objsubid = a.attnum
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname LIKE 'bench\_%'
 ORDER BY a.attrelid, a.attnum`

// hashQuery is the cheapest question whose answer moves with every change of a schema.
const hashQuery = `SELECT (SELECT sum(hash_record_extended(t, 0)) FROM (SELECT xmin, oid, relname, relnamespace FROM pg_class) t),
       (SELECT sum(hash_record_extended(t, 0)) FROM (SELECT xmin, attrelid, attnum FROM pg_attribute) t),
       (SELECT sum(hash_record_extended(t, 0)) FROM (SELECT xmin, oid FROM pg_attrdef) t),
       (SELECT sum(hash_record_extended(t, 0)) FROM (SELECT xmin, oid FROM pg_constraint) t),
       (SELECT sum(hash_record_extended(t, 0)) FROM (SELECT xmin, objoid, objsubid FROM pg_description) t)`

// layerSchema holds the layer's tables, unless the configuration says otherwise.
const layerSchema = "semantic_layer_v1"

// drain reads an answer to its end without making anything of it.
func drain(ctx context.Context, dsn, query string) (took time.Duration, err error) {
	err = connected(ctx, dsn, func(c *pgx.Conn) error {
		took, err = timed(func() error {
			rows, err := c.Query(ctx, query)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				_ = rows.RawValues()
			}
			return rows.Err()
		})
		return err
	})
	return took, err
}

// copyRows takes the rows of the layer's table and copies them into an empty
// table that has the same columns, defaults and key.
func copyRows(ctx context.Context, layer, table, dir string) (took time.Duration, err error) {
	file, err := os.Create(filepath.Join(dir, "rows")) //nolint:gosec // in our own folder
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	from := layerSchema + "." + table
	err = connected(ctx, layer, func(c *pgx.Conn) error {
		if _, err := c.PgConn().CopyTo(ctx, file, "COPY "+from+" TO STDOUT (FORMAT binary)"); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, "CREATE TABLE limit_copy (LIKE "+from+" INCLUDING ALL)"); err != nil {
			return err
		}
		if _, err := file.Seek(0, 0); err != nil {
			return err
		}
		took, err = timed(func() error {
			_, err := c.PgConn().CopyFrom(ctx, bufio.NewReaderSize(file, 1<<16), "COPY limit_copy FROM STDIN (FORMAT binary)")
			return err
		})
		if err != nil {
			return err
		}
		_, err = c.Exec(ctx, "DROP TABLE limit_copy")
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("copy the rows of %s: %w", from, err)
	}
	return took, nil
}

// psql is a whole process that copies the catalog out.
func psql(ctx context.Context, source *database) (*process, error) {
	path, err := postgresProgram("psql")
	if err != nil {
		return nil, err
	}
	env, err := source.environment()
	if err != nil {
		return nil, err
	}
	return command{path: path, arguments: []string{"--no-psqlrc", "--command", "COPY (" + catalogQuery + ") TO STDOUT"}, environment: env}.run(ctx)
}

// postgresProgram gives the path of a program that came with the server.
func postgresProgram(name string) (string, error) {
	bin, err := servers.FindPostgres()
	return filepath.Join(bin, name), err
}
