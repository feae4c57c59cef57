package canary

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// The tables and views of a layer, with their names quoted.
const (
	postgresTables = `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%' ORDER BY 1`
	sqliteTables = `SELECT '"' || replace(name, '"', '""') || '"' FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1`
)

// Postgres is everything in all schemas of a PostgreSQL database but the system's.
func Postgres(name string, db *sql.DB) Place { return database(name, db, postgresTables) }

// SQLite is everything in all tables of a SQLite database.
func SQLite(name string, db *sql.DB) Place { return database(name, db, sqliteTables) }

func database(name string, db *sql.DB, list string) Place {
	return Place{name, func(ctx context.Context, part func(string, []byte)) error {
		var tables []string
		err := rows(ctx, db, list, func(values []sql.RawBytes) { tables = append(tables, string(values[0])) })
		if err != nil {
			return err
		}
		for _, table := range tables {
			var all bytes.Buffer
			err := rows(ctx, db, "SELECT * FROM "+table, func(values []sql.RawBytes) {
				for _, v := range values {
					all.Write(v)
					all.WriteByte('\n')
				}
			})
			if err != nil {
				return fmt.Errorf("read %s: %w", table, err)
			}
			part("table "+table, all.Bytes())
		}
		part("names of tables", []byte(strings.Join(tables, "\n")))
		return nil
	}}
}

func rows(ctx context.Context, db *sql.DB, query string, each func([]sql.RawBytes)) (err error) {
	r, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	columns, err := r.Columns()
	if err != nil {
		return err
	}
	values, dest := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	for r.Next() {
		if err := r.Scan(dest...); err != nil {
			return err
		}
		each(values)
	}
	return r.Err()
}
