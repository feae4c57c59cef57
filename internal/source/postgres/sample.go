package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const (
	// forSample keeps one question on one core, and finds functions and
	// operators of nobody's making but the server's.
	forSample = forRows + " SET LOCAL search_path = pg_catalog; SET LOCAL jit = off;" +
		" SET LOCAL max_parallel_workers_per_gather = 0;"
	// sampleBlocks is from how many blocks rows come at least: neighbours are alike.
	sampleBlocks = 32
	// mostParts is of how many partitions a table may be: each is locked.
	mostParts = 500
	// spare is how many rows more than wanted are aimed at, since estimates err.
	spare = 1.5
	// slots is in how many parts the rows of a block are dealt.
	slots = 1024
)

// Sample reads rows of some blocks that TABLESAMPLE SYSTEM picks, or the first rows of a
// table of few blocks. As long as nobody writes the table, they stay the same.
func (r *Reader) Sample(
	ctx context.Context, table *metadata.Table, opts source.SampleOptions, yield func([]source.Value) error,
) (source.Sampled, error) {
	wanted := opts.Wanted(table)
	if len(wanted) == 0 {
		return source.Sampled{Skipped: "no field has a type that is sampled"}, nil
	}
	var (
		sampled source.Sampled
		stopped error // yield's own
	)
	err := r.with(ctx, "sample", opts.Reading(), forSample, func(s *session) error {
		ctx, cancel := context.WithTimeout(ctx, opts.Limit()+grace)
		defer cancel()
		size, err := s.size(ctx, table.ID)
		if err != nil {
			return err
		}
		if sampled.Skipped = size.refusal(); sampled.Skipped != "" {
			return nil
		}
		values := make([]source.Value, len(wanted))
		return s.each(ctx, sampleStatement(table, wanted, size, opts.Rows()), nil, func(row row) error {
			for i := range values {
				values[i] = source.Value{Text: row.text(i), Null: row.null(i)}
			}
			sampled.Rows++
			stopped = yield(values)
			return stopped
		})
	})
	if stopped != nil {
		return sampled, stopped
	}
	if err != nil {
		return sampled, sampleFault(table.ID, err)
	}
	return sampled, nil
}

func sampleFault(id metadata.TableID, err error) error {
	code := ""
	if refusal, is := errors.AsType[*pgconn.PgError](err); is {
		code = "SQLSTATE " + refusal.Code
	}
	return source.SampleFault(id, metadata.AsFault(err), code)
}

// size is how large a table is.
type size struct {
	kind          byte
	blocks        int64   // now
	density       float64 // rows in a block, 0 when unknown
	parts         int64   // the table itself and its partitions
	foreignParts  int64
	partitionRoot bool
}

func (s *session) size(ctx context.Context, id metadata.TableID) (size, error) {
	var found *size
	err := s.each(ctx, sampleSQL, [][]byte{[]byte(id.Database), []byte(id.Name)}, func(row row) error {
		found = &size{kind: row.char(0), blocks: row.number(1), foreignParts: row.number(4), parts: row.number(5)}
		found.partitionRoot = found.kind == 'p'
		if pages := row.double(3); pages > 0 {
			found.density = row.double(2) / pages
		}
		return nil
	})
	if err != nil {
		return size{}, err
	}
	if found == nil {
		return size{}, &metadata.Fault{
			Kind: metadata.FaultMissing, Class: metadata.ClassNotFound, Err: errors.New("there is no such table"),
		}
	}
	return *found, nil
}

// refusal says why such a table is not sampled, "" when it is.
func (z size) refusal() string {
	switch {
	case z.kind == 'v':
		return "a view may read whole tables"
	case z.kind == 'f':
		return "a foreign table may be read as a whole"
	case z.foreignParts > 0:
		return "a partition is a foreign table, which may be read as a whole"
	case z.parts > mostParts:
		return "it has more than " + strconv.Itoa(mostParts) + " partitions"
	default:
		return ""
	}
}

// sampleStatement reads rows from blocks picked by a fixed seed. What a table
// of few blocks lacks in rows that can be seen makes it read no more than those blocks.
func sampleStatement(table *metadata.Table, wanted []int, size size, rows int) string {
	columns := make([]string, len(wanted))
	for i, place := range wanted {
		name := pgx.Identifier{table.Fields[place].Name}.Sanitize()
		columns[i] = fmt.Sprintf(`pg_catalog."left"(%s::pg_catalog.text, %d)`, name, source.MaxValueLength)
	}
	only := "ONLY " // not those that inherit
	if size.partitionRoot {
		only = ""
	}
	from := only + pgx.Identifier{table.ID.Database, table.ID.Name}.Sanitize()
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + from + size.narrowing(rows) + " LIMIT " + strconv.Itoa(rows)
}

// narrowing is how a statement reads few of a table's blocks, and few of their rows.
func (z size) narrowing(rows int) string {
	blocks := float64(sampleBlocks + rows) // as if a block held one
	share := 1.0
	if z.density > 0 {
		blocks = max(sampleBlocks, math.Ceil(2*float64(rows)/z.density))
		share = spare * float64(rows) / (blocks * z.density)
	}
	if float64(z.blocks) <= 4*blocks {
		return ""
	}
	out := fmt.Sprintf(" TABLESAMPLE SYSTEM (%g) REPEATABLE (0)", 100*blocks/float64(z.blocks))
	if share < 1 {
		out += fmt.Sprintf(" WHERE (pg_catalog.hashtext(ctid::pg_catalog.text) & %d) < %d", slots-1, int(math.Ceil(share*slots)))
	}
	return out
}
