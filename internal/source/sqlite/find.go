package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// Find counts the values that are in a field.
func (r *Reader) Find(ctx context.Context, table *metadata.Table, field string, values []string, opts source.SampleOptions) (found int, err error) {
	err = r.with(ctx, opts.Reading(), opSample, func(s *session) error {
		ctx, cancel := context.WithTimeout(ctx, opts.Limit())
		defer cancel()
		m := &sample{session: s, table: table}
		if kind, _, err := m.kind(ctx); err != nil || kind != "table" {
			return err
		}
		question := "SELECT count(*) FROM " + m.from() + " WHERE t." + quote(field) + " IN (" +
			strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ") + ")"
		return s.each(ctx, opSample, question, source.Arguments(table, field, values), func(rows *sql.Rows) error { return rows.Scan(&found) })
	})
	if err != nil {
		return 0, sampleFault(table.ID, r.fault(opSample, err))
	}
	return found, nil
}
