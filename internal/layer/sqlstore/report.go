package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

func runTableDest(r *layer.RunTable) []any {
	return []any{
		&r.Table.Source, &r.Table.Database, &r.Table.Name, &r.Reason, &r.State, &r.Batch, &r.Attempt, &r.FailCount, &r.CrashCount,
		&r.Class, &r.Error, &r.Fields, &r.Changes, &r.Duration,
	}
}

// millis gives the duration of a number of milliseconds that was scanned as one.
func millis(n time.Duration) time.Duration { return time.Duration(n.Nanoseconds()) * time.Millisecond }

// RunTables streams ledger rows.
func (s *Store) RunTables(ctx context.Context, run metadata.RunID, states []metadata.LedgerState, yield func(layer.RunTable) error) error {
	var filter strings.Builder
	for _, st := range states {
		filter.WriteString("," + string(st))
	}
	if len(states) > 0 {
		filter.WriteByte(',')
	}
	return s.each(ctx, "RunTables", []any{run.String(), filter.String()}, func(rows *sql.Rows) error {
		var r layer.RunTable
		if err := rows.Scan(runTableDest(&r)...); err != nil {
			return err
		}
		r.Duration = millis(r.Duration)
		return yield(r)
	})
}

// Changes streams the change log of a run.
func (s *Store) Changes(ctx context.Context, run metadata.RunID, yield func(metadata.Change) error) error {
	return s.each(ctx, "Changes", []any{run.String()}, func(rows *sql.Rows) error {
		c, err := scanChange(rows)
		if err != nil {
			return err
		}
		return yield(c)
	})
}

func scanChange(rows *sql.Rows) (c metadata.Change, err error) {
	var at moment
	var content sql.NullString
	err = rows.Scan(&c.ID, &c.Table.Source, &c.Table.Database, &c.Table.Name, &c.Field, &c.Attribute, &c.Old, &c.New, &c.Confidence, &c.Reason,
		&c.Held, &c.Status, &at, &c.DecidedBy, &c.Comment, &content)
	c.At = at.Time
	if content.Valid {
		c.Content = []byte(content.String)
	}
	return c, err
}

// Fields streams live field rows.
func (s *Store) Fields(ctx context.Context, yield func(metadata.FieldRecord) error) error {
	return s.each(ctx, "Fields", nil, func(rows *sql.Rows) error {
		r, err := scanField(rows)
		if err != nil {
			return err
		}
		return yield(r)
	})
}

// Digest is a hash over what people read.
func (s *Store) Digest(ctx context.Context) (string, error) {
	h := sha256.New()
	for _, query := range []string{"DigestTables", "DigestFields", "DigestStates"} {
		err := s.each(ctx, query, nil, func(rows *sql.Rows) error {
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			values, dest := make([]sql.NullString, len(columns)), make([]any, len(columns))
			for i := range values {
				dest[i] = &values[i]
			}
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			for _, v := range values {
				text := "-"
				if v.Valid {
					text = "+" + v.String
				}
				if err := binary.Write(h, binary.BigEndian, int64(len(text))); err != nil {
					return err
				}
				h.Write([]byte(text))
			}
			return nil
		})
		if err != nil {
			return "", fmt.Errorf("digest of the layer (%s): %w", strings.ToLower(query), err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
