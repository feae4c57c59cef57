package app

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// all gives table|reason for each table of the shop.
func all(reason string) (out []string) {
	for _, table := range shopTables {
		out = append(out, table+"|"+reason)
	}
	return out
}

// seedSync: the section is read, its keys reach the run, and a misspelt one is refused.
func seedSync(t *testing.T) {
	t.Helper()
	f := shop(t, "sync:\n  mode: full\n  batch_size: 3\n")
	f.does(all("new")...)
	require.Equal(t, metadata.ModeFull, f.last().Settings.Mode)
	require.Equal(t, 2, f.batches())
	f.settings("sync: {btach_size: 3}\n")
	require.Contains(t, f.run(exitUsage, "coordinator", "--apply").log.String(), "sync.btach_size: is not a known key (did you mean batch_size?)")
}

// ranIn makes a first run, changes the source, and wants what a run in a mode does then.
func ranIn(t *testing.T, mode string, want ...string) {
	t.Helper()
	f := shop(t, "sync: {mode: "+mode+", max_dropped_fraction: 1}\n")
	f.does(all("new")...)
	f.inShop("ALTER TABLE users ADD COLUMN phone TEXT", "CREATE TABLE vouchers (id INTEGER)", "DROP TABLE cards")
	f.does(want...)
	require.Equal(t, []string{mode}, f.texts("SELECT DISTINCT mode FROM semantic_layer_v1.sync_runs"))
}

func seedModeFull(t *testing.T) {
	t.Helper()
	ranIn(t, "full", "items|forced", "orders|forced", "users|changed", "vouchers|new", "cards|dropped")
}

func seedModeDelta(t *testing.T) {
	t.Helper()
	ranIn(t, "delta", "users|changed", "vouchers|new", "cards|dropped")
}

func seedModeIncremental(t *testing.T) {
	t.Helper()
	ranIn(t, "incremental", "vouchers|new")
}

// seedMode: the key chooses, the flag overrides it, and another word is refused.
func seedMode(t *testing.T) {
	t.Helper()
	f := shop(t, "")
	f.does(all("new")...)
	require.Equal(t, metadata.ModeDelta, f.last().Settings.Mode, "by default")
	f.settings("sync: {mode: full}\n")
	f.does(all("forced")...)
	f.settings("sync: {mode: sideways}\n")
	require.Contains(t, f.run(exitUsage, "coordinator", "--apply").log.String(), "sync.mode: ")
}

func seedBatchSize(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {mode: full, batch_size: 3}\n")
	f.does(all("new")...)
	require.Equal(t, 2, f.batches())
	f.settings("sync: {mode: full, batch_size: 1}\n")
	f.does(all("forced")...)
	require.Equal(t, 4, f.batches())
}

