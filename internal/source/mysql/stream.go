package mysql

import (
	"errors"

	"github.com/semsync/semsync/internal/metadata"
)

// row is one row of an answer: it belongs to a table.
type row interface {
	table() metadata.TableID
}

func (r tableRow) table() metadata.TableID     { return r.ID }
func (r columnRow) table() metadata.TableID    { return r.id }
func (r keyRow) table() metadata.TableID       { return r.id }
func (r indexRow) table() metadata.TableID     { return r.id }
func (r partitionRow) table() metadata.TableID { return r.id }

// stream gives an answer's rows, which come in byte order of their tables.
type stream[T row] struct {
	next func() (T, bool, error)

	head T    // the first row that was not taken yet
	held bool // whether there is a head
	rows []T  // what take returned, to be used again
}

var errOrder = errors.New("the server's answer is not in byte order")

// skip reads on to the first row that is not of a table before id.
func (s *stream[T]) skip(id metadata.TableID) error {
	for !s.held || s.head.table().Compare(id) < 0 {
		if done, err := s.read(); done || err != nil {
			return err
		}
	}
	return nil
}

// read takes the next row for head.
func (s *stream[T]) read() (done bool, err error) {
	row, more, err := s.next()
	if err != nil || !more {
		s.held = false
		return true, err
	}
	if s.held && row.table().Compare(s.head.table()) < 0 {
		return false, &metadata.Fault{
			Kind: metadata.FaultBug, Class: metadata.ClassBug,
			Op: "read catalog of", Subject: row.table().Qualified(), Err: errOrder,
		}
	}
	s.head, s.held = row, true
	return false, nil
}

// take gives the rows of one table. They are good until the next take. Tables
// must be taken in order.
func (s *stream[T]) take(id metadata.TableID) ([]T, error) {
	s.rows = s.rows[:0]
	if err := s.skip(id); err != nil {
		return nil, err
	}
	for s.held && s.head.table() == id {
		s.rows = append(s.rows, s.head)
		if _, err := s.read(); err != nil {
			return nil, err
		}
	}
	return s.rows, nil
}
