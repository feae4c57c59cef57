package postgres

import (
	"context"
	"strconv"

	"github.com/semsync/semsync/internal/source"
)

// fetched is how many rows of a cursor are held in memory.
const fetched = 2000

// discoverInTurn reads the questions as cursors of one session, which has one
// query in flight at a time.
func (s *session) discoverInTurn(ctx context.Context, opts source.Options, j *joiner) error {
	tables, err := s.declare(ctx, "tables", askTables)
	if err != nil {
		return err
	}
	questions := details(opts)
	streams := make([]*stream, len(questions))
	for i, q := range questions {
		cursor, err := s.declare(ctx, "detail_"+strconv.Itoa(i), q)
		if err != nil {
			return err
		}
		streams[i] = &stream{feed: cursor, put: q.put}
	}
	return j.join(ctx, tables, streams)
}

func (s *session) declare(ctx context.Context, name string, q question) (*cursor, error) {
	_, err := s.simple(ctx, "DECLARE "+name+" NO SCROLL CURSOR FOR "+q.ranked(s.encoding()))
	fetch := func() *answer {
		return s.ask(ctx, "FETCH FORWARD "+strconv.Itoa(fetched)+" FROM "+name, inBinary)
	}
	return &cursor{fetch: fetch}, err
}

// cursor reads a question some rows at a time, so that others can be read in between.
type cursor struct {
	fetch func() *answer
	rows  []row
	place int // of the next row
	ended bool
}

func (c *cursor) next() (row, bool, error) {
	if c.place == len(c.rows) {
		if c.ended {
			return nil, false, nil
		}
		if err := c.refill(); err != nil || len(c.rows) == 0 {
			return nil, false, err
		}
	}
	c.place++
	return c.rows[c.place-1], true, nil
}

func (c *cursor) refill() error {
	answer := c.fetch()
	defer answer.close()
	c.rows, c.place = c.rows[:0], 0
	for {
		row, more, err := answer.next()
		if err != nil {
			return err
		}
		if !more {
			c.ended = len(c.rows) < fetched
			return nil
		}
		c.rows = append(c.rows, row.clone())
	}
}

// clone copies a row out of the connection's buffer.
func (r row) clone() row {
	size := 0
	for _, value := range r {
		size += len(value)
	}
	buffer := make([]byte, 0, size)
	out := make(row, len(r))
	for i, value := range r {
		if value != nil {
			start := len(buffer)
			buffer = append(buffer, value...)
			out[i] = buffer[start:len(buffer):len(buffer)]
		}
	}
	return out
}
