package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
)

// columns asks for columns, and asks again after each view or virtual table
// that SQLite cannot resolve.
type columns struct {
	session *session
	of      names
	rows    *sql.Rows // nil before the first question and after each failure
	last    *string   // the table of the last row
	// broken has why tables could not be resolved, until problem is asked.
	broken map[string]error
}

// stream gives the columns; the broken tables have none.
func (c *columns) stream(ctx context.Context) *stream[columnRow] {
	return &stream[columnRow]{next: func() (columnRow, bool, error) {
		for {
			row, more, err := c.next(ctx)
			if err == nil {
				return row, more, nil
			}
			if err := c.skip(ctx, err); err != nil {
				return columnRow{}, false, c.session.reader.fault(opSchema, err)
			}
		}
	}}
}

func (c *columns) next(ctx context.Context) (columnRow, bool, error) {
	if c.rows == nil {
		text, arguments := c.of.apply(columnsSQL)
		rows, err := c.session.ask(ctx, text, arguments...) //nolint:rowserrcheck // checked below, at the end
		if err != nil {
			return columnRow{}, false, err
		}
		c.rows = rows
	}
	if !c.rows.Next() {
		return columnRow{}, false, c.rows.Err()
	}
	row, err := scanColumn(c.rows)
	if err == nil && (c.last == nil || *c.last != row.of) {
		c.last = &row.of
	}
	return row, true, err
}

// culpritSQL finds the first table after those that were read. All tables
// before it gave rows, so it is the one that could not be resolved.
const culpritSQL = `
SELECT name, COALESCE(rootpage, 0) = 0 FROM main.sqlite_schema
 WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' /* names */
 ORDER BY name LIMIT 1`

// skip notes which table a failure is of and goes on after it. It returns the
// failure itself when it is not one of resolving a view or virtual table.
func (c *columns) skip(ctx context.Context, failure error) error {
	reason, ok := errors.AsType[*sqlite.Error](failure)
	if !ok || reason.Code() != codeError {
		return failure
	}
	if c.last != nil {
		c.of.after = c.last
	}
	var (
		name    string
		virtual bool
	)
	text, arguments := c.of.apply(culpritSQL)
	c.session.reader.queries.Add(1)
	err := c.session.tx.QueryRowContext(ctx, text, arguments...).Scan(&name, &virtual)
	if err != nil || !virtual {
		return failure
	}
	c.broken[name] = failure
	c.of.after, c.last, c.rows = &name, &name, nil
	return nil
}

// problem gives why a table whose columns were taken is broken; nil when it is not.
func (c *columns) problem(name string) error {
	problem := c.broken[name]
	delete(c.broken, name)
	return problem
}
