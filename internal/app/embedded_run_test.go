package app

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/sqlite"
	"github.com/semsync/semsync/internal/metadata"
)

const embeddedTables = 500

// embeddedForm is a folder with a SQLite source of many tables and a
// configuration in which everything runs in the coordinator's process.
func embeddedForm(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{T: t, dir: t.TempDir()}
	f.config = filepath.Join(f.dir, "config.yaml")
	source := filepath.Join(f.dir, "source.db")
	var b strings.Builder
	for n := range embeddedTables {
		fmt.Fprintf(&b, "CREATE TABLE t%04d (id INTEGER PRIMARY KEY, email TEXT, created_at TIMESTAMP);\n", n)
	}
	mustExec(t, open(t, "sqlite", source), b.String())
	text := fmt.Sprintf(`version: "1.0"
data_dir: %q
sources: [{name: s, driver: sqlite, dsn: %q}]
scope: {databases: ["*.*"]}
sync: {batch_size: 5, checkpoint_interval: 1}
`, filepath.Join(f.dir, "data"), source)
	require.NoError(t, os.WriteFile(f.config, []byte(text), 0o600))
	return f
}

// embeddedLayer opens the layer's file beside the process that has it.
func (f *fleet) embeddedLayer() *sqlite.Store {
	f.Helper()
	s, err := sqlite.Open(sqlite.Config{Path: filepath.Join(f.dir, "data", "semantic_layer_v1.db")})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, s.Close()) })
	return s
}

func count(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// embeddedMidway waits until some tables are done, and gives the layer.
func (f *fleet) embeddedMidway() *sqlite.Store {
	f.Helper()
	path := filepath.Join(f.dir, "data", "semantic_layer_v1.db")
	f.eventually(20*time.Second, "the layer is there", func() bool { _, err := os.Stat(path); return err == nil })
	l := f.embeddedLayer()
	f.eventually(30*time.Second, "a run is midway", func() bool {
		n := 0
		err := l.DB().QueryRowContext(f.Context(), "SELECT count(*) FROM sync_run_tables WHERE state = 'done'").Scan(&n)
		return err == nil && n >= 20
	})
	require.Less(f, count(f.T, l.DB(), "SELECT count(*) FROM sync_run_tables WHERE state = 'done'"), embeddedTables, "it must be in mid-run")
	return l
}

func (f *fleet) wholeOnce(l *sqlite.Store) {
	f.Helper()
	runs, err := l.ListRuns(f.Context(), 5)
	require.NoError(f, err)
	require.Len(f, runs, 1)
	require.Equal(f, metadata.StatusCompleted, runs[0].Status, runs[0].Error)
	require.Equal(f, embeddedTables, runs[0].Counts.Done)
	require.Equal(f, embeddedTables, count(f.T, l.DB(), "SELECT count(*) FROM metadata_changes"), "each table's effect once")
	quiet := embeddedForm(f.T)
	quiet.run(exitOK, "coordinator", "--apply")
	want, err := quiet.embeddedLayer().Digest(f.Context())
	require.NoError(f, err)
	got, err := l.Digest(f.Context())
	require.NoError(f, err)
	require.Equal(f, want, got)
}

func TestEmbeddedGoesOnAfterKill(t *testing.T) {
	f := embeddedForm(t)
	first := f.start("coordinator", "--apply")
	l := f.embeddedMidway()
	first.kill()
	again := f.run(exitOK, "coordinator", "--apply")
	require.Contains(t, again.log.String(), "going on with a run that has not ended")
	f.wholeOnce(l)
}

func TestEmbeddedInterruptAndResume(t *testing.T) {
	f := embeddedForm(t)
	first := f.start("coordinator", "--apply")
	l := f.embeddedMidway()
	first.signal(syscall.SIGINT)
	require.Equal(t, exitInterrupted, first.wait(20*time.Second), first.log.String())
	runs, err := l.ListRuns(t.Context(), 5)
	require.NoError(t, err)
	require.Equal(t, metadata.StatusCancelled, runs[0].Status)
	require.Less(t, runs[0].Counts.Done, embeddedTables)
	require.Equal(t, embeddedTables, runs[0].Counts.Done+runs[0].Counts.Skipped)
	f.run(exitOK, "coordinator", "runs", "resume", runs[0].ID.String())
	f.wholeOnce(l)
}

func TestDataFolderOfAnotherProcess(t *testing.T) {
	f := embeddedForm(t)
	text, err := os.ReadFile(f.config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(f.config, append(text, "http: {listen: \"127.0.0.1:0\"}\n"...), 0o600))
	serving := f.start("coordinator")
	f.eventually(20*time.Second, "it leads", func() bool { return strings.Contains(serving.log.String(), "leading") })
	p := f.run(exitOK, "coordinator", "--apply")
	require.Contains(t, p.log.String(), "another process has the data folder and does the run")
	f.wholeOnce(f.embeddedLayer())
}
