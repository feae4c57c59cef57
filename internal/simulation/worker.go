package simulation

import "time"

// How workers of the model live.
const (
	slots       = 2 // batches at once
	poll        = 2 * time.Second
	queueOutage = 30 * time.Second
)

type batchID struct{ run, batch int }

// worker is internal/worker's.
type worker struct {
	*proc
	born   bool
	lease  int // counts the leases that it has had
	ended  int // the last of them that has run out here
	last   time.Duration
	busy   map[batchID]bool
	owed   map[batchID]bool
	runs   map[int]int  // how many handle each run
	stop   map[int]bool // those that want no more tables begun
	outage time.Duration
	away   bool
	lanes  int  // rounds that go on
	alone  bool // one of them has the process for itself
}

func (w *World) startWorker() {
	k := &worker{proc: w.newProc("worker"), lease: 1, busy: map[batchID]bool{}, owed: map[batchID]bool{}, runs: map[int]int{}, stop: map[int]bool{}}
	k.last = k.clock()
	w.workers[k.id] = k
	k.after(w.latency(), k.beat)
	k.after(poll, k.workWithoutQueue)
	for range slots {
		k.after(w.latency(), k.fetch)
	}
}

// beat keeps the worker's leases alive, and ends them here when it cannot.
func (k *worker) beat() {
	if k.leaving {
		return
	}
	began := k.clock()
	runs := keys(k.runs)
	var stop []int
	k.call("heartbeat", func() error {
		by := k.w.ledger.Now
		if !k.w.ledger.guarded(DatabaseClock) {
			by = k.clock()
		}
		stop = k.w.ledger.Heartbeat(k.id, by+ttl, runs)
		return nil
	}, func(err error) {
		again := func() { k.after(ttl/3, k.beat) }
		if err != nil {
			if k.clock()-k.last > ttl*2/3 {
				k.ended = k.lease
			}
			again()
			return
		}
		k.last, k.born = began, true
		if k.ended == k.lease && !k.leaving {
			k.lease++
		}
		for _, id := range stop {
			k.stop[id] = k.runs[id] > 0
		}
		k.giveBack(again)
	})
}

// giveBack releases batches that could not be released when their work was given up.
func (k *worker) giveBack(then func()) {
	for _, id := range k.owes() {
		k.call("give back", func() error { k.w.ledger.Release(k.id, id.run, id.batch); return nil }, func(err error) {
			if err != nil {
				then()
				return
			}
			delete(k.owed, id)
			k.giveBack(then)
		})
		return
	}
	then()
}

func (k *worker) owes() (out []batchID) {
	for _, id := range keys(k.owed) {
		if !k.busy[id] {
			out = append(out, id)
		}
	}
	return out
}

// fetch takes a batch from the queue and works on it.
func (k *worker) fetch() {
	if k.leaving {
		return
	}
	t := k.w.queue.fetch(k.proc)
	if t == nil {
		k.after(k.w.between(300*time.Millisecond, time.Second), k.fetch)
		return
	}
	k.handle(t.ref, func(f fate) {
		k.w.queue.finish(t, f)
		k.after(k.w.latency(), k.fetch)
	})
}

// workWithoutQueue takes batches straight from the ledger while the queue is away.
func (k *worker) workWithoutQueue() {
	again := func() { k.after(poll, k.workWithoutQueue) }
	switch {
	case k.leaving:
	case k.w.queue.away <= k.w.now:
		k.away = false
		again()
	case !k.away:
		k.away, k.outage = true, k.clock()
		again()
	case k.clock()-k.outage < queueOutage:
		again()
	default:
		k.drain(Ref{}, again)
	}
}

// drain works on due batches until there is none, or one cannot be worked on.
func (k *worker) drain(last Ref, then func()) {
	var ref Ref
	ok := false
	k.call("next batch", func() error { ref, ok = k.w.ledger.NextBatch(); return nil }, func(err error) {
		if err != nil || !ok || ref == last || k.leaving {
			then()
			return
		}
		k.handle(ref, func(f fate) {
			if f.state != taskActive {
				then()
				return
			}
			k.drain(ref, then)
		})
	})
}

// leave ends the process as a wanted stop does: its work is given up, all it holds is given back.
func (k *worker) leave() {
	k.w.tracef("%s is asked to stop", k.id)
	if k.leaving {
		return
	}
	k.leaving, k.ended = true, k.lease
	k.signOff()
}

func (k *worker) signOff() {
	if len(k.busy) > 0 {
		k.after(100*time.Millisecond, k.signOff)
		return
	}
	k.call("release all", func() error { k.w.ledger.Release(k.id, 0, 0); return nil }, func(err error) {
		if err != nil {
			k.kill("it could not sign off")
			return
		}
		k.call("gone", func() error { k.w.ledger.Gone(k.id); return nil }, func(error) { k.kill("it has signed off") })
	})
}
