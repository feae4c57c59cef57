package simulation

import (
	"errors"
	"time"

	"github.com/semsync/semsync/internal/layer"
)

// schedule fires at whole multiples of the period, by the process's own clock; each fire time is recorded once.
func (t *term) schedule() {
	if t.stopFiring() {
		return
	}
	var last time.Duration
	t.c.call("last fire", func() error { last = t.c.w.ledger.LastFire(); return nil }, func(err error) {
		switch {
		case err != nil:
			t.c.after(time.Second, t.schedule)
		case last == 0:
			now := t.c.clock()
			t.c.call("first fire", func() error { _, err := t.c.w.ledger.Fire(t.lease, now, 0, Settings{}); return err }, func(error) { t.fireAfter(now) })
		default:
			t.fireAfter(t.skipMissed(last))
		}
	})
}

// stopFiring ends the loop with the term, and when no more runs are wanted.
func (t *term) stopFiring() bool {
	if t.over {
		return t.ended()
	}
	if t.c.w.calm {
		t.loops--
		return true
	}
	return false
}

func (t *term) next(after time.Duration) time.Duration {
	period := t.c.w.conf.period
	at := after - after%period
	for at <= after {
		at += period
	}
	return at
}

// skipMissed gives the time from which to go on: just before the last missed time when that is to be made up for, else after it.
func (t *term) skipMissed(last time.Duration) time.Duration {
	before, now := last, t.c.clock()
	for at := t.next(last); at <= now; at = t.next(at) {
		before, last = last, at
	}
	if t.c.w.conf.catchUp {
		return before
	}
	return last
}

func (t *term) fireAfter(last time.Duration) {
	if t.stopFiring() {
		return
	}
	at := t.next(last)
	if wait := at - t.c.clock(); wait > 0 {
		t.c.after(min(wait, 30*time.Second), func() { t.fireAfter(last) })
		return
	}
	t.fire(at, func(done bool) {
		if done {
			t.fireAfter(at)
		} else {
			t.c.after(time.Second, func() { t.fireAfter(last) })
		}
	})
}

// fire makes the run of a fire time; done is false when it has to be tried again.
func (t *term) fire(at time.Duration, then func(done bool)) {
	w := t.c.w
	active := 0
	t.c.call("runs", func() error { active = len(w.ledger.ActiveRuns()); return nil }, func(err error) {
		if err != nil || t.over || (active > 0 && w.conf.queueFires) {
			then(false)
			return
		}
		id := 0
		if active == 0 {
			id = w.newRunID()
		}
		t.c.call("fire", func() error { _, err := w.ledger.Fire(t.lease, at, id, w.settings()); return err }, func(err error) {
			if errors.Is(err, layer.ErrDeposed) {
				t.over = true
			}
			then(err == nil)
		})
	})
}
