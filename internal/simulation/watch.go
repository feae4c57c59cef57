package simulation

import (
	"fmt"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Violation is an invariant that a world broke.
type Violation struct {
	Rule   string // from a small set
	Detail string
}

// The invariants.
const (
	ruleOnce       = "each table's effect once"
	ruleGhost      = "no ghost commits"
	ruleOlder      = "an older run never writes over a newer one"
	ruleExists     = "nothing is removed that exists"
	ruleAbsorb     = "terminal states absorb"
	ruleEnded      = "nothing is written after a run's end"
	ruleOneEnd     = "one finalization"
	ruleNotice     = "one notice"
	ruleFire       = "one run per fire time"
	ruleDeposed    = "a deposed leader writes nothing"
	ruleLiving     = "a living worker keeps its tables"
	ruleQuarantine = "only tables that killed are quarantined"
	ruleAccount    = "the account closes"
	ruleTruth      = "the layer ends as its source is"
	ruleEnd        = "every world ends"
	ruleVisible    = "no work before the plan is complete"
)

// watch sees every step of the ledger and knows more than it does: which claim a row is in, who is really dead,
// what the source really had. Its methods do nothing on nil, which is for a ledger without a world.
type watch struct {
	w        *World
	effects  map[[3]int]int // by run, its resumes and table
	written  map[int]int    // run_seq of the last effect, by table
	finishes map[[2]int]int // by run and its resumes
	fires    map[time.Duration]int
	sends    map[string]int
	excused  map[string]int // sends whose outcome could not be recorded
}

func newWatch(w *World) *watch {
	return &watch{
		w: w, effects: map[[3]int]int{}, written: map[int]int{}, finishes: map[[2]int]int{}, fires: make(map[time.Duration]int),
		sends: map[string]int{}, excused: map[string]int{},
	}
}

func (v *watch) breaks(rule, format string, args ...any) {
	if v.w.broken == nil {
		v.w.broken = &Violation{rule, fmt.Sprintf(format, args...)}
		v.w.tracef("VIOLATION: %s: %s", rule, v.w.broken.Detail)
	}
}

func (v *watch) moved(r *Run, row *Row, to metadata.LedgerState, op string) {
	if v == nil {
		return
	}
	if !open(row.State) && op != "reopen" {
		v.breaks(ruleAbsorb, "run %d, table %d: %s moves it from %s to %s", r.ID, row.Table, op, row.State, to)
	}
	if op == "claim" && !r.planComplete {
		v.breaks(ruleVisible, "run %d, table %d is claimed", r.ID, row.Table)
	}
}

// committed sees a row settled by a commit.
func (v *watch) committed(row *Row, holder int) {
	if v != nil && row.holder != holder {
		v.breaks(ruleGhost, "table %d is in claim %d and committed by claim %d", row.Table, row.holder, holder)
	}
}

func (v *watch) effect(r *Run, row *Row, e Effect, holder int) {
	if v == nil {
		return
	}
	v.committed(row, holder)
	key := [3]int{r.ID, r.Resumes, row.Table}
	if v.effects[key]++; v.effects[key] > 1 {
		v.breaks(ruleOnce, "run %d, table %d: written %d times", r.ID, row.Table, v.effects[key])
	}
	if r.Status.Final() {
		v.breaks(ruleEnded, "run %d is %s, and its table %d is written", r.ID, r.Status, row.Table)
	}
	if v.written[row.Table] > r.Seq {
		v.breaks(ruleOlder, "run %d writes table %d, which run_seq %d has written", r.ID, row.Table, v.written[row.Table])
	}
	v.written[row.Table] = r.Seq
	if e.Remove {
		v.removed(r, row, e)
	}
}

// removed allows for tables that come back while their removal is on its way.
func (v *watch) removed(r *Run, row *Row, e Effect) {
	t := v.w.source.tables[row.Table]
	since := row.claimedAt
	if e.Hidden { // it was read without grants, so that the plan alone is the proof
		since = r.planBegan
	}
	if t.exists && t.gone < since {
		v.breaks(ruleExists, "run %d removes table %d, which was there all the time", r.ID, row.Table)
	}
}

func (v *watch) finished(r *Run, status metadata.RunStatus) {
	if v == nil {
		return
	}
	key := [2]int{r.ID, r.Resumes}
	if v.finishes[key]++; v.finishes[key] > 1 {
		v.breaks(ruleOneEnd, "run %d ends %d times", r.ID, v.finishes[key])
	}
	n := r.Counts
	closed := len(r.Rows) == n.Total && n.Total == n.Done+n.Failed+n.Skipped && n.Total == n.New+n.Changed+n.Forced+n.Renamed+n.Dropped &&
		n.Discovered == n.New+n.Changed+n.Forced+n.Renamed+n.Unchanged+n.Filtered
	if r.planComplete && !closed {
		v.breaks(ruleAccount, "run %d ends as %s with %+v over %d rows", r.ID, status, n, len(r.Rows))
	}
}

func (v *watch) fired(at time.Duration) {
	if v == nil {
		return
	}
	if v.fires[at]++; v.fires[at] > 1 {
		v.breaks(ruleFire, "fire time %s has %d runs", at, v.fires[at])
	}
}

func (v *watch) deposedWrote(lease layer.Lease, f Fence) {
	if v != nil {
		v.breaks(ruleDeposed, "%s writes in epoch %d (%s), while %s leads in epoch %d", lease.Holder, lease.Epoch, f, v.w.ledger.lead.Holder, v.w.ledger.lead.Epoch)
	}
}

// reaped sees a row taken from a worker that counts as dead.
func (v *watch) reaped(row *Row) {
	if v == nil {
		return
	}
	if p := v.w.procs[row.Owner]; p != nil && p.alive && !p.leaving && v.w.ledger.Now-p.unwell > unwellFor {
		v.breaks(ruleLiving, "table %d is taken from %s, which is well", row.Table, row.Owner)
	}
	if row.alone {
		row.deaths++
	}
}

func (v *watch) quarantined(r *Run, row *Row) {
	if v != nil && row.deaths < 2 && !v.w.source.tables[row.Table].poison {
		v.breaks(ruleQuarantine, "run %d sets table %d aside, which was alone at the death of %d workers", r.ID, row.Table, row.deaths)
	}
}

// sent sees a notice arrive; excuse sees that its sender cannot record that.
func (v *watch) sent(key string) {
	if v.sends[key]++; v.sends[key] > 1+v.excused[key] {
		v.breaks(ruleNotice, "notice %s arrives %d times", key, v.sends[key])
	}
}

func (v *watch) excuse(key string) { v.excused[key]++ }
