package simulation

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// keys gives a map's keys in an order that is the same for a seed; maps have none.
func keys[K comparable, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, compareKeys[K])
	return out
}

func compareKeys[K comparable](a, b K) int {
	switch x := any(a).(type) {
	case int:
		return x - any(b).(int) //nolint:forcetypeassert // both are of the type K
	case batchID:
		y := any(b).(batchID) //nolint:forcetypeassert // both are of the type K
		return cmp.Or(x.run-y.run, x.batch-y.batch)
	default:
		return 0
	}
}

// delivery is one batch in a worker's hands.
type delivery struct {
	k     *worker
	ref   Ref
	lease int
	total layer.Settled
	then  func(fate)

	claim  Claim
	holder int
	free   func() // gives back the lane of the round; nil outside of one
	left   []Claimed
	ready  []Effect
	failed []Outcome
}

// handle works on a batch until nothing of it is free.
func (k *worker) handle(ref Ref, then func(fate)) {
	if !k.born && k.w.ledger.guarded(BeatBeforeClaim) {
		if k.leaving {
			then(fate{state: taskPending})
			return
		}
		k.after(100*time.Millisecond, func() { k.handle(ref, then) })
		return
	}
	id := batchID{ref.Run, ref.Batch}
	if k.busy[id] {
		then(fate{state: taskActive}) // this process is at it already
		return
	}
	k.busy[id] = true
	k.runs[ref.Run]++
	d := &delivery{k: k, ref: ref, lease: k.lease}
	d.then = func(f fate) {
		delete(k.busy, id)
		if k.runs[ref.Run]--; k.runs[ref.Run] == 0 {
			delete(k.runs, ref.Run)
			delete(k.stop, ref.Run)
		}
		then(f)
	}
	d.next()
}

func (d *delivery) over() bool { return d.lease <= d.k.ended }

// next claims what is free.
func (d *delivery) next() {
	d.leave()
	if d.over() {
		d.abandon(errAway)
		return
	}
	if d.k.alone {
		d.k.after(100*time.Millisecond, d.next)
		return
	}
	d.k.lanes++
	d.free = func() { d.k.lanes-- }
	d.take(d.k.w.ledger.Claim)
}

// nextAlone claims one suspect when the process works on nothing else.
func (d *delivery) nextAlone() {
	switch {
	case d.over():
		d.abandon(errAway)
	case d.k.alone || d.k.lanes > 0:
		d.k.after(100*time.Millisecond, d.nextAlone)
	default:
		d.k.alone = true
		d.free = func() { d.k.alone = false }
		d.take(d.k.w.ledger.ClaimAlone)
	}
}

// leave ends a round.
func (d *delivery) leave() {
	if d.free != nil {
		d.free()
		d.free = nil
	}
}

func (d *delivery) take(claim func(string, Ref, int) (Claim, error)) {
	w := d.k.w
	w.claims++
	d.holder = w.claims
	var c Claim
	holder := d.holder
	d.k.call("claim", func() (err error) { c, err = claim(d.k.id, d.ref, holder); return err }, func(err error) {
		switch {
		case err != nil || d.over():
			d.abandon(cmp.Or(err, errAway))
		case c.Suspects:
			d.leave()
			d.nextAlone()
		case len(c.Tables) == 0:
			d.total.Failed = max(d.total.Failed, c.Failed)
			d.outcome()
		default:
			d.claim, d.left, d.ready, d.failed = c, c.Tables, nil, nil
			if w.trace != nil {
				w.tracef("%s: claim %d has %+v", d.k.id, holder, c.Tables)
			}
			w.hint()
			d.read()
		}
	})
}

// read reads the next table, and commits what is ready when that is enough.
func (d *delivery) read() {
	w := d.k.w
	size := d.claim.Settings.Checkpoint
	switch {
	case d.over():
		d.abandon(errAway)
		return
	case size > 0 && len(d.ready) >= size:
		d.commit(d.read)
		return
	case len(d.left) == 0 || d.k.stop[d.ref.Run]:
		d.commit(d.settle)
		return
	}
	c := d.left[0]
	d.left = d.left[1:]
	d.k.after(w.latency(), func() {
		if d.look(c) {
			d.read()
		}
	})
}

