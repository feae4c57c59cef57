package app

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// withLoad is the environment variable with which loads run: how long the many small runs go on, such as 10m.
const withLoad = "SEMSYNC_LOAD"

func loadFor(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv(withLoad)
	if text == "" {
		t.Skip("make load runs it")
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	return d
}

// memory gives the node's resident memory now and at most, in MB, as the kernel counts it.
func (n *node) memory() (now, peak float64) {
	n.c.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.cmd.Process.Pid))
	require.NoError(n.c, err)
	read := func(key string) float64 {
		m := regexp.MustCompile(key + `:\s+(\d+) kB`).FindStringSubmatch(string(text))
		require.NotNil(n.c, m, key)
		kb, err := strconv.ParseFloat(m[1], 64)
		require.NoError(n.c, err)
		return kb / 1024
	}
	return read("VmRSS"), read("VmHWM")
}

func (n *node) connections() int {
	return n.layer.Connections() + n.redis.Connections() + n.nats.Connections() + n.source.Connections()
}

// queued counts the tasks that Redis has in any state but archived.
func (c *chaos) queued() int {
	c.Helper()
	inspector := asynq.NewInspectorFromRedisClient(redis.NewClient(&redis.Options{Addr: c.redis.Addr, Password: c.secrets.redis}))
	defer func() { _ = inspector.Close() }() // it has been asked
	info, err := inspector.GetQueueInfo("semantic_layer_v1")
	require.NoError(c, err)
	return info.Pending + info.Active + info.Scheduled + info.Retry + info.Aggregating
}

// TestLoadSmallRuns makes 50 full runs of 10 tables a minute.
func TestLoadSmallRuns(t *testing.T) {
	length := loadFor(t)
	c, _ := ownSource(t, 10)
	c.settings("  mode: full\n")
	c.node("worker")
	c.node("worker")
	c.node("coordinator")
	memory, connections := map[*node][]float64{}, map[*node][]int{}
	runs := 0
	began := time.Now()
	for ; time.Since(began) < length; runs++ {
		next := began.Add(time.Duration(runs) * 1200 * time.Millisecond)
		lasts(time.Until(next))
		c.begin()
		if runs%10 == 9 {
			for _, n := range c.nodes {
				now, _ := n.memory()
				memory[n], connections[n] = append(memory[n], now), append(connections[n], n.connections())
			}
		}
	}
	minutes := time.Since(began).Minutes()
	c.ends(metadata.StatusCompleted)
	require.Equal(t, runs, c.number("SELECT count(*) FROM semantic_layer_v1.sync_runs WHERE status = 'completed'"))
	require.Equal(t, 10, c.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes"), "one effect per table over all runs")
	c.eventually(time.Minute, "the queue is empty", func() bool { return c.queued() == 0 })
	for _, n := range c.nodes {
		quarter := len(memory[n]) / 4
		early, late := mean(memory[n][quarter:2*quarter]), mean(memory[n][len(memory[n])-quarter:])
		t.Logf("%s: %.0f MB early, %.0f MB late; at most %d connections early, %d late", n.program, early, late,
			slices.Max(connections[n][quarter:2*quarter]), slices.Max(connections[n][len(connections[n])-quarter:]))
		require.LessOrEqual(t, late, early*1.15+5, "memory is flat")
		require.LessOrEqual(t, slices.Max(connections[n][len(connections[n])-quarter:]), slices.Max(connections[n][:2*quarter])+2, "connections are flat")
		allFigures.add("small_"+n.program+"_early_mb", early)
		allFigures.add("small_"+n.program+"_late_mb", late)
	}
	allFigures.add("small_runs", float64(runs))
	allFigures.add("small_minutes", minutes)
	c.nothingLeft()
}

func mean(v []float64) (sum float64) {
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(1, len(v)))
}

// largeTables is what TestLoadLargeRun syncs.
const largeTables = 100_000

// TestLoadLargeRun makes one run over 100,000 tables with four workers, and one more with nothing changed.
func TestLoadLargeRun(t *testing.T) {
	loadFor(t)
	c, _ := ownSource(t, largeTables)
	c.sync = strings.Replace(c.sync, "batch_size: 10\n  checkpoint_interval: 5\n  parallel_workers: 2", "batch_size: 100\n  checkpoint_interval: 100\n  parallel_workers: 2", 1)
	c.write(c.scope)
	for range 4 {
		c.node("worker")
	}
	c.node("coordinator")
	for _, name := range []string{"large_full", "large_unchanged"} {
		began := time.Now()
		c.begin()
		require.Eventually(t, func() bool { return c.last().Status.Final() }, 30*time.Minute, time.Second)
		allFigures.add(name+"_seconds", time.Since(began).Seconds())
		t.Logf("%s: %.0f s", name, time.Since(began).Seconds())
		c.ends(metadata.StatusCompleted)
	}
	require.Equal(t, largeTables, c.number("SELECT count(*) FROM semantic_layer_v1.table_metadata"))
	require.Equal(t, largeTables, c.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes"))
	for _, n := range c.nodes {
		_, peak := n.memory()
		t.Logf("%s: at most %.0f MB, %d connections", n.program, peak, n.connections())
		allFigures.add("large_"+n.program+"_mb", peak)
	}
	c.eventually(time.Minute, "the queue is empty", func() bool { return c.queued() == 0 })
}

// loadRows are the figures of loads, for the page.
func (f *figures) loadRows() string {
	worst := func(name string) float64 { return quantile(f.get(name), 1) }
	return fmt.Sprintf(`| load | value |
| --- | --- |
| %.0f full runs of 10 tables in %.1f min with 2 workers | all completed, queue empty at the end |
| memory in the second quarter of that time, and in the last | coordinator %.0f and %.0f MB, workers %.0f and %.0f MB |
| a full run of %d tables with 4 workers, all on this machine | %.0f s |
| the same with nothing changed | %.1f s |
| peak memory in it | coordinator %.0f MB, the largest worker %.0f MB |
`, worst("small_runs"), worst("small_minutes"), worst("small_coordinator_early_mb"), worst("small_coordinator_late_mb"), worst("small_worker_early_mb"), worst("small_worker_late_mb"),
		largeTables, worst("large_full_seconds"), worst("large_unchanged_seconds"), worst("large_coordinator_mb"), worst("large_worker_mb"))
}
