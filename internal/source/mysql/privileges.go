package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// credentials are what a server may print behind an account's first grant.
// They say nothing of what the account may see.
var credentials = regexp.MustCompile(`^(GRANT .* ON \*\.\* TO .*?) IDENTIFIED .*$`)

// privileges gives a digest of the account's grants and those of its active
// roles.
func (s *session) privileges(ctx context.Context) (string, error) {
	using := ""
	if s.reader.roles {
		role, err := s.strings(ctx, "SELECT CURRENT_ROLE()")
		if err != nil {
			return "", err
		}
		if len(role) == 1 && role[0] != "NONE" {
			using = " FOR CURRENT_USER() USING " + role[0] // the server has quoted it
		}
	}
	grants, err := s.strings(ctx, "SHOW GRANTS"+using)
	if err != nil {
		return "", err
	}
	for i, grant := range grants {
		grants[i] = credentials.ReplaceAllString(grant, "$1")
	}
	slices.Sort(grants)
	sum := sha256.Sum256([]byte(strings.Join(grants, "\n")))
	return hex.EncodeToString(sum[:]), nil
}

// strings gives the answer to a question of one column.
func (s *session) strings(ctx context.Context, question string) ([]string, error) {
	const op = "read privileges at source"
	var values []string
	err := s.each(ctx, op, question, nil, func(rows *sql.Rows) error {
		var value string
		err := rows.Scan(&value)
		values = append(values, value)
		return s.reader.fault(op, err)
	})
	return values, err
}
