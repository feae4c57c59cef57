package simulation

import "time"

// event is something to be done at a time.
type event struct {
	at time.Duration
	n  uint64 // of two at the same time, the one that was added first
	p  *proc
	fn func()
}

func (e *event) before(o *event) bool { return e.at < o.at || (e.at == o.at && e.n < o.n) }

// heap gives events in the order of time.
type heap []event

func (h *heap) push(e event) {
	q := append(*h, e)
	for i := len(q) - 1; i > 0; {
		up := (i - 1) / 2
		if !q[i].before(&q[up]) {
			break
		}
		q[i], q[up] = q[up], q[i]
		i = up
	}
	*h = q
}

func (h *heap) pop() (e event, ok bool) {
	q := *h
	if len(q) == 0 {
		return e, false
	}
	e = q[0]
	last := len(q) - 1
	q[0], q[last] = q[last], event{}
	q = q[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if down+1 < last && q[down+1].before(&q[down]) {
			down++
		}
		if !q[down].before(&q[i]) {
			break
		}
		q[i], q[down] = q[down], q[i]
		i = down
	}
	*h = q
	return e, true
}
