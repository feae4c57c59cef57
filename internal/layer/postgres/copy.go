package postgres

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/semsync/semsync/internal/layer/sqlstore"
)

// buffers are those of finished copies. A checkpoint's rows are some megabytes at most.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// copy writes new rows by COPY within the transaction of the connection.
//
// The rows are encoded here and not by pgx, which looks up how to encode each
// value and asks the server for the types of the columns: that took a sixth of
// a worker's time.
func (cfg Config) copy(ctx context.Context, conn *sql.Conn, rows sqlstore.Copied) error {
	buffer, ok := buffers.Get().(*[]byte)
	if !ok {
		return errors.New("the pool holds something else")
	}
	defer buffers.Put(buffer)
	text, err := appendRows((*buffer)[:0], rows)
	*buffer = text
	if err != nil {
		return err
	}
	names := make([]string, len(rows.Columns))
	for i, c := range rows.Columns {
		names[i] = pgx.Identifier{c}.Sanitize()
	}
	statement := "COPY " + cfg.qualify(rows.Table) + " (" + strings.Join(names, ", ") + ") FROM STDIN (FORMAT binary)"
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver is %T", driver)
		}
		_, err := c.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(text), statement)
		return err
	})
}

// appendRows encodes rows in PostgreSQL's binary format of COPY; see its manual.
func appendRows(b []byte, rows sqlstore.Copied) ([]byte, error) {
	b = append(b, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	var values []any
	for i := range rows.Len {
		values = rows.Append(values[:0], i)
		b = binary.BigEndian.AppendUint16(b, uint16(len(values))) //nolint:gosec // a table has 1,600 columns at most
		for _, v := range values {
			var err error
			if b, err = appendValue(b, v); err != nil {
				return b, err
			}
		}
	}
	return append(b, 0xff, 0xff), nil
}

// appendValue encodes a value for a column of the type that the layer has for
// it: text and json for strings, integer, boolean, uuid, double precision and text[].
func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return appendNull(b), nil
	case string:
		return appendText(b, v), nil
	case *string:
		if v == nil {
			return appendNull(b), nil
		}
		return appendText(b, *v), nil
	case int:
		if v < math.MinInt32 || v > math.MaxInt32 {
			return b, fmt.Errorf("%d does not fit into an integer column", v)
		}
		return binary.BigEndian.AppendUint32(appendLength(b, 4), uint32(v)), nil //nolint:gosec // in two's complement, checked above
	case bool:
		return appendBool(b, v), nil
	case *bool:
		if v == nil {
			return appendNull(b), nil
		}
		return appendBool(b, *v), nil
	case *float64:
		if v == nil {
			return appendNull(b), nil
		}
		return binary.BigEndian.AppendUint64(appendLength(b, 8), math.Float64bits(*v)), nil
	case uuid.UUID:
		return append(appendLength(b, len(v)), v[:]...), nil
	case []string:
		return appendList(b, v), nil
	default:
		return b, fmt.Errorf("a value of type %T cannot be copied", v)
	}
}

func appendLength(b []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(n)) //nolint:gosec // a value has a gigabyte at most
}

func appendNull(b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff) }

func appendText(b []byte, text string) []byte { return append(appendLength(b, len(text)), text...) }

func appendBool(b []byte, is bool) []byte {
	b = appendLength(b, 1)
	if is {
		return append(b, 1)
	}
	return append(b, 0)
}

// appendList encodes an array of texts of one dimension, or of none when it is empty.
func appendList(b []byte, texts []string) []byte {
	if texts == nil {
		return appendNull(b)
	}
	start := len(b)
	b = appendLength(b, 0) // known at the end
	if len(texts) == 0 {
		b = appendHeader(b, 0)
	} else {
		b = appendHeader(b, 1)
		b = appendLength(appendLength(b, len(texts)), 1) // the first index
		for _, t := range texts {
			b = appendText(b, t)
		}
	}
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-4)) //nolint:gosec // as in appendLength
	return b
}

func appendHeader(b []byte, dimensions int) []byte {
	b = appendLength(appendLength(b, dimensions), 0) // no element is NULL
	return binary.BigEndian.AppendUint32(b, pgtype.TextOID)
}
