package simulation

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// World is one simulated fleet.
type World struct {
	rng    *rand.Rand
	ledger *Ledger
	queue  *queue
	source *source
	watch  *watch
	broken *Violation
	conf   scenario

	now    time.Duration
	events heap
	count  uint64
	procs  map[string]*proc
	births int
	claims int
	calm   bool // faults are over
	dbAway time.Duration

	leaders []*coordinator
	workers map[string]*worker
	users   *user
	trace   func(line string)
}

// proc is a process: when it dies, nothing more of it happens.
type proc struct {
	w       *World
	id      string
	alive   bool
	leaving bool          // it was asked to stop
	paused  time.Duration // until when
	unwell  time.Duration // when it last was paused, cut off or slow
	offset  time.Duration // what its clock is wrong by
	rate    float64       // of its clock
}

// unwellFor is how long after a pause or an outage a worker may still count as dead.
const unwellFor = 3 * ttl

func (w *World) newProc(kind string) *proc {
	w.births++
	p := &proc{w: w, id: fmt.Sprintf("%s%d", kind, w.births), alive: true, offset: time.Hour, rate: 0.97 + 0.06*w.rng.Float64(), unwell: -unwellFor}
	if w.chance(0.3) {
		p.offset += w.between(-10*time.Minute, 10*time.Minute)
	}
	w.procs[p.id] = p
	w.tracef("%s starts, its clock is %s off", p.id, p.offset.Round(time.Second))
	return p
}

// clock is the process's own.
func (p *proc) clock() time.Duration {
	return p.offset + time.Duration(float64(p.w.now)*p.rate)
}

// after does something after a time of the process's own clock, if it still lives.
func (p *proc) after(d time.Duration, fn func()) {
	p.w.at(p.w.now+max(time.Millisecond, time.Duration(float64(d)/p.rate)), p, fn)
}

func (p *proc) kill(why string) {
	if p.alive {
		p.alive = false
		p.w.tracef("%s dies: %s", p.id, why)
	}
}

func (p *proc) pause(d time.Duration) {
	p.paused, p.unwell = p.w.now+d, p.w.now+d
	p.w.tracef("%s is paused for %s", p.id, d)
}

// at does something at a time; p is whose doing it is, nil for the world's own.
func (w *World) at(t time.Duration, p *proc, fn func()) {
	w.count++
	w.events.push(event{t, w.count, p, fn})
}

// step does what comes next.
func (w *World) step() bool {
	e, ok := w.events.pop()
	if !ok {
		return false
	}
	w.now = max(w.now, e.at)
	w.ledger.Now = w.now
	switch {
	case e.p == nil:
	case !e.p.alive:
		return true
	case e.p.paused > w.now:
		w.at(e.p.paused+w.latency(), e.p, e.fn)
		return true
	}
	e.fn()
	return true
}

func (w *World) chance(p float64) bool { return w.rng.Float64() < p }

// fault tells whether something goes wrong that goes wrong with this probability while there are faults.
func (w *World) fault(p float64) bool { return !w.calm && w.chance(p*w.conf.rough) }

func (w *World) between(a, b time.Duration) time.Duration {
	return a + time.Duration(w.rng.Int64N(int64(b-a)+1))
}

// latency is the time between two steps.
func (w *World) latency() time.Duration {
	switch {
	case w.fault(0.01):
		return w.between(time.Second, 25*time.Second)
	case w.fault(0.05):
		return w.between(50*time.Millisecond, 2*time.Second)
	default:
		return w.between(time.Millisecond, 20*time.Millisecond)
	}
}

func (w *World) tracef(format string, args ...any) {
	if w.trace != nil {
		w.trace(fmt.Sprintf("%10.3fs ", w.now.Seconds()) + fmt.Sprintf(format, args...))
	}
}

// errAway is the answer of a database, a queue or a network that cannot say what became of a request.
type awayError struct{}

func (awayError) Error() string { return "no answer" }

var errAway error = awayError{}

// call sends a transaction to the database: do is its effect there, then gets the answer. The request may get lost, and so may
// the answer. What the caller has given up is done or never done: a transaction whose COMMIT is on its way holds its locks, so
// that nobody who looks at the same rows can come before it.
func (p *proc) call(op string, do func() error, then func(error)) {
	w := p.w
	sent := w.latency()
	if w.dbAway > w.now || w.fault(0.01) {
		p.unwell = max(p.unwell, w.now, w.dbAway)
		p.after(w.between(time.Millisecond, time.Second), func() { then(errAway) })
		return
	}
	by := p
	if w.chance(0.5) { // the request is on the wire: it arrives though its sender dies
		by = nil
	}
	if sent > time.Second {
		p.unwell = max(p.unwell, w.now+sent)
	}
	w.at(w.now+sent, by, func() { p.answer(op, do(), then) })
}

func (p *proc) answer(op string, err error, then func(error)) {
	w := p.w
	if w.trace != nil {
		w.tracef("%s: %s: %v", p.id, op, err)
	}
	if w.fault(0.01) {
		p.unwell = w.now
		err = errAway
	}
	wait := w.latency()
	if wait > time.Second {
		p.unwell = max(p.unwell, w.now+wait)
	}
	w.at(w.now+wait, p, func() { then(err) })
}
