package app

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// seedTakingTooLong: each of the ways to a shorter run makes it do, or ask, less; the profile says where the time goes.
func seedTakingTooLong(t *testing.T) {
	t.Helper()
	f, w := warehouse(t, "sync: {mode: full, batch_size: 1, parallel_workers: 1}\n")
	require.Contains(t, f.profiled("--apply"), "tables a minute, batch_size 1, parallel_workers 1")
	require.Len(t, w.questions(), 4)

	w.cut(0, 0)
	require.Contains(t, f.profiled("--apply", "--batch-size", "100", "--workers", "4"), "batch_size 100, parallel_workers 4")
	require.Len(t, w.questions(), 1, "larger batches ask less often")

	w.cut(0, 0)
	f.run(exitOK, "coordinator", "--apply", "--mode", "delta")
	require.Zero(t, f.last().Counts.Total, "delta does what changed")
	require.Empty(t, w.questions())

	f.settings("sync: {mode: full}\nscope: {databases: [\"customers.*\"], exclude_patterns: [items, orders]}\n")
	f.run(exitOK, "coordinator", "--apply")
	require.Equal(t, 2, f.last().Counts.Forced, "a smaller scope is less to do")
}

// seedFailing: the error is named with its cause, rights that are missing are named, and what passes is tried again.
func seedFailing(t *testing.T) {
	t.Helper()
	f, w := warehouse(t, "sync: {retry_on_failure: false}\n")
	w.cut(0, -1)
	require.Contains(t, f.run(exitFailed, "coordinator", "--apply").log.String(), "class=connection_lost")
	id := f.last().ID.String()
	require.Regexp(t, `warehouse:customers\.users  failed after 1 attempts \(connection_lost\): `, f.run(exitOK, "coordinator", "runs", "show", id).out.String())
	require.Regexp(t, `customers\.users +1 +connection_lost`, f.run(exitOK, "coordinator", "dead", "list").out.String())

	w.cut(0, 1)
	f.settings("sync: {retry_on_failure: true, retry_delay: 0s}\n")
	f.run(exitOK, "coordinator", "--apply")
	require.Equal(t, int64(4), f.last().Counts.Retries)

	// A smaller batch makes less fail together.
	w.cut(1, 1)
	f.settings("sync: {mode: full, retry_on_failure: false, batch_size: 2}\nworker: {concurrency: 1}\n")
	f.run(exitSomeFailed, "coordinator", "--apply")
	require.Equal(t, 2, f.last().Counts.Done)

	// A role without connections left, or without rights, is told of.
	admin := open(t, "pgx", w.direct)
	u, err := url.Parse(w.direct)
	require.NoError(t, err)
	role := u.Path[1:] + "_reader"
	mustExec(t, admin, "CREATE ROLE "+role+" LOGIN PASSWORD 'reader-secret' CONNECTION LIMIT 0")
	u.User = url.UserPassword(role, "reader-secret")
	f.sources = nil
	f.source("warehouse", "postgres", u.String(), "")
	f.settings("")
	check := func() string {
		return f.run(exitUsage, "coordinator", "--validate-sync-config", "--connect").out.String()
	}
	require.Contains(t, check(), "too many connections for role")
	mustExec(t, admin, "ALTER ROLE "+role+" CONNECTION LIMIT -1", "REVOKE SELECT ON pg_catalog.pg_attrdef FROM PUBLIC")
	require.Regexp(t, `source warehouse: .*pg_attrdef`, check())
}

// seedCheckpointsKept: a run that was killed goes on where its last checkpoint was.
func seedCheckpointsKept(t *testing.T) {
	t.Helper()
	f, w := warehouse(t, "sync: {checkpoint_enabled: true, checkpoint_interval: 1, batch_size: 2}\nworker: {concurrency: 1}\n")
	w.keep(1)
	p := f.start("coordinator", "--apply")
	f.eventually(20*time.Second, "the first batch is done", func() bool {
		return len(w.questions()) == 2
	})
	p.kill()
	w.letGo()
	begun := f.last()
	require.Equal(t, 2, f.ofLast("SELECT count(*) FROM semantic_layer_v1.sync_checkpoints"))
	require.Contains(t, f.run(exitOK, "coordinator", "--apply").log.String(), "going on with a run that has not ended")
	r := f.last()
	require.Equal(t, begun.ID, r.ID)
	require.Equal(t, metadata.StatusCompleted, r.Status)
	require.Equal(t, []string{"1|2", "2|2"}, f.texts("SELECT attempt, count(*) FROM semantic_layer_v1.sync_run_tables GROUP BY attempt ORDER BY 1"), "what was done is not done again")
	require.Equal(t, 4, f.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes"))
	f.balanced(r)
}

// seedScheduleFires: a wrong expression is named; fire times show the time zone; a coordinator that serves says that it fires.
func seedScheduleFires(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {schedule: \"0 25 * * *\"}\n")
	require.Contains(t, f.run(exitUsage, "coordinator", "--test-schedule").log.String(), "sync.schedule: \"0 25 * * *\" is not a cron expression")
	f.settings("sync: {schedule: \"0 2 * * *\", timezone: Asia/Tokyo}\n")
	require.Regexp(t, `02:00:00 JST  \d{4}-\d\d-\d\dT17:00:00Z`, f.run(exitOK, "coordinator", "--test-schedule").out.String())
	f.settings("sync: {schedule: \"0 2 * * *\", timezone: Asia/Atlantis}\n")
	require.Contains(t, f.run(exitUsage, "coordinator", "--test-schedule").log.String(), "sync.timezone: ")
	f.fires()
}
