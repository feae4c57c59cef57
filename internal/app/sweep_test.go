package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFullSweepFindsWhatTheTokenMissed makes the layer's memory wrong behind the token's back.
func TestFullSweepFindsWhatTheTokenMissed(t *testing.T) {
	t.Parallel()
	f, _ := benched(t, 12, "  full_sweep_every: 3\n")
	f.start("worker")
	f.run(exitOK, "coordinator", "--apply")
	swept := func() bool {
		var s bool
		require.NoError(t, f.layer.DB().QueryRowContext(t.Context(),
			"SELECT swept FROM semantic_layer_v1.sync_run_sources JOIN semantic_layer_v1.sync_runs USING (run_id) ORDER BY run_seq DESC LIMIT 1").Scan(&s))
		return s
	}
	require.True(t, swept())
	_, err := f.layer.DB().ExecContext(t.Context(), "UPDATE semantic_layer_v1.table_state SET fingerprint = 'not this' WHERE table_name = 'fact_000007'")
	require.NoError(t, err)
	for range 2 {
		f.run(exitOK, "coordinator", "--apply")
		require.False(t, swept(), "the token proves that nothing changed")
		require.Zero(t, f.last().Counts.Total)
		require.Equal(t, 12, f.last().Counts.Unchanged)
		f.balanced(f.last())
	}
	p := f.run(exitOK, "coordinator", "--apply")
	require.True(t, swept(), "the third run sweeps regardless")
	require.Equal(t, 1, f.last().Counts.Changed)
	require.Contains(t, p.log.String(), "level=ERROR")
	require.Contains(t, p.log.String(), "change token")
	f.run(exitOK, "coordinator", "--apply")
	require.Zero(t, f.last().Counts.Total)
}
