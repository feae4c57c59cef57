package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// failing is a run over a wire that fails questions of batches, with these settings under sync.
func failing(t *testing.T, fails, code int, settings string) (*fleet, *wire) {
	t.Helper()
	f, w := warehouse(t, "sync:\n"+settings)
	w.cut(0, fails)
	f.run(code, "coordinator", "--apply")
	return f, w
}

func seedRetryOnFailure(t *testing.T) {
	t.Helper()
	f, w := failing(t, -1, exitFailed, "  retry_on_failure: false\n  retry_delay: 1s\n")
	require.Len(t, w.questions(), 1, "the first failure is final")
	require.Equal(t, 4, f.last().Counts.Failed)
	f, w = failing(t, 1, exitOK, "  retry_on_failure: true\n  retry_delay: 1s\n")
	require.Len(t, w.questions(), 2)
	require.Equal(t, 4, f.last().Counts.Done)
}

func seedMaxRetries(t *testing.T) {
	t.Helper()
	f, w := failing(t, -1, exitFailed, "  max_retries: 2\n  retry_delay: 0s\n")
	require.Len(t, w.questions(), 3, "two attempts after the first")
	require.Less(t, f.last().Duration, 20*time.Second, "0s is at once")
	require.Equal(t, 4, f.ofLast("SELECT count(*) FILTER (WHERE state = 'failed' AND attempt = 3 AND error_class = 'connection_lost') FROM semantic_layer_v1.sync_run_tables"))
}

func seedRetryDelay(t *testing.T) {
	t.Helper()
	for _, seconds := range []int{1, 4} {
		_, w := failing(t, 1, exitOK, fmt.Sprintf("  retry_delay: %ds\n", seconds))
		wait := w.questions()[1].Sub(w.questions()[0])
		require.GreaterOrEqual(t, wait, time.Duration(seconds)*time.Second)
		require.Less(t, wait, time.Duration(seconds)*1200*time.Millisecond+2500*time.Millisecond, "20 % of jitter, whole seconds of the queue")
	}
}

func seedRetryBackoff(t *testing.T) {
	t.Helper()
	for backoff, least := range map[string][]int{"fixed": {1, 1, 1}, "linear": {1, 2, 3}, "exponential": {1, 2, 4}} {
		t.Run(backoff, func(t *testing.T) {
			t.Parallel()
			_, w := failing(t, 3, exitOK, "  retry_delay: 1s\n  retry_backoff: "+backoff+"\n")
			waits := w.waits()
			require.Len(t, waits, 3)
			for i, seconds := range least {
				require.GreaterOrEqual(t, waits[i], seconds, "%v", waits)
			}
			require.LessOrEqual(t, waits[2], least[2]+2, "%v: 20 %% of jitter, whole seconds of the queue", waits)
		})
	}
}

// seedRetryOnErrors: what a lost connection is retried for is its class alone; a class that is not named is final.
func seedRetryOnErrors(t *testing.T) {
	t.Helper()
	f, w := failing(t, 1, exitOK, "  retry_on_errors: [connection_lost]\n  retry_delay: 0s\n")
	require.Len(t, w.questions(), 2)
	require.Equal(t, 4, f.ofLast("SELECT count(*) FILTER (WHERE state = 'done' AND attempt = 2) FROM semantic_layer_v1.sync_run_tables"))
	f, w = failing(t, 1, exitFailed, "  retry_on_errors: [connection_timeout, rate_limit]\n  retry_delay: 0s\n")
	require.Len(t, w.questions(), 1)
	require.Equal(t, 4, f.ofLast("SELECT count(*) FILTER (WHERE state = 'failed' AND attempt = 1 AND error_class = 'connection_lost') FROM semantic_layer_v1.sync_run_tables"))
}

// seedMaxRuntime: a run that hangs is stopped, what it did stays, and it is resumed.
func seedMaxRuntime(t *testing.T) {
	t.Helper()
	f, w := warehouse(t, "sync: {max_runtime: 2s, batch_size: 1}\nworker: {concurrency: 1}\n")
	w.keep(2)
	p := f.start("coordinator", "--apply")
	f.eventually(20*time.Second, "the run is stopped", func() bool { return strings.Contains(p.log.String(), "status=timed_out") })
	w.letGo()
	require.Equal(t, exitFailed, p.wait(20*time.Second))
	r := f.last()
	require.Less(t, r.Duration, 8*time.Second)
	require.Equal(t, metadata.StatusTimedOut, r.Status)
	f.balanced(r)
	require.Equal(t, 2, r.Counts.Done)
	f.settings("sync: {max_runtime: 1m, batch_size: 1}\nworker: {concurrency: 1}\n")
	f.run(exitOK, "coordinator", "runs", "resume", r.ID.String())
	require.Equal(t, 4, f.last().Counts.Done)
}

// seedQueryTimeout: the server itself ends what takes too long, also where nobody waits for it any more.
func seedQueryTimeout(t *testing.T) {
	t.Helper()
	f, w := warehouse(t, "sync: {query_timeout: 1s, retry_on_failure: false}\n")
	admin := open(t, "pgx", w.direct)
	lock, err := admin.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { _ = lock.Rollback() }()
	w.keep(0)
	p := f.start("coordinator", "--apply")
	f.eventually(20*time.Second, "it asks for a batch's tables", func() bool { return len(w.questions()) > 0 })
	_, err = lock.ExecContext(t.Context(), "LOCK TABLE pg_catalog.pg_attrdef IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	w.letGo()
	require.Equal(t, exitFailed, p.wait(20*time.Second), p.log.String())
	require.Equal(t, 4, f.ofLast("SELECT count(*) FILTER (WHERE error_class = 'query_timeout') FROM semantic_layer_v1.sync_run_tables"))
	require.Contains(t, f.texts("SELECT error FROM semantic_layer_v1.sync_run_tables")[0], "SQLSTATE", "it is the server that says so")
}

// seedMemoryLimit: beyond its limit a worker goes on with one batch at a time; with memory enough it has two in hand. The
// limit is that of the runtime too, which collects more often as it nears.
func seedMemoryLimit(t *testing.T) {
	t.Helper()
	serving := shop(t, "sync: {memory_limit: 1GiB}\n").start("coordinator")
	require.Contains(t, serving.metrics(), "go_gc_gomemlimit_bytes 1.073741824e+09")
	for limit, atOnce := range map[string]int{"8GB": 2, "1MB": 1} {
		f, w := warehouse(t, "sync: {batch_size: 1, memory_limit: "+limit+"}\nworker: {concurrency: 2}\n")
		w.keep(0)
		p := f.start("coordinator", "--apply")
		f.eventually(20*time.Second, "batches are in hand", func() bool { return len(w.questions()) >= atOnce })
		require.Never(t, func() bool { return len(w.questions()) > atOnce }, 500*time.Millisecond, 20*time.Millisecond)
		w.letGo()
		require.Equal(t, exitOK, p.wait(30*time.Second), p.log.String())
		require.Equal(t, 4, f.last().Counts.Done)
	}
}
