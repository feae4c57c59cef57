package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHistoryRetention: old runs go, and the last one stays however old it is, so that it can be rolled back.
func TestHistoryRetention(t *testing.T) {
	t.Parallel()
	f := shop(t, "")
	f.does(all("new")...)
	f.person("UPDATE semantic_layer_v1.field_metadata SET description = 'mine' WHERE table_name = 'users' AND field_name = 'total'")
	before := f.texts(heldTables)
	f.settings("sync: {merge_strategy: auto_overwrites, mode: full}\n")
	f.does(all("forced")...)
	second := f.last().ID.String()
	require.NotEqual(t, before, f.texts(heldTables))
	mustExec(t, f.layer.DB(), "UPDATE sync_runs SET completed_at = '2020-01-01T00:00:00.000Z'")

	runs := func() int { return f.number("SELECT count(*) FROM semantic_layer_v1.sync_runs") }
	f.settings("sync: {history_retention: 0}\n")
	kept := f.start("coordinator")
	require.Never(t, func() bool { return runs() < 2 }, 2*time.Second, 100*time.Millisecond, "0 keeps all")
	kept.kill()
	f.settings("sync: {history_retention: 90d}\n")
	f.start("coordinator")
	f.eventually(30*time.Second, "the first run is removed", func() bool { return runs() == 1 })
	f.run(exitOK, "coordinator", "runs", "rollback", second)
	require.Equal(t, before, f.texts(heldTables))
}
