package app

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// metrics gives what a program shows at /metrics.
func (p *proc) metrics() string {
	p.f.Helper()
	var addr string
	p.f.eventually(10*time.Second, "it says where it listens", func() bool {
		if m := listening.FindStringSubmatch(p.log.String()); m != nil {
			addr = m[1]
		}
		return addr != ""
	})
	res, err := http.Get("http://" + addr + "/metrics")
	require.NoError(p.f, err)
	defer func() { require.NoError(p.f, res.Body.Close()) }()
	body, err := io.ReadAll(res.Body)
	require.NoError(p.f, err)
	return string(body)
}

const warehouseQueries = `semsync_source_queries_total{source="warehouse"}`

// TestSchemaCache: workers of a full run ask the source nothing that the coordinator has just asked it.
func TestSchemaCache(t *testing.T) {
	t.Parallel()
	f := manyTables(t, 1000)
	f.sync += "  cache_enabled: true\n"
	f.write(`  databases: ["bench_*.*"]`)
	want := undisturbed(t, f)
	worker := f.start("worker")
	f.run(exitOK, "coordinator", "--apply", "--mode", "full")
	require.Equal(t, 1000, f.last().Counts.Done)
	got, err := f.layer.Digest(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, got)
	shown := worker.metrics()
	require.Contains(t, shown, warehouseQueries+" 0\n")
	require.Contains(t, shown, `semsync_worker_schema_cache_total{result="hit"} 1000`)

	// What is not there any more is read from the source.
	worker.signal(15)
	require.Equal(t, exitOK, worker.wait(20*time.Second))
	asked := f.start("coordinator", "--apply", "--mode", "full")
	f.eventually(30*time.Second, "the plan is made", func() bool { return f.last().Status == metadata.StatusRunning })
	f.redis.FlushAll()
	worker = f.start("worker")
	require.Equal(t, exitOK, asked.wait(2*time.Minute), asked.log.String())
	require.Equal(t, 1000, f.last().Counts.Done)
	shown = worker.metrics()
	require.NotContains(t, shown, warehouseQueries+" 0\n")
	require.Contains(t, shown, `semsync_worker_schema_cache_total{result="hit"} 0`)
}
