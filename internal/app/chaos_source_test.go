package app

import (
	"bytes"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
	"github.com/semsync/semsync/internal/testkit/catalog"
)

// ownSource is a fleet over a source of its own, which the scenario may change. It gives a handle on the source.
func ownSource(t *testing.T, tables int) (*chaos, *sql.DB) {
	t.Helper()
	g := newSource(t, tables, 4)
	return newChaos(t, g), open(t, "pgx", g.dsn)
}

// TestChaosPoison has five tables that kill whoever reads them.
func TestChaosPoison(t *testing.T) {
	t.Parallel()
	wholeSuite(t)
	c, _ := ownSource(t, 120)
	c.settings("  cache_enabled: false\n")
	var poison []string
	for _, n := range []int{3, 25, 47, 72, 94} { // in batches of their own
		poison = append(poison, catalog.Table(n))
	}
	var deaths atomic.Int64
	for range 3 {
		n := c.idle("worker")
		n.source.Rewrite(func(said []byte) []byte {
			for _, name := range poison {
				if bytes.Contains(said, []byte(name)) {
					c.mu.Lock()
					victim := n.proc
					c.mu.Unlock()
					victim.kill()
					deaths.Add(1)
					return nil
				}
			}
			return said
		})
		c.supervise(n)
	}
	c.node("coordinator")
	run := c.begin()
	r := c.ends(metadata.StatusCompletedWithErrors)
	require.Equal(t, len(poison), r.Counts.Failed)
	got := c.texts("SELECT table_name FROM semantic_layer_v1.sync_run_tables WHERE state = 'failed' AND error_class = 'quarantined' ORDER BY table_name")
	require.Equal(t, poison, got, "only they are set aside")
	require.Equal(t, c.tables-len(poison), r.Counts.Done, "every neighbour is done")
	require.GreaterOrEqual(t, int(deaths.Load()), 2*len(poison)+1)
	require.Equal(t, c.tables-len(poison), c.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes"))
	t.Logf("%d deaths for %d poisonous tables", deaths.Load(), len(poison))

	list := c.run(exitOK, "coordinator", "dead", "list", run.String())
	for _, name := range poison {
		require.Contains(t, list.out.String(), name)
	}
	c.shownAsArchived(run)
	c.all(func(n *node) { n.source.Rewrite(nil) }) // the tables do no harm any more
	c.run(exitOK, "coordinator", "dead", "retry", run.String())
	again := c.ends(metadata.StatusCompleted)
	require.Equal(t, c.tables, again.Counts.Done)
	require.Equal(t, c.tables, c.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes"))
	c.nothingRemoved()
}

// supervise starts the node's process, and again whenever it is killed.
func (c *chaos) supervise(n *node) {
	c.Helper()
	n.restart()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c.mu.Lock()
			running := n.proc
			c.mu.Unlock()
			select {
			case <-stop:
				return
			case <-running.done:
				if running.cmd.ProcessState.Exited() { // by itself, or because it was asked to
					return
				}
				n.restart()
			}
		}
	})
	c.Cleanup(func() {
		close(stop)
		wg.Wait()
	})
}

// shownAsArchived wants batches of the run among Asynq's archived tasks, which is what Asynqmon shows.
func (c *chaos) shownAsArchived(run metadata.RunID) {
	c.Helper()
	inspector := asynq.NewInspectorFromRedisClient(redis.NewClient(&redis.Options{Addr: c.redis.Addr, Password: c.secrets.redis}))
	c.Cleanup(func() { _ = inspector.Close() })
	c.eventually(3*time.Minute, "the batch is archived when Asynq has noticed the last death itself", func() bool {
		tasks, err := inspector.ListArchivedTasks("semantic_layer_v1")
		return err == nil && slices.ContainsFunc(tasks, func(task *asynq.TaskInfo) bool { return strings.Contains(task.ID, run.String()) })
	})
}

