package app

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// figures are what the suite measures, by name.
type figures struct {
	mu     sync.Mutex
	values map[string][]float64 // guarded by mu
}

// allFigures are those of this test process: its scenarios run side by side, and one page shows them all.
var allFigures = &figures{values: map[string][]float64{}}

func (f *figures) add(name string, v float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.values[name] = append(f.values[name], v)
}

// get gives the values of a name, sorted.
func (f *figures) get(name string) []float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(slices.Values(f.values[name]))
}

// quantile of sorted values, by the nearest rank.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, max(0, int(q*float64(len(sorted))+0.999999)-1))]
}

// TestChaosRecoveryTime kills 60 workers that hold tables, and takes the time until each batch is in other hands. There
// are as many workers as batches, so that no batch waits for its turn.
func TestChaosRecoveryTime(t *testing.T) {
	wholeSuite(t)
	const fleets, workers = 15, 4
	g := newGround(t, 10*workers)
	t.Run("fleets", func(t *testing.T) {
		for range fleets {
			t.Run("fleet", func(t *testing.T) {
				t.Parallel()
				c := newChaos(t, g)
				c.recovers(workers)
				c.verdict()
			})
		}
	})
	took := allFigures.get("recovery_after_sigkill")
	require.Len(t, took, fleets*workers)
	require.LessOrEqual(t, quantile(took, 0.99), 20.0, "p99 of %v", took)
}

// recovers kills all workers while each holds a batch, one after another, with a new one for each.
func (c *chaos) recovers(workers int) {
	c.Helper()
	c.more = "worker: {concurrency: 1}\n"
	c.settings("  cache_enabled: false\n")
	var all []*node
	start := func() {
		n := c.idle("worker")
		n.source.Hold()
		n.restart()
		n.answers()
		all = append(all, n)
	}
	for range workers {
		start()
	}
	c.node("coordinator")
	c.begin()
	for _, n := range all[:workers] {
		c.eventually(time.Minute, "each holds a batch", func() bool { return n.holds() > 0 })
	}
	for _, victim := range all[:workers] {
		id := victim.owner()
		held := c.texts("SELECT DISTINCT batch FROM semantic_layer_v1.sync_run_tables WHERE state = 'leased' AND owner = $1", id)
		require.Len(c, held, 1)
		victim.kill()
		died := time.Now()
		start()
		c.wait(func() bool {
			return c.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'leased' AND batch = $1 AND owner <> $2", held[0], id) > 0
		}, func() { c.figures.add("recovery_after_sigkill", time.Since(died).Seconds()) })
	}
	c.waited.Wait()
	for _, n := range all {
		n.source.Release()
	}
}

// wait polls in the background for up to a minute.
func (c *chaos) wait(ok func() bool, then func()) {
	c.waited.Go(func() {
		for end := time.Now().Add(time.Minute); time.Now().Before(end); lasts(50 * time.Millisecond) {
			if ok() {
				then()
				return
			}
		}
		c.Errorf("a batch was not taken up within a minute")
	})
}

// TestChaosKilledEvery5s compares a run in which a worker dies every 5 s with one that is left alone.
func TestChaosKilledEvery5s(t *testing.T) {
	wholeSuite(t)
	g := newGround(t, 900)
	run := func(name string, disturb bool) {
		t.Run(name, func(t *testing.T) {
			c := newChaos(t, g)
			var workers []*node
			for range 3 {
				n := c.idle("worker")
				n.layer.Delay(3 * slowly)
				c.supervise(n)
				n.answers()
				workers = append(workers, n)
			}
			c.node("coordinator")
			began := time.Now()
			c.begin()
			for i := 0; disturb; i++ {
				lasts(5 * time.Second)
				if c.last().Status.Final() {
					break
				}
				c.mu.Lock()
				victim := workers[i%len(workers)].proc
				c.mu.Unlock()
				victim.kill()
				c.figures.add("killed_every_5s", 1)
			}
			c.ends("completed")
			c.figures.add(name, time.Since(began).Seconds())
			c.verdict()
		})
	}
	run("time_undisturbed", false)
	run("time_killed_every_5s", true)
	require.NotEmpty(t, allFigures.get("killed_every_5s"))
}

