package app

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// manyEmbedded is an embedded coordinator over a SQLite source of many tables; the source's file is given too.
func manyEmbedded(t *testing.T) (*fleet, string) {
	t.Helper()
	f := newEmbedded(t)
	f.many = 1000
	file := filepath.Join(f.dir, "many.db")
	var b strings.Builder
	for i := range f.many {
		fmt.Fprintf(&b, "CREATE TABLE bench_%04d (id INTEGER PRIMARY KEY, email TEXT NOT NULL, total NUMERIC);\n", i)
	}
	mustExec(t, open(t, "sqlite", file), "BEGIN;\n"+b.String()+"COMMIT")
	f.source("many", "sqlite", file, ", database: bench_lite")
	f.sync = "  batch_size: 10\n  checkpoint_interval: 5\n  parallel_workers: 2\n"
	f.write(`  databases: ["bench_*.*"]`)
	return f, file
}

func TestEmbeddedKilledInMidRunGoesOn(t *testing.T) {
	t.Parallel()
	f, _ := manyEmbedded(t)
	want := undisturbed(t, f)
	first := f.start("coordinator", "--apply")
	f.midway()
	first.kill()
	begun := f.last()
	require.Equal(t, metadata.StatusRunning, begun.Status)

	again := f.run(exitOK, "coordinator", "--apply")
	require.Contains(t, again.log.String(), "going on with a run that has not ended")
	require.Equal(t, begun.ID, f.last().ID)
	f.endsAsUndisturbed(want, 1)
	require.Equal(t, f.many, f.number("SELECT count(DISTINCT object) FROM semantic_layer_v1.metadata_changes"), "no table twice")
}

func TestEmbeddedInterrupted(t *testing.T) {
	t.Parallel()
	f, _ := manyEmbedded(t)
	want := undisturbed(t, f)
	first := f.start("coordinator", "--apply")
	f.midway()
	first.signal(syscall.SIGINT)
	require.Equal(t, exitInterrupted, first.wait(30*time.Second), first.log.String())
	r := f.last()
	require.Equal(t, metadata.StatusCancelled, r.Status)
	f.balanced(r)
	require.Positive(t, r.Counts.Skipped)
	require.Positive(t, r.Counts.Done)
	require.Contains(t, first.out.String(), "cancelled")

	f.run(exitOK, "coordinator", "runs", "resume", r.ID.String())
	require.Equal(t, r.ID, f.last().ID)
	f.endsAsUndisturbed(want, 2)
}

// TestEmbeddedOutOfTime keeps the source locked until max_runtime is over.
func TestEmbeddedOutOfTime(t *testing.T) {
	t.Parallel()
	f, file := manyEmbedded(t)
	want := undisturbed(t, f)
	f.sync += "  max_runtime: 5s\n"
	f.write(`  databases: ["bench_*.*"]`)
	first := f.start("coordinator", "--apply")
	f.midway()
	lock := open(t, "sqlite", file+"?_pragma=busy_timeout(10000)")
	conn, err := lock.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
	require.NoError(t, err)
	require.Equal(t, exitFailed, first.wait(time.Minute))
	r := f.last()
	require.Equal(t, metadata.StatusTimedOut, r.Status)
	f.balanced(r)
	require.Positive(t, r.Counts.Skipped)
	require.GreaterOrEqual(t, r.Counts.Done, 50, "finished work stays")
	_, err = conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
	require.NoError(t, err)

	tries := 1
	for ; f.last().Status == metadata.StatusTimedOut; tries++ {
		require.Less(t, tries, 20, "each resumption does some more")
		p := f.start("coordinator", "runs", "resume", r.ID.String())
		p.wait(time.Minute)
	}
	f.endsAsUndisturbed(want, tries)
}

func TestEmbeddedServesOthers(t *testing.T) {
	t.Parallel()
	f, _ := manyEmbedded(t)
	serving := f.start("coordinator")
	f.eventually(20*time.Second, "it leads", func() bool { return strings.Contains(serving.log.String(), "leading") })
	other := f.run(exitOK, "coordinator", "--apply")
	require.Contains(t, other.log.String(), "another process has the data folder and does the run")
	require.Contains(t, other.out.String(), "completed")
	require.NotContains(t, other.log.String(), "part=coordinator")
	require.Contains(t, serving.log.String(), "part=coordinator run_id="+f.last().ID.String())
	f.balanced(f.last())
	require.Equal(t, f.many, f.last().Counts.Done)

	second := f.run(exitFailed, "coordinator")
	require.Contains(t, second.log.String(), "the data folder is in use")

	// What others ask for is done by the serving one too.
	watched := f.start("coordinator", "--apply", "--mode", "full")
	f.eventually(20*time.Second, "a second run", func() bool { return len(f.texts("SELECT run_id FROM semantic_layer_v1.sync_runs")) == 2 })
	f.run(exitOK, "coordinator", "runs", "cancel", f.last().ID.String())
	require.Equal(t, exitInterrupted, watched.wait(30*time.Second))
	require.Equal(t, metadata.StatusCancelled, f.last().Status)
	f.run(exitOK, "coordinator", "runs", "resume", f.last().ID.String())
	require.Equal(t, metadata.StatusCompleted, f.last().Status)
	f.balanced(f.last())
}
