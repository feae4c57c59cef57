package simulation

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// scenario is what a seed makes of a world before it begins.
type scenario struct {
	rough      float64       // factor of all probabilities of faults
	faultsEnd  time.Duration // faults and users stop then
	period     time.Duration // of the schedule
	catchUp    bool
	queueFires bool
	resumes    bool // users resume what failed
}

// patience is how long a world may take to end once all is well.
const patience = 40 * time.Minute

// mostSteps bounds a world that goes round without time going by.
const mostSteps = 1_000_000

// Result is how a world ended.
type Result struct {
	Violation *Violation // nil when all was as it must be
	Steps     int
	Runs      int
	Effects   int
	Took      time.Duration // of virtual time
}

// Simulate runs the world of a seed to its end, without the given guards. trace may be nil.
func Simulate(seed uint64, unguarded Fence, trace func(line string)) Result {
	w := newWorld(seed, unguarded, trace)
	steps := 0
	end := w.conf.faultsEnd + patience
	for w.broken == nil && !w.users.done {
		if !w.step() || w.now > end || steps > mostSteps {
			w.watch.breaks(ruleEnd, "after %s: %s", w.now, w.unfinished())
			break
		}
		steps++
	}
	return Result{Violation: w.broken, Steps: steps, Runs: len(w.ledger.runs), Effects: len(w.watch.effects), Took: w.now}
}

func newWorld(seed uint64, unguarded Fence, trace func(string)) *World {
	w := &World{rng: rand.New(rand.NewPCG(seed, 0x5e3)), procs: map[string]*proc{}, workers: map[string]*worker{}, trace: trace} //nolint:gosec // a seed must give the same world again
	w.ledger = NewLedger(unguarded)
	w.watch = newWatch(w)
	w.ledger.watch = w.watch
	w.queue = &queue{w: w}
	w.conf = scenario{
		rough: []float64{0.2, 1, 1, 2, 4}[w.rng.IntN(5)], faultsEnd: w.between(30*time.Second, 150*time.Second), period: w.between(10*time.Second, 60*time.Second),
		catchUp: w.chance(0.5), queueFires: w.chance(0.5), resumes: w.chance(0.6),
	}
	w.source = &source{tells: w.chance(0.5)}
	for range 2 + w.rng.IntN(8) {
		w.source.tables = append(w.source.tables, &table{exists: w.chance(0.8), version: 1, poison: w.chance(0.04)})
	}
	w.source.tables[0].exists = true
	w.users = &user{w: w}
	for range 1 + w.rng.IntN(3) {
		w.startCoordinator()
	}
	for range 1 + w.rng.IntN(3) {
		w.startWorker()
	}
	w.at(w.latency(), nil, w.users.act)
	w.at(w.between(0, 10*time.Second), nil, w.disturb)
	w.at(0, nil, w.queue.recover)
	return w
}

func itoa(n int) string { return strconv.Itoa(n) }

// disturb does harm now and then, and stops it all in the end.
func (w *World) disturb() {
	if w.now >= w.conf.faultsEnd {
		w.settleDown()
		return
	}
	switch n := w.rng.IntN(20); {
	case n < 6:
		w.changeSource()
	case n < 9:
		w.queue.breakDown()
	case n < 10 && w.chance(w.conf.rough/4):
		w.dbAway = w.now + w.between(time.Second, 30*time.Second)
		w.tracef("database: is away until %s", w.dbAway)
	case w.chance(w.conf.rough / 2):
		w.hit()
	}
	w.at(w.now+w.between(100*time.Millisecond, 8*time.Second), nil, w.disturb)
}

// hit kills, pauses or stops a process.
func (w *World) hit() {
	ids := make([]string, 0, len(w.procs))
	for i := range w.births {
		for _, kind := range []string{"coordinator", "worker"} {
			if p := w.procs[kind+itoa(i+1)]; p != nil && p.alive && !p.leaving {
				ids = append(ids, p.id)
			}
		}
	}
	if len(ids) == 0 {
		return
	}
	p := w.procs[ids[w.rng.IntN(len(ids))]]
	leader := p.id[0] == 'c'
	again := w.startWorker
	if leader {
		again = w.startCoordinator
	}
	switch {
	case w.chance(0.4):
		p.pause(w.between(time.Second, 45*time.Second))
	case w.chance(0.7) || leader:
		p.kill("SIGKILL")
		w.at(w.now+w.between(100*time.Millisecond, 20*time.Second), nil, again)
	default:
		w.at(w.now, p, w.workers[p.id].leave)
		w.at(w.now+w.between(100*time.Millisecond, 10*time.Second), nil, again)
	}
}

// settleDown ends all faults.
func (w *World) settleDown() {
	w.calm = true
	w.tracef("from here on all is well")
	w.dbAway, w.queue.away = 0, 0
	if w.source.hidden {
		w.source.hidden = false
		w.source.changes++
	}
}

// user starts, cancels and resumes runs; in the end it waits for all of them, and checks the layer with one more.
type user struct {
	w     *World
	ids   int
	final int // the last run; 0 before it
	done  bool
}

