package app

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// fired are the fire times that are recorded, oldest first, each with whether a run was made.
func (f *fleet) fired() []string {
	f.Helper()
	return f.texts("SELECT fire_time, CASE WHEN run_id IS NULL THEN 'skipped' ELSE 'run' END FROM semantic_layer_v1.schedule_fires ORDER BY 1")
}

// TestCatchUp: of fire times that were missed while nobody led, one is made up for, or none.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	daily := fmt.Sprintf("%d %d * * *", now.Minute(), (now.Hour()+12)%24) // hours away, before and after
	for catchUp, want := range map[bool]int{true: 1, false: 0} {
		t.Run(strconv.FormatBool(catchUp), func(t *testing.T) {
			t.Parallel()
			f := shop(t, "")
			f.run(exitOK, "coordinator", "--apply")
			_, err := f.layer.DB().ExecContext(t.Context(), "INSERT INTO schedule_fires (schedule, fire_time) VALUES (?1, ?2)",
				daily+" UTC", now.Add(-5*24*time.Hour).Format("2006-01-02T15:04:05.000Z"))
			require.NoError(t, err)
			f.settings(fmt.Sprintf("sync: {schedule: %q, catch_up: %t}\n", daily, catchUp))
			p := f.start("coordinator")
			f.eventually(20*time.Second, "it leads", func() bool { return strings.Contains(p.log.String(), "leading") })
			if catchUp {
				f.eventually(20*time.Second, "one is made up for", func() bool { return len(f.fired()) == 2 })
				require.Equal(t, now.Add(-12*time.Hour).Format("2006-01-02T15:04"), f.fired()[1][:16], "the last that was missed")
			}
			scheduled := func() bool {
				return f.number("SELECT count(*) FROM semantic_layer_v1.sync_runs WHERE initiated_by <> 'x' AND \"trigger\" = 'schedule'") > want
			}
			require.Never(t, scheduled, 3*time.Second, 100*time.Millisecond, "not five days of them")
		})
	}
}

// TestOverlap: what a fire does while a run is active.
func TestOverlap(t *testing.T) {
	t.Parallel()
	t.Run("skip", func(t *testing.T) {
		t.Parallel()
		f, w := warehouse(t, "sync: {schedule: \"interval:1s\", overlap: skip, mode: full}\n")
		w.keep(0)
		p := f.start("coordinator")
		f.eventually(20*time.Second, "fires are skipped", func() bool { return strings.Count(p.log.String(), "schedule skipped: a run is active") >= 2 })
		require.Equal(t, 1, f.number("SELECT count(*) FROM semantic_layer_v1.sync_runs"), "one run at a time")
		w.letGo()
	})
	t.Run("queue", func(t *testing.T) {
		t.Parallel()
		f, w := warehouse(t, "sync: {schedule: \"interval:1s\", overlap: queue, mode: full}\n")
		w.keep(0)
		p := f.start("coordinator")
		f.eventually(20*time.Second, "a run is held", func() bool { return len(w.questions()) == 1 })
		before := len(f.fired())
		require.Never(t, func() bool { return len(f.fired()) > before }, 3*time.Second, 50*time.Millisecond, "the next fire waits")
		released := time.Now()
		w.letGo()
		f.eventually(20*time.Second, "it has its run", func() bool { return len(f.fired()) > before })
		require.NotContains(t, p.log.String(), "schedule skipped")
		at, err := time.Parse(time.RFC3339, strings.Split(f.fired()[before], "|")[0])
		require.NoError(t, err)
		require.True(t, at.Before(released), "it was due while the other run was active")
	})
}

// TestScheduleOfThreeCoordinators: started at once, and with the leader killed, they make one run for each fire time.
func TestScheduleOfThreeCoordinators(t *testing.T) {
	t.Parallel()
	f, dsn := newFleet(t), testkit.Postgres(t)
	mustExec(t, open(t, "pgx", dsn), "CREATE TABLE t1 (id int)")
	f.source("s", "postgres", dsn, "")
	f.sync = "  schedule: \"interval:2s\"\n"
	f.write(`  include_patterns: ["t*"]`)
	all := []*proc{f.start("coordinator"), f.start("coordinator"), f.start("coordinator")}
	f.start("worker")
	runs := func() (n int) {
		_ = f.layer.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM semantic_layer_v1.sync_runs WHERE "trigger" = 'schedule' AND status = 'completed'`).Scan(&n) // before the first run there is no table
		return n
	}
	f.eventually(30*time.Second, "two runs", func() bool { return runs() >= 2 })
	var leader *proc
	for _, p := range all {
		if strings.Contains(p.log.String(), "leading") {
			require.Nil(t, leader, "one leads")
			leader = p
		}
	}
	leader.kill()
	before := runs()
	f.eventually(40*time.Second, "another leads and fires", func() bool { return runs() >= before+2 })
	require.Equal(t, f.number("SELECT count(*) FROM semantic_layer_v1.schedule_fires WHERE run_id IS NOT NULL"),
		f.number(`SELECT count(*) FROM semantic_layer_v1.sync_runs WHERE "trigger" = 'schedule'`), "one run for each fire time")
	require.Zero(t, f.number(`SELECT count(*) FROM (SELECT fire_time - lag(fire_time) OVER (ORDER BY fire_time) AS gap FROM semantic_layer_v1.schedule_fires) g
		WHERE mod(extract(epoch FROM gap), 2) <> 0 OR gap < interval '2 s'`), "no fire time of another's making")
	require.Equal(t, 1, f.number(`SELECT count(*) FROM (SELECT fire_time - lag(fire_time) OVER (ORDER BY fire_time) AS gap FROM semantic_layer_v1.schedule_fires) g
		WHERE gap > interval '4 s'`), "of those missed while nobody led, only the last was made up for")
}
