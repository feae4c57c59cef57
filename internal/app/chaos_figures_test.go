package app

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
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

// kills is how many workers TestChaosRecoveryTime kills.
const kills = 60

// TestChaosRecoveryTime kills workers that hold tables, and takes the time until the last of these tables is
// in other hands.
func TestChaosRecoveryTime(t *testing.T) {
	wholeSuite(t)
	c, _ := ownSource(t, 4000)
	c.settings("  cache_enabled: false\n  max_retries: 20\n")
	var workers []*node
	for range 6 {
		n := c.idle("worker")
		n.source.Delay(300 * time.Millisecond) // so that whoever is killed has tables in hand
		c.supervise(n)
		workers = append(workers, n)
	}
	c.node("coordinator")
	c.begin()
	c.reaches(20)
	var wg sync.WaitGroup
	for range kills {
		var victim *node
		var id string
		c.eventually(time.Minute, "a worker holds tables", func() bool {
			n := workers[rand.IntN(len(workers))]
			c.mu.Lock()
			running := n.proc
			c.mu.Unlock()
			victim = &node{proc: running, c: c}
			id = victim.owner()
			return id != "" && victim.holds() > 0
		})
		victim.signal(syscall.SIGSTOP) // what it holds does not change between the look and the end
		held := c.texts("SELECT table_name, attempt FROM semantic_layer_v1.sync_run_tables WHERE state = 'leased' AND owner = $1", id)
		victim.kill()
		died := time.Now()
		if len(held) == 0 {
			continue
		}
		wg.Go(func() {
			for time.Since(died) < time.Minute {
				if c.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE owner = $1 AND state = 'leased'", id) == 0 {
					c.figures.add("freed_after_sigkill", time.Since(died).Seconds())
					break
				}
				lasts(50 * time.Millisecond)
			}
			first, _, _ := strings.Cut(held[0], "|")
			for time.Since(died) < time.Minute {
				if c.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE table_name = $1 AND (state = 'done' OR state = 'leased' AND owner <> $2)", first, id) == 1 {
					c.figures.add("recovery_after_sigkill", time.Since(died).Seconds())
					return
				}
				lasts(50 * time.Millisecond)
			}
			c.Errorf("%s was not taken up within a minute", first)
		})
		lasts(1200 * time.Millisecond)
	}
	wg.Wait()
	for _, n := range workers {
		n.source.Delay(0)
	}
	took := c.figures.get("recovery_after_sigkill")
	require.GreaterOrEqual(t, len(took), 50)
	require.LessOrEqual(t, quantile(took, 0.99), 20.0, "p99 of %v", took)
	c.eventually(4*time.Minute, "the run ends", func() bool { return c.last().Status.Final() })
	c.balanced(c.last())
	done := c.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'done'")
	require.Equal(t, done, c.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes"), "one effect per table")
	require.Equal(t, done, c.number("SELECT count(DISTINCT table_name) FROM semantic_layer_v1.metadata_changes"))
	c.figures.add("set_aside_after_random_kills", float64(c.last().Counts.Failed))
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

// page writes the figures of a whole suite between the marks in docs/reliability.md.
func (f *figures) page() error {
	text, err := os.ReadFile(reliabilityPage)
	if err != nil {
		return err
	}
	const begin, end = "<!-- figures: written by make chaos -->\n", "<!-- end of figures -->\n"
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, there := strings.Cut(rest, end)
	if !ok || !there {
		return fmt.Errorf("%s has no place for the figures", reliabilityPage)
	}
	recovery, freed := f.get("recovery_after_sigkill"), f.get("freed_after_sigkill")
	mid := func(name string) float64 { return quantile(f.get(name), 0.5) }
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s with %d cores (%s); other work on the machine makes the times longer.\n\n", time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.Version())
	b.WriteString("| figure | value |\n| --- | --- |\n")
	row := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "| %s | %s |\n", what, fmt.Sprintf(format, args...))
	}
	row("SIGKILL of a worker until its tables are in other hands", "n = %d, p50 %.1f s, p99 %.1f s, longest %.1f s", len(recovery), quantile(recovery, 0.5), quantile(recovery, 0.99), quantile(recovery, 1))
	row("SIGKILL of a worker until its tables are free", "n = %d, p50 %.1f s, p99 %.1f s", len(freed), quantile(freed, 0.5), quantile(freed, 0.99))
	row("SIGTERM of a worker until its tables are free", "%.2f s", mid("release_after_sigterm"))
	row("SIGKILL of the leader until a standby leads", "%.1f s", mid("standby_leads"))
	row("run of 900 tables with a worker killed every 5 s", "%.1f s with %d kills, %.1f s undisturbed: %+.0f %%", mid("time_killed_every_5s"), len(f.get("killed_every_5s")), mid("time_undisturbed"),
		100*(mid("time_killed_every_5s")/mid("time_undisturbed")-1))
	row("run of 900 tables without NATS", "%.2f s, with it %.2f s: %+.1f %% (medians of %d)", mid("time_without_nats"), mid("time_with_nats"), 100*(mid("time_without_nats")/mid("time_with_nats")-1), len(f.get("time_with_nats")))
	row("runs of the suite that the checker passed", "%d", len(f.get("effects_lost_or_duplicated")))
	var bad float64
	for _, v := range f.get("effects_lost_or_duplicated") {
		bad += v
	}
	row("effects duplicated or lost over all of them", "%.0f", bad)
	row("tables committed again by the control without its fence", "%.0f of 60", mid("effects_duplicated_without_fence"))
	return os.WriteFile(reliabilityPage, []byte(head+begin+"\n"+b.String()+"\n"+end+tail), 0o600)
}