func (w *World) newRunID() int {
	w.users.ids++
	return w.users.ids
}

func (w *World) settings() Settings {
	s := Settings{Full: w.chance(0.3), BatchSize: 1 + w.rng.IntN(4), Checkpoint: w.rng.IntN(3), MaxRetries: w.rng.IntN(4)}
	if w.chance(0.15) {
		s.MaxRuntime = w.between(5*time.Second, time.Minute)
	}
	return s
}

func (u *user) act() {
	w := u.w
	if w.calm {
		u.wait()
		return
	}
	again := func(error) {
		w.at(w.now+w.between(time.Second, 30*time.Second), nil, u.act)
	}
	cli := &proc{w: w, id: "user", alive: true, rate: 1}
	some := 1
	if len(w.ledger.runs) > 0 {
		some = w.ledger.runs[w.rng.IntN(len(w.ledger.runs))].ID
	}
	switch n := w.rng.IntN(10); {
	case n < 6 && len(w.ledger.runs) < 8:
		id, s := w.newRunID(), w.settings()
		create := func() error { w.ledger.CreateRun(id, s); return nil } //nolint:unparam // call takes steps that can fail
		cli.call("create run "+itoa(id), create, func(err error) {
			if err != nil { // the command tries again
				cli.call("create run "+itoa(id), create, again)
				return
			}
			again(nil)
		})
	case n < 8:
		cli.call("cancel run "+itoa(some), func() error { return w.ledger.RequestCancel(some) }, again)
	case w.conf.resumes:
		failed := w.chance(0.7)
		cli.call("resume run "+itoa(some), func() error { _, err := w.ledger.Reopen(some, failed); return err }, again)
	default:
		again(nil)
	}
}

// wait looks whether all has ended.
func (u *user) wait() {
	w := u.w
	if len(w.ledger.ActiveRuns()) > 0 || w.ledger.untold() > 0 || w.now < w.conf.faultsEnd+ttl {
		w.at(w.now+2*time.Second, nil, u.wait)
		return
	}
	if u.final == 0 {
		u.final = w.newRunID()
		w.tracef("the last run")
		w.ledger.CreateRun(u.final, Settings{BatchSize: 3, Checkpoint: 2, MaxRetries: 1})
		w.at(w.now+2*time.Second, nil, u.wait)
		return
	}
	w.check()
	u.done = true
}

// untold counts what nobody has told or sent.
func (l *Ledger) untold() (n int) {
	for _, h := range l.outbox {
		if !h.Told {
			n++
		}
		for _, notice := range h.Notices {
			if !notice.Sent {
				n++
			}
		}
	}
	return n
}

func (w *World) unfinished() string {
	out := []string{"untold " + itoa(w.ledger.untold())}
	for _, r := range w.ledger.ActiveRuns() {
		out = append(out, "run "+itoa(r.ID)+" is "+string(r.Status))
		for _, row := range r.Rows {
			if open(row.State) {
				out = append(out, "table "+itoa(row.Table)+" "+string(row.State))
			}
		}
	}
	return strings.Join(out, ", ")
}

// check compares what is there in the end with what must be.
func (w *World) check() {
	last := w.ledger.run(w.users.final)
	truth := w.source.truth()
	for n := range w.source.tables {
		row := last.row(n)
		if row != nil && row.State == metadata.LedgerFailed && row.Class == classQuarantined {
			continue
		}
		c, known := w.ledger.content[n]
		version, exists := truth[n]
		switch live := known && !c.Removed; {
		case live && !exists && last.plan.Missing > 0:
			// The last read proved nothing, since nobody knows what its privileges hide, and the run has said so.
		case live != exists:
			w.watch.breaks(ruleTruth, "table %d exists: %v, and the layer has it: %v", n, exists, live)
		case live && c.Version != version:
			w.watch.breaks(ruleTruth, "table %d has version %d, and the layer has %d", n, version, c.Version)
		}
	}
	for _, r := range w.ledger.runs {
		if w.watch.finishes[[2]int{r.ID, r.Resumes}] != 1 {
			w.watch.breaks(ruleOneEnd, "run %d ended %d times", r.ID, w.watch.finishes[[2]int{r.ID, r.Resumes}])
		}
		for _, row := range r.Rows {
			n := 0
			for resumes := range r.Resumes + 1 {
				n += w.watch.effects[[3]int{r.ID, resumes, row.Table}]
			}
			if want := row.State == metadata.LedgerDone; (n == 1) != want || n > 1 {
				w.watch.breaks(ruleOnce, "run %d, table %d is %s and was written %d times", r.ID, row.Table, row.State, n)
			}
		}
	}
	w.checkNotices()
}

func (w *World) checkNotices() {
	for _, h := range w.ledger.outbox {
		if len(h.Notices) != 1 || w.watch.sends[h.Key] == 0 {
			w.watch.breaks(ruleNotice, "%s has %d notices, and %d arrived", h.Key, len(h.Notices), w.watch.sends[h.Key])
		}
	}
}