// look reads one table from the source; false when that was the end of the process.
func (d *delivery) look(c Claimed) bool {
	w := d.k.w
	t := w.source.tables[c.Table]
	there := w.source.visible(c.Table)
	if c.Reason == metadata.ReasonDropped && !w.ledger.guarded(DropsReadAgain) {
		there = false
	}
	switch {
	case there && t.poison:
		d.k.kill("table " + itoa(c.Table) + " kills it")
		w.at(w.now+w.between(time.Second, 5*time.Second), nil, w.startWorker)
		return false
	case w.fault(0.03):
		d.failed = append(d.failed, Outcome{Claimed: c, Final: w.chance(0.2)})
	case there:
		d.ready = append(d.ready, Effect{Claimed: c, Version: t.version})
	case c.Reason == metadata.ReasonDropped:
		d.ready = append(d.ready, Effect{Claimed: c, Remove: true, Hidden: t.exists && w.source.hidden})
	default: // it went away between plan and read
		d.ready = append(d.ready, Effect{Claimed: c, Skip: true})
	}
	return true
}

// commit writes a checkpoint.
func (d *delivery) commit(then func()) {
	w := d.k.w
	if len(d.ready) == 0 {
		then()
		return
	}
	effects, holder := d.ready, d.holder
	d.ready = nil
	d.k.call("commit", func() error {
		out := w.ledger.Commit(d.k.id, d.ref.Run, effects, holder)
		if w.trace != nil {
			w.tracef("%s: claim %d commits %+v: %+v", d.k.id, holder, effects, out)
		}
		return nil
	}, func(err error) {
		if err != nil || d.over() {
			d.abandon(cmp.Or(err, errAway))
			return
		}
		w.hint()
		then()
	})
}

// settle records the failures of a claim, and gives back what was not begun.
func (d *delivery) settle() {
	w := d.k.w
	if len(d.failed) == 0 {
		d.afterSettle()
		return
	}
	var s layer.Settled
	d.k.call("settle", func() error {
		s = w.ledger.Settle(d.k.id, d.ref.Run, d.ref.Batch, d.failed, retryDelay)
		return nil
	}, func(err error) {
		if err != nil || d.over() {
			d.abandon(cmp.Or(err, errAway))
			return
		}
		w.hint()
		d.total.Retry += s.Retry
		d.total.Failed += s.Failed
		d.total.MaxFailCount = max(d.total.MaxFailCount, s.MaxFailCount)
		d.afterSettle()
	})
}

func (d *delivery) afterSettle() {
	stopped := d.k.stop[d.ref.Run]
	switch {
	case stopped:
		d.k.call("release rest", func() error { d.k.w.ledger.Release(d.k.id, d.ref.Run, d.ref.Batch); return nil }, func(err error) {
			if err != nil || d.over() {
				d.abandon(cmp.Or(err, errAway))
				return
			}
			d.outcome()
		})
	case d.total.Retry > 0:
		d.outcome()
	default:
		d.next()
	}
}

// outcome tells the queue what to do.
func (d *delivery) outcome() {
	d.leave()
	switch {
	case d.total.Retry > 0:
		d.then(fate{taskRetry, retryDelay(d.total.MaxFailCount)})
	case d.total.Failed > 0:
		d.then(fate{state: taskArchived})
	default:
		d.k.w.hint()
		d.then(fate{state: taskActive})
	}
}

// abandon gives a batch back whose work cannot go on.
func (d *delivery) abandon(err error) {
	d.leave()
	k := d.k
	k.call("release", func() error { k.w.ledger.Release(k.id, d.ref.Run, d.ref.Batch); return nil }, func(gave error) {
		if gave != nil {
			k.owed[batchID{d.ref.Run, d.ref.Batch}] = true
		}
		switch {
		case d.over():
			d.then(fate{state: taskPending})
		case errors.Is(err, layer.ErrNotFound):
			d.then(fate{state: taskActive})
		default:
			d.then(fate{taskRetry, 30 * time.Second})
		}
	})
}
