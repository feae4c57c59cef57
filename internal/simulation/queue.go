package simulation

import (
	"slices"
	"time"
)

// queue is Asynq over a Redis that may forget.
type queue struct {
	w      *World
	tasks  []*task
	marker string
	away   time.Duration // until when it cannot be reached
	saved  *saved
}

// saved is a snapshot of the queue.
type saved struct {
	tasks  []task
	marker string
}

type taskState int

const (
	taskPending taskState = iota
	taskActive
	taskRetry
	taskArchived
)

type task struct {
	ref   Ref
	state taskState
	at    time.Duration // when a retry is due
	by    *proc         // who works on it
	since time.Duration // when it lost that one
}

func (q *queue) find(ref Ref) *task {
	i := slices.IndexFunc(q.tasks, func(t *task) bool { return t.ref == ref })
	if i < 0 {
		return nil
	}
	return q.tasks[i]
}

// call asks the queue, with the same troubles as the database.
func (q *queue) call(p *proc, do func(), then func(error)) {
	w := q.w
	if q.away > w.now || w.fault(0.01) {
		p.after(w.between(time.Millisecond, time.Second), func() { then(errAway) })
		return
	}
	w.at(w.now+w.latency(), nil, func() {
		do()
		p.answer("queue", nil, then)
	})
}

// enqueue adds a task; one that is there already stays as it is.
func (q *queue) enqueue(ref Ref) {
	if q.find(ref) != nil || q.w.fault(0.03) { // the second is a lost one
		return
	}
	q.tasks = append(q.tasks, &task{ref: ref})
}

// waiting tells whether a task is still to be delivered.
func (q *queue) waiting(ref Ref) bool {
	t := q.find(ref)
	return t != nil && (t.state == taskPending || t.state == taskRetry)
}

// fetch delivers a task.
func (q *queue) fetch(p *proc) *task {
	w := q.w
	if q.away > w.now || len(q.tasks) == 0 {
		return nil
	}
	start := w.rng.IntN(len(q.tasks))
	for i := range q.tasks {
		t := q.tasks[(start+i)%len(q.tasks)]
		if t.state == taskPending || (t.state == taskRetry && t.at <= w.now) || (t.state == taskActive && w.fault(0.05)) { // the last is a duplicate
			t.state, t.by = taskActive, p
			return t
		}
	}
	return nil
}

// fate is what becomes of a delivered task.
type fate struct {
	state taskState // taskActive removes it
	after time.Duration
}

// finish ends a delivery, unless that gets lost.
func (q *queue) finish(t *task, f fate) {
	w := q.w
	if q.away > w.now || w.fault(0.03) {
		t.by, t.since = nil, w.now
		return
	}
	if f.state == taskActive {
		q.tasks = slices.DeleteFunc(q.tasks, func(o *task) bool { return o == t })
		return
	}
	t.state, t.at, t.by = f.state, w.now+f.after, nil
}

// recover gives back what dead processes had, as Asynq's recoverer does.
func (q *queue) recover() {
	w := q.w
	for _, t := range q.tasks {
		if t.state != taskActive {
			continue
		}
		if t.by != nil && (!t.by.alive || t.by.paused > w.now) {
			t.by, t.since = nil, w.now
			continue
		}
		if t.by == nil && w.now-t.since > 30*time.Second {
			t.state, t.at = taskRetry, w.now
		}
	}
	w.at(w.now+15*time.Second, nil, q.recover)
}

// breakDown does one of the things that happen to a Redis.
func (q *queue) breakDown() {
	w := q.w
	switch w.rng.IntN(4) {
	case 0:
		w.tracef("queue: forgets everything")
		q.tasks, q.marker = nil, ""
	case 1:
		s := &saved{marker: q.marker}
		for _, t := range q.tasks {
			s.tasks = append(s.tasks, *t)
		}
		q.saved = s
	case 2:
		if q.saved == nil {
			return
		}
		w.tracef("queue: is set back")
		q.tasks, q.marker = nil, q.saved.marker
		for _, t := range q.saved.tasks {
			t.by, t.since = nil, w.now // nobody renews its lease
			q.tasks = append(q.tasks, &t)
		}
	default:
		q.away = w.now + w.between(time.Second, time.Minute)
		w.tracef("queue: is away until %s", q.away)
	}
}
