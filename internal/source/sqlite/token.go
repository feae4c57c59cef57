package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/semsync/semsync/internal/source"
)

// ChangeToken gives SQLite's schema_version with a digest of the schema. The
// version alone would be fooled by a file that another one replaced, since
// exports which are made anew by one script all have the same. SQLite has to
// read the schema anyway when it opens a file, so the digest costs little.
func (r *Reader) ChangeToken(ctx context.Context) (string, error) {
	var token string
	err := r.with(ctx, source.Options{}, opVersion, func(s *session) (err error) {
		token, err = s.token(ctx)
		return err
	})
	return token, err
}

const opVersion = "read schema version of source"

func (s *session) token(ctx context.Context) (string, error) {
	var version int64
	s.reader.queries.Add(1)
	if err := s.tx.QueryRowContext(ctx, "PRAGMA main.schema_version").Scan(&version); err != nil {
		return "", s.reader.fault(opVersion, err)
	}
	digest := sha256.New()
	err := s.each(ctx, opVersion, schemaSQL, nil, func(rows *sql.Rows) error {
		parts := make([]sql.RawBytes, 4)
		if err := rows.Scan(&parts[0], &parts[1], &parts[2], &parts[3]); err != nil {
			return s.reader.fault(opVersion, err)
		}
		for _, part := range parts {
			var size [8]byte
			binary.BigEndian.PutUint64(size[:], uint64(len(part)))
			digest.Write(size[:])
			digest.Write(part)
		}
		return nil
	})
	return strconv.FormatInt(version, 10) + "-" + hex.EncodeToString(digest.Sum(nil)), err
}
