package layertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/simulation"
)

// How much is compared by default; the environment variable SEMSYNC_CONFORM_SEEDS asks for more.
const (
	conformSeeds = 2
	conformOps   = 320
	conformTabs  = 6 // tables
)

// conform applies random operations to the layer and to the ledger of internal/simulation, and compares each outcome and all that
// can be seen after it. Without it the simulation would prove something about a protocol of its own.
func (f *fixture) conform() {
	seeds, seen := uint64(conformSeeds), map[string]int{}
	if more := os.Getenv("SEMSYNC_CONFORM_SEEDS"); more != "" {
		var err error
		seeds, err = strconv.ParseUint(more, 10, 32)
		f.must(err)
	}
	for seed := range seeds {
		(*testing.T).Run(f.T, fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Helper()
			a, b := f.Open(t)
			require.NoError(t, a.Migrate(t.Context()))
			c := &conformer{
				T: t, e: f.Engine, s: a, other: b, rng: rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // a seed must give the same sequence again
				m: simulation.NewLedger(0), ids: map[int]metadata.RunID{}, names: map[metadata.RunID]int{}, seen: seen,
			}
			c.elect()
			for i := range conformOps {
				c.step(i)
			}
		})
	}
	for _, what := range []string{"done", "skipped", "lost", "deposed", "reaped", "ended", "alone", "retried", "failed", "reopened", "notices"} {
		require.Positive(f, seen[what], "operations that come to nothing compare nothing: %s", what)
	}
}

// conformer has a real layer and a model, which are in the same state.
type conformer struct {
	*testing.T
	e      Engine
	s      Store
	other  Store // over the same database
	m      *simulation.Ledger
	rng    *rand.Rand
	op     string
	leases []layer.Lease // the last one leads
	ids    map[int]metadata.RunID
	names  map[metadata.RunID]int
	alive  []string // workers, some of them dead
	claims []held
	sends  []sending
	seen   map[string]int // what came about, over all seeds
}

// held is a claim in both worlds.
type held struct {
	worker string
	ref    simulation.Ref
	real   layer.Claim
	model  simulation.Claim
}

type sending struct {
	holder string
	real   metadata.Delivery
	model  *simulation.Notice
}

// step does one operation on both, and compares.
func (c *conformer) step(i int) {
	c.m.Now += time.Second
	tick()
	ops := []struct {
		name   string
		weight int
		do     func()
	}{
		{"elect", 2, c.elect},
		{"create", 3, c.create},
		{"fire", 3, c.fire},
		{"plan", 14, c.plan},
		{"fail plan", 1, c.failPlan},
		{"beat", 5, c.beat},
		{"die", 8, c.die},
		{"claim", 20, c.claim},
		{"commit", 14, c.commit},
		{"settle", 6, c.settle},
		{"release", 3, c.release},
		{"reap", 6, c.reap},
		{"dispatch", 10, c.dispatch},
		{"cancel", 3, c.cancel},
		{"reopen", 10, c.reopen},
		{"overdue", 1, c.overdue},
		{"advance", 12, c.advance},
		{"tell", 3, c.tell},
		{"send", 4, c.send},
		{"sent", 4, c.sent},
	}
	total := 0
	for _, o := range ops {
		total += o.weight
	}
	n := c.rng.IntN(total)
	for _, o := range ops {
		if n -= o.weight; n < 0 {
			c.op = fmt.Sprintf("operation %d, %s", i, o.name)
			o.do()
			break
		}
	}
	c.compare()
}

// same wants equal outcomes.
func (c *conformer) same(what string, model, layer any) {
	c.Helper()
	require.Empty(c, cmp.Diff(model, layer), "%s: %s: the model (-) and the layer (+) differ", c.op, what)
}

// sameError wants errors of the same kind.
func (c *conformer) sameError(model, got error) {
	c.Helper()
	kind := func(err error) string {
		for _, known := range []error{layer.ErrDeposed, layer.ErrNotFound, layer.ErrWrongState} {
			if errors.Is(err, known) {
				return known.Error()
			}
		}
		if err != nil {
			return "an error"
		}
		return "none"
	}
	c.same("error", kind(model), kind(got))
	if errors.Is(got, layer.ErrDeposed) {
		c.seen["deposed"]++
	}
}

// lease is mostly the leader's.
func (c *conformer) lease() layer.Lease {
	if c.rng.IntN(15) == 0 {
		return c.leases[c.rng.IntN(len(c.leases))]
	}
	return c.leases[len(c.leases)-1]
}

// run gives any run, mostly a late one; 0 when there is none.
func (c *conformer) run() int {
	n := len(c.ids)
	if n == 0 {
		return 0
	}
	return max(1, n-c.rng.IntN(min(n, 2)))
}

func (c *conformer) worker() string {
	if len(c.alive) == 0 {
		c.beat()
	}
	return c.alive[c.rng.IntN(len(c.alive))]
}

// store gives one of the two that are over the database.
func (c *conformer) store() Store {
	if c.rng.IntN(2) == 0 {
		return c.other
	}
	return c.s
}

func (c *conformer) elect() {
	if n := len(c.leases); n > 0 {
		if c.rng.IntN(2) == 0 { // it is taken
			_, ok, err := c.store().Campaign(c.Context(), "rival", time.Hour)
			require.NoError(c, err)
			_, want := c.m.Campaign("rival", time.Hour)
			c.same("campaign", want, ok)
			return
		}
		l := c.lease()
		c.sameError(c.m.Renew(l, -time.Second), c.store().Renew(c.Context(), l, -time.Second))
		l = c.leases[n-1]
		c.sameError(c.m.Renew(l, -time.Second), c.store().Renew(c.Context(), l, -time.Second))
	}
	holder := uuid.NewString()
	l, ok, err := c.store().Campaign(c.Context(), holder, time.Hour)
	require.NoError(c, err)
	want, wanted := c.m.Campaign(holder, time.Hour)
	c.same("campaign", wanted, ok)
	c.same("lease", want, l)
	c.leases = append(c.leases, l)
}

