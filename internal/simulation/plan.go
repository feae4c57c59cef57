package simulation

import (
	"errors"
	"slices"
	"time"

	"github.com/semsync/semsync/internal/layer"
)

// planChunk is how many rows of a plan are written at once; few, so that a crash may fall between.
const planChunk = 3

// planner plans one run.
type planner struct {
	t     *term
	run   Run
	fails int

	source sourceState
	states map[int]State
	saw    snapshot
	token  string
	rows   []Planned
	plan   SourcePlan
}

// plan begins to plan a run, unless that is going on.
func (t *term) plan(r Run) {
	if t.c.planning[r.ID] {
		return
	}
	t.c.planning[r.ID] = true
	p := &planner{t: t, run: r}
	t.loop(p.begin)
}

// end is the end of planning, for whatever reason. What is not planned then, the next tick begins again.
func (p *planner) end() {
	delete(p.t.c.planning, p.run.ID)
	p.t.loops--
	if p.t.over {
		p.t.loops++
		p.t.ended()
	}
}

// step makes one statement of the plan and goes on to the next.
func (p *planner) step(op string, do func() error, next func()) {
	if p.t.over {
		p.end()
		return
	}
	p.t.c.call(op, do, func(err error) {
		switch {
		case err == nil && !p.t.over:
			next()
		case err == nil, errors.Is(err, layer.ErrDeposed), errors.Is(err, layer.ErrWrongState), errors.Is(err, errAway):
			p.end()
		default:
			p.t.c.call("fail plan", func() error { return p.t.c.w.ledger.FailPlan(p.t.lease, p.run.ID) }, func(error) { p.end() })
		}
	})
}

func (p *planner) begin() {
	l := p.t.c.w.ledger
	p.step("begin plan", func() error { return l.BeginPlan(p.t.lease, p.run.ID) }, func() {
		p.step("source state", func() error { p.source = l.source; return nil }, p.readToken)
	})
}

func (p *planner) readToken() {
	w := p.t.c.w
	p.token = w.source.token()
	proven := !p.run.Settings.Full && p.source.token != "" && p.token == p.source.token
	if !proven || p.source.sinceSweep+1 >= sweepEvery {
		p.t.c.after(w.latency(), p.discover)
		return
	}
	p.step("states", func() error { p.states = cloneStates(w.ledger.states); return nil }, func() {
		n := len(p.states)
		p.rows, p.plan = nil, SourcePlan{Complete: true, Token: p.token, Discovered: n, Unchanged: n, Known: n}
		p.write()
	})
}

// discover reads the catalog. A source that cannot be read is read again, until the run's tries are over.
func (p *planner) discover() {
	w := p.t.c.w
	if w.fault(0.05) {
		if p.fails++; p.fails <= p.run.Settings.MaxRetries {
			p.t.c.after(retryDelay(p.fails), p.begin)
			return
		}
		p.step("fail plan", func() error { return w.ledger.FailPlan(p.t.lease, p.run.ID) }, p.end)
		return
	}
	p.saw = w.source.read()
	if !w.ledger.guarded(TokenBeforeSweep) {
		p.t.c.after(w.latency(), func() { p.token = w.source.token(); p.join() })
		return
	}
	p.join()
}

// join decides on each table, as far as the read may be believed.
func (p *planner) join() {
	w := p.t.c.w
	p.step("states", func() error { p.states = cloneStates(w.ledger.states); return nil }, func() {
		believed := p.saw.complete && len(p.saw.versions) > 0 && p.proven()
		if !w.ledger.guarded(Certificate) {
			believed = true
		}
		p.rows, p.plan = decide(p.saw, p.states, believed, p.run.Settings.Full, len(w.source.tables))
		p.plan.Privileges = p.saw.privileges
		if p.plan.Complete = believed || (p.saw.complete && p.plan.Missing == 0); p.plan.Complete {
			p.plan.Token = p.token
		}
		for i := range p.rows {
			p.rows[i].Batch = i / p.run.Settings.BatchSize
		}
		if w.trace != nil {
			w.tracef("%s: run %d saw %+v, knows %+v of the source %+v, and plans %+v: %+v", p.t.c.id, p.run.ID, p.saw, p.states, p.source, p.rows, p.plan)
		}
		p.write()
	})
}

// proven tells whether the read was made with the privileges of the last complete one.
func (p *planner) proven() bool {
	known := p.source.privileges
	return known == p.saw.privileges || (known == "" && !p.t.c.w.ledger.guarded(PrivilegesKnown))
}

// write puts the rows into the ledger, some at a time, and makes them visible.
func (p *planner) write() {
	l := p.t.c.w.ledger
	if len(p.rows) == 0 {
		p.step("complete plan", func() error { _, err := l.CompletePlan(p.t.lease, p.run.ID, p.plan); return err }, p.end)
		return
	}
	some := slices.Clone(p.rows[:min(planChunk, len(p.rows))])
	p.step("append plan", func() error { return l.AppendPlan(p.t.lease, p.run.ID, some) }, func() {
		p.rows = p.rows[len(some):]
		p.write()
	})
}

// retryDelay is the exponential delay before another try.
func retryDelay(fails int) time.Duration { return time.Second << min(fails, 5) }
