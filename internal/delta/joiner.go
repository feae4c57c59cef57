package delta

import (
	"errors"
	"fmt"
	"iter"

	"github.com/semsync/semsync/internal/metadata"
)

// ErrFinished says that a joiner was used after its end.
var ErrFinished = errors.New("the comparison of tables and states has ended")

// OrderError says that a stream is not strictly ascending by database and
// name, or mixes sources. Nothing may be concluded from it.
type OrderError struct {
	Stream      string // "tables" or "states"
	Last, Table metadata.TableID
}

// Error names both tables.
func (e *OrderError) Error() string {
	return fmt.Sprintf("%s out of order: %s after %s", e.Stream, e.Table.Qualified(), e.Last.Qualified())
}

// Joiner merges the sorted tables of one source with the sorted states that
// are recorded of it. Tables are pushed into it, states are pulled by it. After an
// error it is dead: every later call gives the same error, and no table is
// ever called dropped. It is for one goroutine.
type Joiner struct {
	detector *Detector
	hasher   *Hasher
	clues    Clues
	next     func() (metadata.TableState, bool, error)
	emit     func(Decision) error

	state   metadata.TableState // the next one that was not joined yet
	pending bool                // state holds one
	ended   bool                // there are no more states
	states  cursor
	tables  cursor
	absent  []absence
	err     error
}

// absence is a recorded table that the source did not show.
type absence struct {
	id       metadata.TableID
	objectID string
}

// NewJoiner makes a joiner. next gives the recorded states of the source one
// after another, and false at their end. emit gets the decisions: those about
// tables of the source as they are pushed, those about absent ones at Finish.
func NewJoiner(d *Detector, clues Clues, next func() (metadata.TableState, bool, error), emit func(Decision) error) *Joiner {
	return &Joiner{
		detector: d, hasher: d.Hasher(), clues: clues, next: next, emit: emit,
		states: cursor{stream: "states"}, tables: cursor{stream: "tables"},
	}
}

// Table joins the next table of the source. The table is not kept.
func (j *Joiner) Table(t *metadata.Table) error {
	if j.err == nil {
		j.err = j.join(t)
	}
	return j.err
}

// Finish ends the join. When the source was read completely, the recorded tables that
// it did not show are dropped; else they are missing.
func (j *Joiner) Finish(complete bool) error {
	if j.err == nil {
		j.err = j.finish(complete)
	}
	if j.err != nil {
		return j.err
	}
	j.err = ErrFinished
	return nil
}

func (j *Joiner) join(t *metadata.Table) error {
	if err := j.tables.pass(t.ID); err != nil {
		return err
	}
	if err := j.skipTo(&t.ID); err != nil {
		return err
	}
	var state *metadata.TableState
	if j.pending && j.state.ID == t.ID {
		state, j.pending = &j.state, false
	}
	return j.emit(j.detector.judge(j.hasher, t, state, &j.clues))
}

// skipTo notes the states before id, or all that are left when id is nil, as absent.
func (j *Joiner) skipTo(id *metadata.TableID) error {
	for {
		if err := j.pull(); err != nil {
			return err
		}
		if !j.pending {
			return nil
		}
		if id != nil {
			if err := j.sameSource(*id); err != nil {
				return err
			}
			if j.state.ID.Compare(*id) >= 0 {
				return nil
			}
		}
		j.absent = append(j.absent, absence{j.state.ID, j.state.ObjectID})
		j.pending = false
	}
}

// pull makes the next state pending, unless one is or none is left.
func (j *Joiner) pull() error {
	if j.pending || j.ended {
		return nil
	}
	state, ok, err := j.next()
	if err != nil {
		return fmt.Errorf("read recorded states: %w", err)
	}
	if !ok {
		j.ended = true
		return nil
	}
	j.state, j.pending = state, true
	return j.states.pass(state.ID)
}

func (j *Joiner) sameSource(id metadata.TableID) error {
	if j.state.ID.Source == id.Source {
		return nil
	}
	return &OrderError{Stream: j.states.stream, Last: id, Table: j.state.ID}
}

func (j *Joiner) finish(complete bool) error {
	if err := j.skipTo(nil); err != nil {
		return err
	}
	verdict := VerdictMissing
	if complete {
		verdict = VerdictDropped
	}
	for _, a := range j.absent {
		if err := j.emit(Decision{Table: a.id, ObjectID: a.objectID, Verdict: verdict}); err != nil {
			return err
		}
	}
	j.absent = nil
	return nil
}

// cursor watches that a stream ascends.
type cursor struct {
	stream string
	last   metadata.TableID
	begun  bool
}

func (c *cursor) pass(id metadata.TableID) error {
	if c.begun && (id.Source != c.last.Source || id.Compare(c.last) <= 0) {
		return &OrderError{Stream: c.stream, Last: c.last, Table: id}
	}
	c.last, c.begun = id, true
	return nil
}

// PullStates turns a stream of states that is pushed into a callback, as the layer
// gives it, into the one that a joiner pulls. stop must be called when the joiner is done.
func PullStates(stream func(yield func(metadata.TableState) error) error) (next func() (metadata.TableState, bool, error), stop func()) {
	seq := func(yield func(metadata.TableState, error) bool) {
		wanted := true
		err := stream(func(s metadata.TableState) error {
			if wanted = wanted && yield(s, nil); !wanted {
				return errStopped
			}
			return nil
		})
		if err != nil && wanted {
			yield(metadata.TableState{}, err)
		}
	}
	pull, stop := iter.Pull2(seq)
	return func() (metadata.TableState, bool, error) {
		s, err, ok := pull()
		return s, ok && err == nil, err
	}, stop
}

var errStopped = errors.New("no more states are wanted")
