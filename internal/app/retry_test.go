package app

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/queue"
	"github.com/semsync/semsync/internal/testkit"
	"github.com/semsync/semsync/internal/testkit/catalog"
)

// TestOutOfTries lets a source refuse every connection between plan and read.
func TestOutOfTries(t *testing.T) {
	t.Parallel()
	f, adminDSN := newFleet(t), testkit.Postgres(t)
	require.NoError(t, catalog.FillPostgres(t.Context(), pgExecer(t, adminDSN), 20, 4))
	admin := open(t, "pgx", adminDSN)
	u, err := url.Parse(adminDSN)
	require.NoError(t, err)
	role := strings.TrimPrefix(u.Path, "/") + "_reader"
	mustExec(t, admin, "CREATE ROLE "+role+" LOGIN PASSWORD 'reader-secret'")
	u.User = url.UserPassword(role, "reader-secret")
	f.source("warehouse", "postgres", u.String(), "")
	f.sync = "  batch_size: 10\n"
	f.write(`  databases: ["bench_*.*"]`)

	run := f.start("coordinator", "--apply")
	f.eventually(30*time.Second, "the plan is made", func() bool { return strings.Contains(run.log.String(), "planned") })
	mustExec(t, admin, "ALTER ROLE "+role+" CONNECTION LIMIT 0")
	f.start("worker")
	require.Equal(t, exitFailed, run.wait(time.Minute), run.log.String())
	r := f.last()
	require.Equal(t, metadata.StatusFailed, r.Status)
	f.balanced(r)
	require.Equal(t, 20, r.Counts.Failed)
	require.Equal(t, 20, f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE fail_count = 4 AND attempt = 4 AND error_class = 'rate_limit'"),
		"three retries after the first attempt")
	require.GreaterOrEqual(t, r.Duration, 3*time.Second, "three waits of a second each")
	require.NotContains(t, run.log.String()+run.out.String(), "reader-secret")

	client, err := queue.NewClient(queue.Options{Addr: f.redis.Addr})
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	dispatcher := queue.New(client, queue.Config{Queue: "semantic_layer_v1"})
	dead, err := dispatcher.Dead(t.Context())
	require.NoError(t, err)
	require.Len(t, dead, 2, "both batches are in the archive, where Asynqmon shows them")

	list := f.run(exitOK, "coordinator", "dead", "list", "--output", "json")
	var views []deadView
	require.NoError(t, json.Unmarshal([]byte(list.out.String()), &views))
	require.Len(t, views, 20)

	mustExec(t, admin, "ALTER ROLE "+role+" CONNECTION LIMIT -1")
	f.run(exitOK, "coordinator", "dead", "retry", r.ID.String())
	again := f.last()
	require.Equal(t, r.ID, again.ID)
	require.Equal(t, metadata.StatusCompleted, again.Status)
	f.balanced(again)
	dead, err = dispatcher.Dead(t.Context())
	require.NoError(t, err)
	require.Empty(t, dead)
}

var listening = regexp.MustCompile(`addr=(127\.0\.0\.1:\d+)`)

func TestMetricsAndHealth(t *testing.T) {
	t.Parallel()
	f, _ := benched(t, 3, "")
	programs := map[string]*proc{"coordinator": f.start("coordinator"), "worker": f.start("worker")}
	f.run(exitOK, "coordinator", "--apply")
	get := func(addr, path string) (int, string) {
		res, err := http.Get("http://" + addr + path)
		require.NoError(t, err)
		defer func() { require.NoError(t, res.Body.Close()) }()
		b := &lockedBuffer{}
		_, err = b.b.ReadFrom(res.Body)
		require.NoError(t, err)
		return res.StatusCode, b.String()
	}
	for name, p := range programs {
		var addr string
		f.eventually(10*time.Second, name+" says where it listens", func() bool {
			if m := listening.FindStringSubmatch(p.log.String()); m != nil {
				addr = m[1]
			}
			return addr != ""
		})
		code, _ := get(addr, "/healthz")
		require.Equal(t, http.StatusOK, code)
		code, body := get(addr, "/readyz")
		require.Equal(t, http.StatusOK, code, body)
		_, body = get(addr, "/metrics")
		require.Contains(t, body, "semsync_"+name+"_")
		require.Contains(t, body, "go_goroutines")
		if name == "worker" {
			require.Contains(t, body, `semsync_worker_tables_total{outcome="done"} 3`)
			require.Contains(t, body, "semsync_worker_batch_seconds_count 1")
			continue
		}
		f.eventually(20*time.Second, "the leader has counted", func() bool {
			_, body = get(addr, "/metrics")
			return strings.Contains(body, "semsync_workers_alive 1") && strings.Contains(body, "semsync_source_last_success_timestamp_seconds{source=")
		})
		require.Contains(t, body, `semsync_ledger_tables{state="open"} 0`)
	}
	f.nats.Shutdown()
	for _, p := range programs {
		code, body := get(listening.FindStringSubmatch(p.log.String())[1], "/readyz")
		require.Equal(t, http.StatusOK, code, "ready without NATS: %s", body)
	}
	f.redis.Kill()
	for _, p := range programs {
		code, body := get(listening.FindStringSubmatch(p.log.String())[1], "/readyz")
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Contains(t, body, "redis")
	}
}
