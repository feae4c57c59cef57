package postgres

import (
	"context"
	"strings"

	"github.com/semsync/semsync/internal/source"
)

const opToken = "read change token of source"

// ChangeToken hashes the catalogs. It moves whenever the schema of a table
// that Discover yields does, and not when rows, statistics or temporary tables change.
func (r *Reader) ChangeToken(ctx context.Context) (string, error) {
	var token string
	err := r.with(ctx, opToken, source.Options{}, forCatalogs, func(s *session) error {
		return s.each(ctx, tokenQuery(s.conn.ParameterStatus("server_version")), nil, func(row row) error {
			token = row.text(0)
			return nil
		})
	})
	return token, err
}

// tokenQuery does without hashes of records on servers that have none.
func tokenQuery(version string) string {
	if strings.HasPrefix(version, "12.") || strings.HasPrefix(version, "13.") {
		return strings.ReplaceAll(tokenSQL, "hash_record_extended(t, 0)", "hashtextextended(t::text, 0)")
	}
	return tokenSQL
}
