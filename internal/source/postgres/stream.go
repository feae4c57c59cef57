package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/semsync/semsync/internal/metadata"
)

// feed gives the rows of an answer in order of their ranks, which come first
// in them.
type feed interface {
	// next gives the next row, which is good until the call after.
	next() (row, bool, error)
}

// stream deals an answer out to the tables.
type stream struct {
	feed
	put  func(*draft, row)
	head row   // the first row that was not dealt out yet, nil where none is at hand
	rank int64 // of the last row
	done bool
}

var errOrder = errors.New("the server's answer is not in order")

// into puts the rows of a table into it, and passes over those of tables
// before it. Tables must come in order.
func (s *stream) into(d *draft) error {
	for !s.done {
		if s.head == nil {
			if err := s.read(); err != nil || s.done {
				return err
			}
		}
		if s.rank > d.rank {
			return nil
		}
		if s.rank == d.rank {
			s.put(d, s.head)
		}
		s.head = nil
	}
	return nil
}

func (s *stream) read() error {
	row, more, err := s.next()
	if err != nil || !more {
		s.done = true
		return err
	}
	rank := row.number(0)
	if rank < s.rank {
		return errOrder
	}
	s.head, s.rank = row, rank
	return nil
}

// drain reads to the end, where the server says whether all was well.
func (s *stream) drain() error {
	for !s.done {
		if err := s.read(); err != nil {
			return err
		}
	}
	return nil
}

// joiner makes tables of answers.
type joiner struct {
	shared *shared
	keep   func(metadata.TableID) bool
	yield  func(*metadata.Table) error
	last   metadata.TableID
	// stopped is yield's error.
	stopped error
}

// join reads all answers to their ends.
func (j *joiner) join(ctx context.Context, tables feed, details []*stream) error {
	for {
		row, more, err := tables.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := j.one(ctx, row, details); err != nil {
			return err
		}
	}
	for _, s := range details {
		if err := s.drain(); err != nil {
			return err
		}
	}
	return nil
}

func (j *joiner) one(ctx context.Context, row row, details []*stream) error {
	if err := ctx.Err(); err != nil {
		return err // rows may be at hand for long after
	}
	id := j.shared.id(row)
	if id.Compare(j.last) <= 0 {
		return fmt.Errorf("%w: %s after %s", errOrder, id, j.last)
	}
	j.last = id
	if !j.keep(id) {
		return nil
	}
	draft := j.shared.draft(id, row)
	for _, s := range details {
		if err := s.into(draft); err != nil {
			return err
		}
	}
	j.stopped = j.yield(draft.done())
	return j.stopped
}
