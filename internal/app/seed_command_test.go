package app

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func seedApply(t *testing.T) {
	t.Helper()
	f := shop(t, "")
	p := f.run(exitOK, "coordinator", "--apply")
	require.Contains(t, p.out.String(), "status     completed")
	require.Equal(t, 12, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata"))
}

// seedDryRun: it says what would change, and changes nothing.
func seedDryRun(t *testing.T) {
	t.Helper()
	f := shop(t, "")
	p := f.run(exitOK, "coordinator", "--dry-run")
	require.Contains(t, p.out.String(), "shop:customers.users  created: ")
	require.Contains(t, p.out.String(), "4 changes\n")
	require.Equal(t, metadata.StatusDryRun, f.last().Status)
	require.Empty(t, f.texts(heldTables))
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.table_state"))
}

func seedValidate(t *testing.T) {
	t.Helper()
	f := shop(t, "sync:\n  batch_size: 7\n")
	out := f.run(exitOK, "coordinator", "--validate-sync-config").out.String()
	require.Regexp(t, `(?m)^sync\.batch_size +file .*config\.yaml:\d+:\d+ +7$`, out)
	require.Regexp(t, `(?m)^sync\.max_retries +default +3$`, out)
	require.Contains(t, out, "config.yaml is valid")
	f.settings("sync:\n  batch_size: 0\n")
	require.Regexp(t, `config\.yaml:\d+:\d+: sync\.batch_size: `, f.run(exitUsage, "coordinator", "--validate-sync-config").out.String())
	require.Zero(t, f.number("SELECT count(*) FROM sqlite_schema WHERE name = 'sync_runs'"), "nothing was begun")
}

func seedTestTable(t *testing.T) {
	t.Helper()
	f := shop(t, "")
	f.run(exitOK, "coordinator", "--test-table", "customers.users")
	require.Equal(t, []string{"users"}, f.texts("SELECT table_name FROM semantic_layer_v1.table_metadata"))
	require.Equal(t, 3, f.last().Counts.Filtered)
}

func seedProfile(t *testing.T) {
	t.Helper()
	out := shop(t, "").profiled("--apply")
	require.Contains(t, out, "tables a minute")
	for _, phase := range []string{"discover", "plan", "read", "think", "commit", "peak memory"} {
		require.Contains(t, out, phase)
	}
}

// seedLoop is the loop over batch sizes.
func seedLoop(t *testing.T) {
	t.Helper()
	f := shop(t, "")
	for size, batches := range map[string]int{"2": 2, "50": 1} {
		out := f.profiled("--batch-size", size, "--mode", "full")
		require.Contains(t, out, "tables a minute, batch_size "+size)
		require.Equal(t, batches, f.batches())
	}
}

func seedModeFlag(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {mode: delta}\n")
	f.does(all("new")...)
	f.run(exitOK, "coordinator", "--mode", "full", "--apply")
	require.Equal(t, 4, f.last().Counts.Forced)
}

func seedBatchFlag(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {batch_size: 1}\n")
	f.run(exitOK, "coordinator", "--batch-size", "50", "--apply")
	require.Equal(t, 1, f.batches())
	require.Equal(t, 4, f.last().Counts.Done)
}

func seedWorkersFlag(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {parallel_workers: 1}\n")
	p := f.run(exitOK, "coordinator", "--workers", "8", "--apply", "--profile", "--profile-out", filepath.Join(f.dir, "p.json"))
	require.Equal(t, 8, f.last().Settings.Workers)
	require.Contains(t, p.out.String(), "parallel_workers 8")
}

// seedExamples are the schedules that the seed shows.
var seedExamples = []string{
	"0 2 * * 0", "0 2 * * *", "0 * * * *", "0 3 * * 1", "0 */6 * * *", "0 9-17 * * *", "0 0 1 * *", "0 2 * * 1-5",
	"interval:30m", "interval:2h", "interval:12h",
}

func seedTestSchedule(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {schedule: \"0 2 * * *\", timezone: Europe/Berlin}\n")
	out := f.run(exitOK, "coordinator", "--test-schedule").out.String()
	require.Regexp(t, `^(\w{3} \d{4}-\d\d-\d\d 02:00:00 CES?T  \d{4}-\d\d-\d\dT0[01]:00:00Z\n){5}$`, out)
}

// seedSchedule: each of the seed's expressions has fire times, and a coordinator that serves fires by itself.
func seedSchedule(t *testing.T) {
	t.Helper()
	f := shop(t, "")
	for _, expression := range seedExamples {
		f.settings("sync: {schedule: \"" + expression + "\"}\n")
		require.Regexp(t, `(?m)\A(.*Z\n){5}\z`, f.run(exitOK, "coordinator", "--test-schedule").out.String(), expression)
	}
	f.settings("sync: {schedule: null}\n")
	require.Contains(t, f.run(exitOK, "coordinator", "--test-schedule").out.String(), "runs start by hand only")
	f.fires()
}

// fires has a coordinator fire a schedule of seconds.
func (f *fleet) fires() {
	f.Helper()
	f.settings("sync: {schedule: \"interval:1s\"}\n")
	p := f.start("coordinator")
	f.eventually(20*time.Second, "the schedule fires", func() bool {
		var n int
		err := f.layer.DB().QueryRowContext(f.Context(), f.statement("SELECT count(*) FROM semantic_layer_v1.sync_runs WHERE \"trigger\" = 'schedule' AND status = 'completed'")).Scan(&n)
		return err == nil && n > 0
	})
	require.Contains(f, p.log.String(), "schedule fired")
}
