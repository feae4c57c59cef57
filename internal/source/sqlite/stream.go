package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/semsync/semsync/internal/metadata"
)

// stream gives an answer's rows, which come in byte order of their tables.
type stream[T row] struct {
	next func() (T, bool, error)

	head T    // the first row that was not taken yet
	held bool // whether there is a head
	rows []T  // what take returned, to be used again
}

var errOrder = errors.New("the answer is not in byte order")

// read takes the next row for head.
func (s *stream[T]) read() (done bool, err error) {
	row, more, err := s.next()
	if err != nil || !more {
		s.held = false
		return true, err
	}
	if s.held && row.table() < s.head.table() {
		return true, &metadata.Fault{
			Kind: metadata.FaultBug, Class: metadata.ClassBug,
			Op: opSchema, Subject: row.table(), Err: errOrder,
		}
	}
	s.head, s.held = row, true
	return false, nil
}

// take gives the rows of one table. They are good until the next take. Tables
// must be taken in order.
func (s *stream[T]) take(name string) ([]T, error) {
	s.rows = s.rows[:0]
	for !s.held || s.head.table() < name {
		if done, err := s.read(); done || err != nil {
			return nil, err
		}
	}
	for s.held && s.head.table() == name {
		s.rows = append(s.rows, s.head)
		if _, err := s.read(); err != nil {
			return nil, err
		}
	}
	return s.rows, nil
}

// streamed asks a question and gives its answer as it comes.
func streamed[T row](
	ctx context.Context, s *session, question string, of names, scan func(*sql.Rows) (T, error),
) (*stream[T], error) {
	text, arguments := of.apply(question)
	rows, err := s.ask(ctx, text, arguments...) //nolint:rowserrcheck // next checks it at the end
	if err != nil {
		return nil, s.reader.fault(opSchema, err)
	}
	return &stream[T]{next: func() (T, bool, error) {
		var none T
		if !rows.Next() {
			return none, false, s.reader.fault(opSchema, rows.Err())
		}
		row, err := scan(rows)
		return row, true, s.reader.fault(opSchema, err)
	}}, nil
}