// TestChaosTimeWithoutNATS compares runs with NATS with runs without it, in turn.
func TestChaosTimeWithoutNATS(t *testing.T) {
	wholeSuite(t)
	g := newGround(t, 900)
	for range 3 {
		for _, with := range []bool{true, false} {
			name := map[bool]string{true: "time_with_nats", false: "time_without_nats"}[with]
			t.Run(name, func(t *testing.T) {
				c := newChaos(t, g)
				if !with {
					c.nats.Shutdown()
				}
				for range 2 {
					c.node("worker").layer.Delay(slowly)
				}
				c.node("coordinator")
				began := time.Now()
				c.begin()
				c.ends("completed")
				c.figures.add(name, time.Since(began).Seconds())
				if !with {
					c.nats.Start()
				}
				c.verdict()
			})
		}
	}
}

// reliabilityPage is where the figures go.
var reliabilityPage = filepath.Join("..", "..", "docs", "reliability.md")

// page writes what was measured between its marks in docs/reliability.md.
func (f *figures) page() error {
	text, err := os.ReadFile(reliabilityPage)
	if err != nil {
		return err
	}
	out := string(text)
	for mark, rows := range map[string]string{"figures": f.chaosRows(), "load": f.loadRows()} {
		if len(f.get("large_full_seconds"))+len(f.get("small_runs")) == 0 == (mark == "load") {
			continue // the other suite's
		}
		head, rest, ok := strings.Cut(out, "<!-- "+mark+" -->\n")
		_, tail, there := strings.Cut(rest, "<!-- end of "+mark+" -->\n")
		if !ok || !there {
			return fmt.Errorf("%s has no place for the %s", reliabilityPage, mark)
		}
		out = fmt.Sprintf("%s<!-- %s -->\n\nMeasured on %s with %d cores (%s); other work on the machine makes times longer.\n\n%s\n<!-- end of %s -->\n%s",
			head, mark, time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.Version(), rows, mark, tail)
	}
	return os.WriteFile(reliabilityPage, []byte(out), 0o600)
}

// chaosRows are the figures of the chaos suite.
func (f *figures) chaosRows() string {
	recovery := f.get("recovery_after_sigkill")
	mid := func(name string) float64 { return quantile(f.get(name), 0.5) }
	more := func(with, without string) float64 { return 100 * (mid(with)/mid(without) - 1) }
	bad := 0.0
	for _, v := range f.get("effects_lost_or_duplicated") {
		bad += v
	}
	var b strings.Builder
	b.WriteString("| figure | value |\n| --- | --- |\n")
	row := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "| %s | %s |\n", what, fmt.Sprintf(format, args...))
	}
	row("SIGKILL of a worker until its batch is in other hands", "n = %d, p50 %.1f s, p99 %.1f s, longest %.1f s", len(recovery), quantile(recovery, 0.5), quantile(recovery, 0.99), quantile(recovery, 1))
	row("SIGTERM of a worker until its tables are free", "%.2f s", mid("release_after_sigterm"))
	row("SIGKILL of the leader until a standby leads", "%.1f s", mid("standby_leads"))
	row("run of 900 tables with a worker killed every 5 s", "%.1f s with %d kills, %.1f s undisturbed: %+.0f %%", mid("time_killed_every_5s"), len(f.get("killed_every_5s")), mid("time_undisturbed"),
		more("time_killed_every_5s", "time_undisturbed"))
	row("run of 900 tables without NATS", "%.2f s, with it %.2f s: %+.1f %% (medians of %d)", mid("time_without_nats"), mid("time_with_nats"), more("time_without_nats", "time_with_nats"), len(f.get("time_with_nats")))
	row("runs that the checker passed", "%d", len(f.get("effects_lost_or_duplicated")))
	row("effects duplicated or lost over all of them", "%.0f", bad)
	row("tables that the control without its fence committed again", "%.0f of 60", mid("effects_duplicated_without_fence"))
	return b.String()
}
