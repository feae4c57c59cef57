package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// Find counts the values that are in a field. The server takes the parameters for values of the field's own type, so that its index serves.
func (r *Reader) Find(ctx context.Context, table *metadata.Table, field string, values []string, opts source.SampleOptions) (found int, err error) {
	marks, parameters := make([]string, len(values)), make([][]byte, len(values))
	for i, v := range values {
		marks[i], parameters[i] = fmt.Sprintf("$%d", i+1), []byte(v)
	}
	err = r.with(ctx, "sample", opts.Reading(), forSample, func(s *session) error {
		ctx, cancel := context.WithTimeout(ctx, opts.Limit()+grace)
		defer cancel()
		size, err := s.size(ctx, table.ID)
		if err != nil || size.refusal() != "" {
			return err
		}
		question := "SELECT pg_catalog.count(*) FROM " + pgx.Identifier{table.ID.Database, table.ID.Name}.Sanitize() +
			" WHERE " + pgx.Identifier{field}.Sanitize() + " IN (" + strings.Join(marks, ", ") + ")"
		return s.each(ctx, question, parameters, func(row row) error {
			found = int(row.number(0))
			return nil
		})
	})
	if err != nil {
		return 0, sampleFault(table.ID, err)
	}
	return found, nil
}
