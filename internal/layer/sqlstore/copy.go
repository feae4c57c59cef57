package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Copied are new rows on their way into a table. Their values are those that
// database/sql takes, pointers to them, and []string for lists.
type Copied struct {
	Table   string // its usual name
	Columns []string
	Rows    [][]any // by Columns
}

// copy writes new rows, in the way that is fastest for the engine.
func (t *txn) copy(ctx context.Context, c Copied) error {
	if len(c.Rows) == 0 {
		return nil
	}
	write := t.insert
	if t.s.dialect.Copy != nil {
		write = func(ctx context.Context, c Copied) error { return t.s.dialect.Copy(ctx, t.conn, c) }
	}
	if err := write(ctx, c); err != nil {
		return fmt.Errorf("copy into %s: %w", c.Table, err)
	}
	return nil
}

// insert writes rows by a prepared statement, one after another.
func (t *txn) insert(ctx context.Context, c Copied) (err error) {
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", t.s.dialect.Qualify(c.Table), strings.Join(c.Columns, ", "), strings.Repeat(", ?", len(c.Columns)-1))
	statement, err := t.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer func() { _ = statement.Close() }() // the rows are in, or have failed already
	for _, row := range c.Rows {
		if err := insertRow(ctx, statement, row); err != nil {
			return err
		}
	}
	return nil
}

func insertRow(ctx context.Context, statement *sql.Stmt, row []any) error {
	for i, v := range row {
		texts, is := v.([]string)
		switch {
		case !is:
		case texts == nil:
			row[i] = nil
		default:
			text, err := asJSON(texts)
			if err != nil {
				return err
			}
			row[i] = text
		}
	}
	_, err := statement.ExecContext(ctx, row...)
	return err
}