func (c *conformer) newRun() (int, layer.NewRun, simulation.Settings) {
	id, err := uuid.NewV7()
	require.NoError(c, err)
	n := len(c.ids) + 1
	s := settings()
	s.MaxRetries, s.MaxRuntime = c.rng.IntN(3), time.Hour
	return n, layer.NewRun{ID: id, Trigger: "manual", Settings: s}, simulation.Settings{MaxRetries: s.MaxRetries, MaxRuntime: s.MaxRuntime}
}

func (c *conformer) know(n int, r layer.NewRun) { c.ids[n], c.names[r.ID] = r.ID, n }

func (c *conformer) create() {
	if len(c.ids) > 25 {
		return
	}
	n, r, s := c.newRun()
	for range 1 + c.rng.IntN(2) {
		require.NoError(c, c.store().CreateRun(c.Context(), r))
		c.m.CreateRun(n, s)
	}
	c.know(n, r)
}

func (c *conformer) fire() {
	at := time.Duration(1+c.rng.IntN(5)) * time.Hour
	n, r, s := c.newRun()
	l := c.lease()
	run, id := &r, n
	if c.rng.IntN(3) == 0 {
		run, id = nil, 0
	}
	made, err := c.store().Fire(c.Context(), l, "s", time.Unix(0, 0).Add(at), run)
	want, wanted := c.m.Fire(l, at, id, s)
	c.sameError(wanted, err)
	c.same("made", want, made)
	if made && run != nil {
		c.know(n, r)
	}
}

// plan plans a run, or a part of it.
func (c *conformer) plan() {
	n := c.run()
	if n == 0 {
		return
	}
	id, l, ctx := c.ids[n], c.lease(), c.Context()
	if c.rng.IntN(4) > 0 {
		c.sameError(c.m.BeginPlan(l, n), c.store().BeginPlan(ctx, l, id))
	}
	var rows []metadata.PlannedTable
	var planned []simulation.Planned
	found := 0
	for t := range conformTabs {
		reason := []metadata.Reason{metadata.ReasonNew, metadata.ReasonChanged, metadata.ReasonForced, metadata.ReasonDropped, ""}[c.rng.IntN(5)]
		if reason == "" {
			continue
		}
		if reason != metadata.ReasonDropped {
			found++
		}
		batch := c.rng.IntN(2)
		rows = append(rows, metadata.PlannedTable{Table: tab(t), Reason: reason, Batch: batch})
		planned = append(planned, simulation.Planned{Table: t, Reason: reason, Batch: batch})
	}
	if len(rows) > 0 {
		c.sameError(c.m.AppendPlan(l, n, planned), c.store().AppendPlan(ctx, l, id, rows))
	}
	if c.rng.IntN(6) == 0 {
		return
	}
	p := simulation.SourcePlan{
		Swept: c.rng.IntN(3) > 0, Complete: c.rng.IntN(4) > 0, Privileges: []string{"", "all", "some"}[c.rng.IntN(3)], Token: []string{"", "t1", "t2"}[c.rng.IntN(3)],
		Discovered: found, Missing: max(0, c.rng.IntN(4)-2),
	}
	if c.rng.IntN(12) == 0 {
		p.Discovered++ // an account that does not balance
	}
	counts, err := c.store().CompletePlan(ctx, l, id, []layer.SourcePlan{{
		Source: "src", Swept: p.Swept, Complete: p.Complete, Privileges: p.Privileges, Token: p.Token, Discovered: p.Discovered, Missing: p.Missing,
	}}, nil)
	want, wanted := c.m.CompletePlan(l, n, p)
	c.sameError(wanted, err)
	if err == nil {
		c.same("counts", want, counts)
	}
}

func tab(n int) metadata.TableID { return id(n) }

func (c *conformer) failPlan() {
	if n := c.run(); n > 0 {
		l := c.lease()
		c.sameError(c.m.FailPlan(l, n), c.store().FailPlan(c.Context(), l, c.ids[n], "no"))
	}
}

func (c *conformer) beat() {
	w := uuid.NewString()
	if len(c.alive) > 2 || (len(c.alive) > 0 && c.rng.IntN(2) == 0) {
		w = c.alive[c.rng.IntN(len(c.alive))]
	} else {
		c.alive = append(c.alive, w)
	}
	c.lives(w, time.Hour)
}

func (c *conformer) lives(w string, ttl time.Duration) {
	var runs []metadata.RunID
	var numbers []int
	for n := range len(c.ids) {
		runs, numbers = append(runs, c.ids[n+1]), append(numbers, n+1)
	}
	stop, err := c.store().Heartbeat(c.Context(), layer.Worker{ID: w, Host: "h", PID: 1}, ttl, runs)
	require.NoError(c, err)
	var stopped []int
	for _, id := range stop {
		stopped = append(stopped, c.names[id])
	}
	slices.Sort(stopped)
	c.same("stop", c.m.Heartbeat(w, c.m.Now+ttl, numbers), stopped)
}

func (c *conformer) die() {
	w := c.worker()
	if c.rng.IntN(2) == 0 {
		c.lives(w, -time.Second)
		return
	}
	require.NoError(c, c.store().Gone(c.Context(), w))
	c.m.Gone(w)
}
