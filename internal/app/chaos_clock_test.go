package app

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// programsThatAreLate builds both programs with a wall clock that is off, by a changed copy of one file of Go's runtime:
// a program without a C library asks the kernel itself, so that nothing else can deceive it.
func programsThatAreLate(t *testing.T, by time.Duration) string {
	t.Helper()
	dir := t.TempDir()
	goroot, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	require.NoError(t, err)
	original := filepath.Join(strings.TrimSpace(string(goroot)), "src", "time", "time.go")
	text, err := os.ReadFile(original)
	require.NoError(t, err)
	const reads = "\tsec, nsec, mono := runtimeNow()\n"
	require.Contains(t, string(text), reads, "this version of Go reads the clock in another way")
	changed := strings.ReplaceAll(string(text), reads, fmt.Sprintf("%s\tsec += %d\n", reads, by/time.Second))
	copied := filepath.Join(dir, "time.go")
	require.NoError(t, os.WriteFile(copied, []byte(changed), 0o600))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: copied}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", dir+string(filepath.Separator), "./cmd/coordinator", "./cmd/worker")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}

// TestChaosClocks runs with a coordinator and a worker that are 10 minutes ahead, beside ones that are right.
func TestChaosClocks(t *testing.T) {
	wholeSuite(t)
	if runtime.GOOS != "linux" {
		t.Skip("other systems tell the time another way")
	}
	late := programsThatAreLate(t, 10*time.Minute)
	g := newGround(t, 100)
	t.Run("leases are unharmed", func(t *testing.T) {
		t.Parallel()
		c := newChaos(t, g)
		wrong := c.idle("worker")
		wrong.exe = filepath.Join(late, "worker")
		wrong.restart()
		wrong.answers()
		ahead := c.idle("coordinator")
		ahead.exe = filepath.Join(late, "coordinator")
		ahead.restart()
		ahead.answers()
		c.leads(ahead)
		right := c.node("worker")
		c.node("coordinator")
		right.layer.Delay(slowly)
		wrong.layer.Delay(slowly)
		c.begin()
		c.inMidRun()
		require.Greater(t, stamp(t, ahead.log.String()), time.Now().Add(9*time.Minute), "its clock is off")
		lasts(20 * time.Second) // more than a lease
		c.verdict()
		require.NotContains(t, c.logs(), "leads no more")
		require.NotContains(t, c.logs(), "not this worker's any more")
	})
	t.Run("one run per fire time", func(t *testing.T) {
		t.Parallel()
		c := newChaos(t, g)
		c.settings("  schedule: \"*/1 * * * *\"\n  overlap: queue\n")
		c.node("worker")
		ahead := c.idle("coordinator")
		ahead.exe = filepath.Join(late, "coordinator")
		ahead.restart()
		ahead.answers()
		c.leads(ahead)
		c.node("coordinator")
		runs := func() int { return c.number("SELECT count(*) FROM semantic_layer_v1.sync_runs") }
		c.eventually(2*time.Minute, "it fires", func() bool { return runs() > 0 })
		before := runs()
		ahead.kill()
		c.eventually(3*time.Minute, "the run of the one that was ahead ends", func() bool {
			return c.number("SELECT count(*) FROM semantic_layer_v1.sync_runs WHERE completed_at IS NULL") == 0
		})
		require.Equal(t, before, runs(), "times that were fired ahead are not fired again")
		require.Equal(t, runs(), c.number("SELECT count(*) FROM semantic_layer_v1.schedule_fires WHERE run_id IS NOT NULL"))
		require.Equal(t, metadata.StatusCompleted, c.last().Status)
	})
}

// stamp gives the time of the first line of a log.
func stamp(t *testing.T, log string) time.Time {
	t.Helper()
	text, ok := strings.CutPrefix(log, "time=")
	require.True(t, ok)
	text, _, _ = strings.Cut(text, " ")
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	return at
}