// TestChaosSources are what may happen to a source; nothing of it may remove what exists.
func TestChaosSources(t *testing.T) {
	t.Parallel()
	wholeSuite(t)
	for name, do := range map[string]func(c *chaos, source *sql.DB){
		"every fifth query's connection is dropped": func(c *chaos, _ *sql.DB) {
			var queries atomic.Int64
			drop := func(piece []byte) testkit.Fate {
				if bytes.HasPrefix(piece, []byte("P")) || bytes.HasPrefix(piece, []byte("Q")) || bytes.HasPrefix(piece, []byte("B")) {
					if queries.Add(1)%5 == 0 {
						return testkit.Drop
					}
				}
				return testkit.Pass
			}
			c.all(func(n *node) { n.source.Inspect(drop) })
			c.again()
			c.namedOrDone()
			require.GreaterOrEqual(c, int(queries.Load()), 5)
			c.all(func(n *node) { n.source.Inspect(nil) })
		},
		"it fails halfway through discovery": func(c *chaos, _ *sql.DB) {
			var said atomic.Int64
			c.all(func(n *node) {
				n.source.Rewrite(func(b []byte) []byte {
					if said.Add(int64(len(b))) > 6000 {
						n.source.Cut()
						return nil
					}
					return b
				})
			})
			c.again()
			require.Equal(c, metadata.StatusFailed, c.last().Status)
			c.all(func(n *node) { n.source.Rewrite(nil) })
		},
		"it is away": func(c *chaos, _ *sql.DB) {
			c.all(func(n *node) { n.source.Down() })
			c.again()
			require.Equal(c, metadata.StatusFailed, c.last().Status)
			c.all(func(n *node) { n.source.Up() })
		},
		"it answers with nothing": func(c *chaos, source *sql.DB) {
			mustExec(c.T, source, "ALTER SCHEMA bench_000 RENAME TO restoring") // as a source that is being restored looks
			c.again()
			c.nothingRemoved()
			mustExec(c.T, source, "ALTER SCHEMA restoring RENAME TO bench_000")
		},
		"two thirds of it are gone": func(c *chaos, source *sql.DB) {
			move := func(from, to string) {
				mustExec(c.T, source, fmt.Sprintf(`DO $$ DECLARE t record; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '%s' ORDER BY tablename LIMIT 40
					LOOP EXECUTE format('ALTER TABLE %s.%%I SET SCHEMA %s', t.tablename); END LOOP; END $$`, from, from, to))
			}
			mustExec(c.T, source, "CREATE SCHEMA elsewhere")
			move("bench_000", "elsewhere")
			c.again()
			require.Equal(c, metadata.StatusAwaitingApproval, c.last().Status, "more than max_dropped_fraction")
			c.nothingRemoved()
			move("elsewhere", "bench_000")
			c.run(exitOK, "coordinator", "runs", "cancel", c.last().ID.String())
			c.eventually(time.Minute, "it is cancelled", func() bool { return c.last().Status.Final() })
		},
		"it is locked": func(c *chaos, source *sql.DB) {
			tx, err := source.BeginTx(c.Context(), nil)
			require.NoError(c, err)
			_, err = tx.ExecContext(c.Context(), "LOCK TABLE bench_000.fact_000003 IN ACCESS EXCLUSIVE MODE; LOCK TABLE bench_000.fact_000009 IN ACCESS EXCLUSIVE MODE")
			require.NoError(c, err)
			c.again()
			c.namedOrDone()
			require.NoError(c, tx.Rollback())
		},
		"all rights are taken": func(c *chaos, source *sql.DB) {
			mustExec(c.T, source, "REVOKE ALL ON SCHEMA bench_000 FROM PUBLIC", "REVOKE CONNECT ON DATABASE "+databaseOf(c.T, source)+" FROM PUBLIC")
			c.again()
			c.namedOrDone()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, source := ownSource(t, 60)
			c.node("worker")
			c.node("coordinator")
			c.begin()
			c.ends(metadata.StatusCompleted)
			before := c.digest()
			do(c, source)
			c.nothingRemoved()
			require.Equal(t, before, c.digest(), "what is known stays")
			c.again()
			require.Equal(t, metadata.StatusCompleted, c.last().Status, c.last().Error)
			c.nothingRemoved()
			require.Equal(t, before, c.digest())
			c.nothingLeft()
		})
	}
}

func databaseOf(t *testing.T, db *sql.DB) (name string) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name))
	return name
}

// again makes a full run, and waits until nobody works on it any more.
func (c *chaos) again() {
	c.Helper()
	c.settings("  mode: full\n")
	c.begin()
	c.eventually(3*time.Minute, "the run stops", func() bool { s := c.last().Status; return s.Final() || s == metadata.StatusAwaitingApproval })
	c.sync = strings.TrimPrefix(c.sync, "  mode: full\n")
}

// namedOrDone wants each table of the last run done, or failed with a reason.
func (c *chaos) namedOrDone() {
	c.Helper()
	r := c.last()
	if r.Counts.Total == 0 {
		require.Equal(c, metadata.StatusFailed, r.Status)
		require.NotEmpty(c, r.Error, "the source is named")
		return
	}
	c.balanced(r)
	require.Zero(c, c.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE run_id = $1 AND state = 'failed' AND (coalesce(error, '') = '' OR coalesce(error_class, '') = '')", r.ID.String()))
}

// TestChaosChangesMeanwhile drops, renames and alters tables between the plan and their reading.
func TestChaosChangesMeanwhile(t *testing.T) {
	t.Parallel()
	wholeSuite(t)
	for _, cache := range []bool{false, true} {
		t.Run(fmt.Sprintf("cache_enabled %t", cache), func(t *testing.T) {
			t.Parallel()
			c, source := ownSource(t, 30)
			c.settings(fmt.Sprintf("  cache_enabled: %t\n", cache))
			c.node("coordinator")
			c.begin()
			c.eventually(time.Minute, "it is planned", func() bool { return c.last().Status == metadata.StatusRunning })
			mustExec(t, source, "DROP TABLE bench_000.fact_000001", "ALTER TABLE bench_000.fact_000002 RENAME TO renamed",
				"ALTER TABLE bench_000.fact_000003 ADD COLUMN more text, DROP COLUMN email", "ALTER TABLE bench_000.fact_000004 RENAME COLUMN email TO mail")
			c.node("worker")
			c.ends(metadata.StatusCompleted)
			c.begin()
			c.ends(metadata.StatusCompleted)
			want := columnsOf(t, source, "warehouse", "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE table_schema = 'bench_000'")
			got := columnsOf(t, c.layer.DB(), "warehouse", "SELECT database_name, table_name, field_name FROM semantic_layer_v1.field_metadata WHERE removed_at IS NULL")
			require.Equal(t, want, got, "never half")
			c.nothingLeft()
		})
	}
}
