package app

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
	"github.com/semsync/semsync/internal/testkit/catalog"
)

// benched is a fleet over a PostgreSQL source of some tables, with its administrator's DSN.
func benched(t *testing.T, tables int, sync string) (*fleet, string) {
	t.Helper()
	f, dsn := newFleet(t), testkit.Postgres(t)
	require.NoError(t, catalog.FillPostgres(t.Context(), pgExecer(t, dsn), tables, 4))
	f.source("warehouse", "postgres", dsn, "")
	f.sync = sync
	f.write(`  databases: ["bench_*.*"]`)
	return f, dsn
}

func TestParallelModesGiveTheSameLayer(t *testing.T) {
	digests := map[string]bool{}
	for _, mode := range []string{"table", "database", "field"} {
		f, _ := benched(t, 60, "  batch_size: 7\n  parallel_mode: "+mode+"\n")
		f.start("worker")
		f.start("worker")
		f.run(exitOK, "coordinator", "--apply")
		f.balanced(f.last())
		digest, err := f.layer.Digest(t.Context())
		require.NoError(t, err)
		digests[digest] = true
	}
	require.Len(t, digests, 1)
}

func TestQueriesInFlightAreBoundOverTheFleet(t *testing.T) {
	const limit = 2
	f, dsn := benched(t, 600, "  batch_size: 5\n  max_concurrent_queries: 2\n")
	admin := open(t, "pgx", dsn)
	for range 3 {
		f.start("worker", "--concurrency", "4")
	}
	run := f.start("coordinator", "--apply")
	most, looks := 0, 0
	for ended := false; !ended; {
		var n int
		require.NoError(t, admin.QueryRowContext(t.Context(),
			"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND datname = current_database() AND application_name LIKE 'semsync%'").Scan(&n))
		most, looks = max(most, n), looks+1
		select {
		case <-run.done:
			ended = true
		default:
		}
	}
	require.Equal(t, exitOK, run.wait(time.Second))
	require.Greater(t, looks, 50)
	require.Positive(t, most, "queries were seen at all")
	require.LessOrEqual(t, most, limit)
}

func TestQueryTimeoutIsTriedAgain(t *testing.T) {
	f, dsn := benched(t, 5, "  query_timeout: 1s\n")
	admin := open(t, "pgx", dsn)
	lock, err := admin.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = lock.ExecContext(t.Context(), "LOCK TABLE pg_catalog.pg_attrdef IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	f.start("worker")
	run := f.start("coordinator", "--apply")
	f.eventually(time.Minute, "the time-out is met", func() bool { return strings.Contains(run.log.String(), "planning begins again") })
	require.NoError(t, lock.Rollback())
	require.Equal(t, exitOK, run.wait(time.Minute), run.log.String())
	require.Equal(t, metadata.StatusCompleted, f.last().Status)
}

func TestRunWithoutNATS(t *testing.T) {
	f, _ := benched(t, 40, "  batch_size: 5\n")
	f.nats.Shutdown()
	f.start("worker")
	f.run(exitOK, "coordinator", "--apply")
	f.balanced(f.last())
	require.Equal(t, 40, f.last().Counts.Done)
}

func TestTerminatedWorkerGivesBackAtOnce(t *testing.T) {
	f := manyTables(t, chaosTables)
	want := undisturbed(t, f)
	first := f.start("worker")
	f.start("coordinator", "--apply")
	f.midway()
	first.signal(syscall.SIGTERM)
	require.Equal(t, exitOK, first.wait(5*time.Second), first.log.String())
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'leased'"))
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE crash_count > 0"))
	before := f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'done'")
	f.start("worker")
	f.eventually(10*time.Second, "another worker goes on within 5 s of its start", func() bool {
		return f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'done'") > before
	})
	f.endsAsUndisturbed(want, 1)
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE crash_count > 0"))
}
