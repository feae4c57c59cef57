package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// visibleSQL asks how many databases and tables the account sees, and whether
// it sees a column of any.
const visibleSQL = `
SELECT (SELECT COUNT(*) FROM information_schema.schemata
         WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')),
       (SELECT COUNT(*) FROM information_schema.tables
         WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')),
       EXISTS (SELECT 1 FROM information_schema.columns
         WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys'))`

// Check connects, and says what an account that sees nothing is missing. A
// refused account is a missing permission; other failures to connect are errors.
func (r *Reader) Check(ctx context.Context) ([]string, error) {
	var (
		databases, tables int64
		columns           bool
	)
	err := r.with(ctx, source.Options{}, "check source", func(s *session) error {
		return s.each(ctx, "check source", visibleSQL, nil, func(rows *sql.Rows) error {
			return r.fault("check source", rows.Scan(&databases, &tables, &columns))
		})
	})
	if fault, ok := errors.AsType[*metadata.Fault](err); ok && fault.Kind == metadata.FaultDenied {
		return []string{fmt.Sprintf("the server refuses the account %q: %v", r.config.User, fault.Err)}, nil
	}
	switch {
	case err != nil:
		return nil, err
	case databases == 0:
		return []string{fmt.Sprintf("the account %q sees no database: grant it SELECT on the databases to describe", r.config.User)}, nil
	case tables > 0 && !columns:
		return []string{fmt.Sprintf("the account %q sees tables, but no column of any: grant it SELECT on them", r.config.User)}, nil
	default:
		return nil, nil
	}
}
