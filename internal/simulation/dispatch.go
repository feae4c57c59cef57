package simulation

import (
	"strconv"

	"github.com/semsync/semsync/internal/layer"
)

// checkQueue finds out whether the queue lost or rolled back its contents, and makes all open batches due when it did.
func (t *term) checkQueue(then func(error)) {
	q, l := t.c.w.queue, t.c.w.ledger
	var there, want string
	q.call(t.c.proc, func() { there = q.marker }, func(err error) {
		if err != nil {
			then(err)
			return
		}
		t.c.call("mark", func() error { want = l.QueueMark(); return nil }, func(err error) {
			if err != nil || (there != "" && there == want) {
				then(err)
				return
			}
			t.c.call("dispatch anew", func() error { _, err := l.RedispatchAll(t.lease); return err }, func(err error) {
				if err != nil {
					then(err)
					return
				}
				t.mark(then)
			})
		})
	})
}

// mark puts a new mark into the layer and then into the queue.
func (t *term) mark(then func(error)) {
	w := t.c.w
	mark := strconv.FormatUint(w.rng.Uint64(), 36)
	t.c.call("set mark", func() error { return w.ledger.SetQueueMark(t.lease, mark) }, func(err error) {
		if err != nil {
			then(err)
			return
		}
		w.queue.call(t.c.proc, func() { w.queue.marker = mark }, then)
	})
}

// dispatch enqueues what is due of a run. That it could not is no reason not to go on.
func (t *term) dispatch(r Run, then func()) {
	l := t.c.w.ledger
	var due []layer.Batch
	t.c.call("due batches", func() error { due = l.DueBatches(r.ID); return nil }, func(err error) {
		if err != nil || len(due) == 0 {
			then()
			return
		}
		t.sort(r, due, nil, nil, func(send, keep []int, err error) {
			switch {
			case err != nil:
				then()
			case len(keep) == 0:
				t.sendOff(r, send, then)
			default:
				t.c.call("postpone", func() error { return l.Postpone(t.lease, r.ID, keep, redispatch) }, func(err error) {
					if err != nil {
						then()
						return
					}
					t.sendOff(r, send, then)
				})
			}
		})
	})
}

// sort tells batches that must be sent from those that the queue still has.
func (t *term) sort(r Run, due []layer.Batch, send, keep []int, then func(send, keep []int, err error)) {
	if len(due) == 0 {
		then(send, keep, nil)
		return
	}
	b := due[0]
	if !b.Overdue {
		t.sort(r, due[1:], append(send, b.Number), keep, then)
		return
	}
	waiting := false
	q := t.c.w.queue
	q.call(t.c.proc, func() { waiting = q.waiting(Ref{r.ID, b.Number, b.Generation}) }, func(err error) {
		switch {
		case err != nil:
			then(nil, nil, err)
		case waiting:
			t.sort(r, due[1:], send, append(keep, b.Number), then)
		default:
			t.sort(r, due[1:], append(send, b.Number), keep, then)
		}
	})
}

// sendOff raises the generations of batches, marks the dispatch and enqueues them.
func (t *term) sendOff(r Run, batches []int, then func()) {
	if len(batches) == 0 {
		then()
		return
	}
	var refs []Ref
	t.c.call("dispatch", func() (err error) {
		refs, err = t.c.w.ledger.MarkDispatched(t.lease, r.ID, batches, redispatch)
		return err
	}, func(err error) {
		if err != nil {
			then()
			return
		}
		t.mark(func(err error) {
			if err != nil {
				then()
				return
			}
			t.enqueue(refs, then)
		})
	})
}

func (t *term) enqueue(refs []Ref, then func()) {
	if len(refs) == 0 {
		then()
		return
	}
	q := t.c.w.queue
	q.call(t.c.proc, func() { q.enqueue(refs[0]) }, func(err error) {
		if err != nil {
			then()
			return
		}
		t.enqueue(refs[1:], then)
	})
}