// looking is a run that looks at values while all tables are locked; it gives how many questions wait at once.
func looking(t *testing.T, sync string, want int) {
	t.Helper()
	f, w := warehouse(t, "sync: {"+sync+"}\nauto_generation: {sampling: {enabled: true, timeout: 30s}}\n")
	admin := open(t, "pgx", w.direct)
	lock, err := admin.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { _ = lock.Rollback() }()
	for _, table := range shopTables {
		_, err = lock.ExecContext(t.Context(), "LOCK TABLE customers."+table+" IN ACCESS EXCLUSIVE MODE")
		require.NoError(t, err)
	}
	p := f.start("coordinator", "--apply")
	waiting := func() (n int) {
		require.NoError(t, admin.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'`).Scan(&n))
		return n
	}
	f.eventually(20*time.Second, fmt.Sprintf("%d questions at once", want), func() bool { return waiting() >= want })
	require.Never(t, func() bool { return waiting() > want }, 300*time.Millisecond, 20*time.Millisecond)
	require.NoError(t, lock.Rollback())
	require.Equal(t, exitOK, p.wait(30*time.Second), p.log.String())
	require.Equal(t, 4, f.last().Counts.Done)
}

func seedParallelWorkers(t *testing.T) {
	t.Helper()
	looking(t, "parallel_workers: 3", 3)
	looking(t, "parallel_workers: 1", 1)
}

func seedMaxConcurrentQueries(t *testing.T) {
	t.Helper()
	looking(t, "parallel_workers: 4, max_concurrent_queries: 2", 2)
}

// seedParallelMode: any tables side by side; a batch of one database's tables only; one table's fields side by side.
func seedParallelMode(t *testing.T) {
	t.Helper()
	looking(t, "parallel_workers: 3, parallel_mode: table", 3)
	looking(t, "parallel_workers: 2, parallel_mode: field", 2) // two fields of one table
	databases := func(mode string) int {
		f, w := warehouse(t, "")
		mustExec(t, open(t, "pgx", w.direct), "CREATE SCHEMA sales", "CREATE TABLE sales.deals (id int)")
		f.settings("sync: {parallel_mode: " + mode + "}\nscope: {databases: [\"*.*\"]}\n")
		f.run(exitOK, "coordinator", "--apply")
		require.Equal(t, 5, f.last().Counts.Done)
		return f.number("SELECT max(n) FROM (SELECT count(DISTINCT database_name) AS n FROM semantic_layer_v1.sync_run_tables GROUP BY batch) b")
	}
	require.Equal(t, 2, databases("table"))
	require.Equal(t, 1, databases("database"))
}

// checkpoints are how many the last run wrote, of how many tables.
func (f *fleet) checkpoints() []string {
	f.Helper()
	return f.texts("SELECT batch, max(tables_done), count(*) FROM semantic_layer_v1.sync_checkpoints WHERE run_id = $1 GROUP BY batch", f.last().ID.String())
}

func seedCheckpointEnabled(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {checkpoint_enabled: false}\n")
	f.does(all("new")...)
	require.Equal(t, []string{"0|4|1"}, f.checkpoints(), "a batch is committed as a whole")
	f.settings("sync: {mode: full, checkpoint_enabled: true, checkpoint_interval: 1}\n")
	f.does(all("forced")...)
	require.Equal(t, []string{"0|1|4"}, f.checkpoints())
}

func seedCheckpointInterval(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {checkpoint_interval: 3}\n")
	f.does(all("new")...)
	require.Equal(t, []string{"0|3|2"}, f.checkpoints(), "three tables, then the fourth")
}

// profiled is the report of a run with --profile.
func (f *fleet) profiled(args ...string) string {
	f.Helper()
	return f.run(exitOK, "coordinator", append([]string{"--profile"}, args...)...).out.String()
}

func seedCacheEnabled(t *testing.T) {
	t.Helper()
	for enabled, questions := range map[bool]int{true: 0, false: 1} {
		f, w := warehouse(t, fmt.Sprintf("sync: {cache_enabled: %t}\n", enabled))
		f.run(exitOK, "coordinator", "--apply")
		require.Len(t, w.questions(), questions, "cache_enabled: %t", enabled)
		require.Equal(t, 4, f.last().Counts.Done)
	}
}

// seedCacheTTL: what the coordinator read lives in Redis for that long.
func seedCacheTTL(t *testing.T) {
	t.Helper()
	f, server := newEmbedded(t), testkit.Redis(t)
	other := shop(t, "")
	f.dir, f.config, f.sources = other.dir, other.config, other.sources
	f.more = fmt.Sprintf("redis: {addr: %q}\n", server.Addr)
	f.settings("sync: {cache_enabled: true, cache_ttl: 7m}\n")
	f.start("coordinator", "--apply") // there is no worker, so that it waits
	client := redis.NewClient(&redis.Options{Addr: server.Addr})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	var keys []string
	f.eventually(20*time.Second, "the batch's schemas are kept", func() bool {
		keys = client.Keys(context.Background(), "semsync:*:schemas:*").Val()
		return len(keys) == 1
	})
	left := client.PTTL(t.Context(), keys[0]).Val()
	require.Greater(t, left, 6*time.Minute)
	require.LessOrEqual(t, left, 7*time.Minute)
}

// seedOptimizeFor: a preset sets what the file leaves unset, and no more.
func seedOptimizeFor(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {optimize_for: reliability, parallel_workers: 3}\n")
	var b strings.Builder
	for i := range 41 {
		fmt.Fprintf(&b, "CREATE TABLE more_%d (id INTEGER);", i)
	}
	f.inShop(b.String())
	f.run(exitOK, "coordinator", "--apply")
	require.Equal(t, 3, f.batches(), "of 20 tables each")
	require.Contains(t, f.checkpoints(), "0|10|2")
	require.Equal(t, 5, f.last().Settings.MaxRetries)
	require.Equal(t, 3, f.last().Settings.Workers, "the file's own")
	f.settings("sync: {optimize_for: speed, mode: full}\n")
	out := f.profiled("--apply")
	require.Equal(t, 1, f.batches(), "of 200 tables")
	require.Equal(t, 16, f.last().Settings.Workers)
	require.Regexp(t, `cache .* 45 `, out, "the workers found all in the cache")
}

// seedDryRunByDefault: a run is dry unless it is asked to be applied.
func seedDryRunByDefault(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {dry_run_by_default: true}\n")
	f.run(exitOK, "coordinator", "--mode", "delta")
	require.Equal(t, metadata.StatusDryRun, f.last().Status)
	require.Empty(t, f.texts(heldTables))
	f.does(all("new")...)
	require.NotEmpty(t, f.texts(heldTables))
}

func seedAutoCommit(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {auto_commit: false}\n")
	f.run(exitApproval, "coordinator", "--apply")
	require.Equal(t, int64(4), f.last().Counts.Pending)
	require.Empty(t, f.texts(heldTables), "nothing is written unasked")
	f.run(exitOK, "coordinator", "approve", f.last().ID.String())
	require.Len(t, f.texts(heldTables), 16)
}

func seedSkipValidation(t *testing.T) {
	t.Helper()
	const rules = "validation: {require_owner_for_tables: true}\n"
	f := shop(t, "sync: {skip_validation: true}\n"+rules)
	f.run(exitOK, "coordinator", "--apply")
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.validation_errors"))
	f.settings("sync: {skip_validation: false}\n" + rules)
	f.run(exitOK, "coordinator", "--apply")
	require.Equal(t, 4, f.number("SELECT count(*) FROM semantic_layer_v1.validation_errors"))
}
