package simulation

import (
	"errors"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// The times of the real processes. A tick is slower here, so that a world takes fewer steps.
const (
	ttl         = 15 * time.Second
	tick        = time.Second
	settle      = 200 * time.Millisecond
	redispatch  = 10 * time.Second
	cancelGrace = 30 * time.Second
	hold        = 30 * time.Second // of a notice that is being sent; shorter than the real one
	sweepEvery  = 24
)

// coordinator is internal/coordinator's, with the notifier beside it.
type coordinator struct {
	*proc
	term     *term
	planning map[int]bool
}

// term is the time that one leads.
type term struct {
	c      *coordinator
	lease  layer.Lease
	over   bool
	loops  int           // that have not seen yet that it is over
	last   time.Duration // by the process's clock: when the last renewal was sent that succeeded
	nap    int           // counts the driver's pauses, so that a hint ends only the one it was for
	asleep bool
}

func (w *World) startCoordinator() {
	c := &coordinator{proc: w.newProc("coordinator"), planning: map[int]bool{}}
	w.leaders = append(w.leaders, c)
	c.after(w.latency(), c.campaign)
	c.after(tick, c.tell)
	c.after(tick, c.send)
}

func (c *coordinator) campaign() {
	var lease layer.Lease
	ok := false
	c.call("campaign", func() error { lease, ok = c.w.ledger.Campaign(c.id, ttl); return nil }, func(err error) {
		if err != nil || !ok {
			c.after(ttl/10, c.campaign)
			return
		}
		t := &term{c: c, lease: lease, last: c.clock()}
		c.term = t
		t.loop(func() { c.after(ttl/3, t.keep) })
		t.loop(t.drive)
		t.loop(t.schedule)
	})
}

// loop begins one of the term's loops.
func (t *term) loop(fn func()) {
	t.loops++
	fn()
}

// ended tells a loop whether to stop. With the last one, the process campaigns again.
func (t *term) ended() bool {
	if !t.over {
		return false
	}
	if t.loops--; t.loops == 0 {
		t.c.term = nil
		t.c.after(t.c.w.latency(), t.c.campaign)
	}
	return true
}

// keep renews the lease, and ends the term when it is lost or could not be renewed for two thirds of its time.
func (t *term) keep() {
	if t.ended() {
		return
	}
	began := t.c.clock()
	t.c.call("renew", func() error { return t.c.w.ledger.Renew(t.lease, ttl) }, func(err error) {
		switch {
		case err == nil:
			t.last = began
		case errors.Is(err, layer.ErrDeposed) || t.c.clock()-t.last > ttl*2/3:
			t.over = true
		}
		t.c.after(ttl/3, t.keep)
	})
}

// drive looks at all runs, every tick or when a hint comes.
func (t *term) drive() {
	if t.ended() {
		return
	}
	var runs []Run
	l := t.c.w.ledger
	done := func(err error) {
		if errors.Is(err, layer.ErrDeposed) { // the keeper ends the term; this loop has nothing to do any more
			t.over = true
		}
		t.sleep()
	}
	t.c.call("runs", func() error { runs = l.ActiveRuns(); return nil }, func(err error) {
		if err != nil || len(runs) == 0 {
			done(err)
			return
		}
		t.c.call("reap", func() error { _, err := l.Reap(t.lease); return err }, func(err error) {
			if err != nil {
				done(err)
				return
			}
			t.checkQueue(func(queueErr error) { t.each(runs, queueErr, done) })
		})
	})
}

func (t *term) sleep() {
	t.nap++
	t.asleep = true
	nap := t.nap
	t.c.after(tick, func() { t.wake(nap) })
}

// wake ends a pause of the driver.
func (t *term) wake(nap int) {
	if t.asleep && t.nap == nap {
		t.asleep = false
		t.drive()
	}
}

// hint is an event from the bus.
func (w *World) hint() {
	for _, c := range w.leaders {
		times := 1
		if w.fault(0.1) {
			times = w.rng.IntN(3) // lost, or twice
		}
		for range times {
			w.at(w.now+w.latency(), c.proc, func() {
				if t := c.term; t != nil {
					nap := t.nap
					c.after(settle, func() { t.wake(nap) })
				}
			})
		}
	}
}

// each does for every run what its state calls for.
func (t *term) each(runs []Run, queueErr error, done func(error)) {
	if len(runs) == 0 || t.over {
		done(nil)
		return
	}
	r := runs[0]
	advance := func() {
		t.c.call("advance", func() error { _, _, err := t.c.w.ledger.Advance(t.lease, r.ID, cancelGrace); return err }, func(err error) {
			if err != nil {
				done(err)
				return
			}
			t.each(runs[1:], queueErr, done)
		})
	}
	visible := r.Status == metadata.StatusRunning || !t.c.w.ledger.guarded(PlanInvisible)
	if r.Status == metadata.StatusPlanning && !r.Cancel {
		t.plan(r)
	}
	if visible && queueErr == nil {
		t.dispatch(r, advance)
		return
	}
	advance()
}
