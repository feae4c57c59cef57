package mysql

import (
	"context"
	"database/sql"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// Find counts the values that are in a field. Integers are sent as such, since texts would not be looked up by the index.
func (r *Reader) Find(ctx context.Context, table *metadata.Table, field string, values []string, opts source.SampleOptions) (found int, err error) {
	err = r.with(ctx, opts.Reading(), opSample, func(s *session) error {
		ctx, cancel := context.WithTimeout(ctx, opts.Limit()+grace)
		defer cancel()
		m := &sample{session: s, table: table}
		if why, err := m.refusal(ctx); err != nil || why != "" {
			return err
		}
		question := "SELECT COUNT(*) FROM " + quoteTable(table.ID) + " WHERE " + quote(field) + " IN (" +
			strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ") + ")"
		return s.each(ctx, opSample, question, source.Arguments(table, field, values), func(rows *sql.Rows) error { return rows.Scan(&found) })
	})
	if err != nil {
		return 0, sampleFault(table.ID, r.fault(opSample, err))
	}
	return found, nil
}
