package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Copied are new rows on their way into a table.
type Copied struct {
	Table   string // its usual name
	Columns []string
	Len     int // number of rows
	// Append adds the values of the i-th row to a slice, by Columns. They are nil, string, int, bool, uuid.UUID, []string for lists, and
	// *string, *bool and *float64, which are NULL when they are nil.
	Append func(values []any, i int) []any
}

// copy writes new rows, in the way that is fastest for the engine.
func (t *txn) copy(ctx context.Context, c Copied) error {
	if c.Len == 0 {
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
func (t *txn) insert(ctx context.Context, c Copied) error {
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", t.s.dialect.Qualify(c.Table), strings.Join(c.Columns, ", "), strings.Repeat(", ?", len(c.Columns)-1))
	statement, err := t.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer func() { _ = statement.Close() }() // the rows are in, or have failed already
	var row []any
	for i := range c.Len {
		row = c.Append(row[:0], i)
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
