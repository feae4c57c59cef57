package app

import (
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// phases are the places in a run's life at which its coordinator writes.
var phases = []struct{ name, operation, table, when string }{
	{"begin the plan", "INSERT", "sync_run_tables", ""},
	{"make batches", "INSERT", "sync_run_batches", ""},
	{"complete the plan", "UPDATE", "sync_runs", "NEW.plan_complete AND NOT OLD.plan_complete"},
	{"dispatch", "UPDATE", "sync_run_batches", "NEW.generation > OLD.generation"},
	{"count", "UPDATE", "sync_runs", "NEW.tables_processed > OLD.tables_processed AND NEW.completed_at IS NULL"},
	{"finalize", "UPDATE", "sync_runs", "NEW.completed_at IS NOT NULL"},
	{"remember the source", "INSERT", "source_state", ""},
	{"note for the outbox", "INSERT", "outbox", "NEW.kind = 'run_finished'"},
	{"make a notice", "INSERT", "outbox_deliveries", ""},
	{"claim a notice", "UPDATE", "outbox_deliveries", "NEW.attempts > OLD.attempts"},
}

// coordinatorScenarios kill the leader in each phase, in its transaction with a standby there, and just after its
// COMMIT with a restart.
func coordinatorScenarios() (out []scenario) {
	for _, p := range phases {
		out = append(out, scenario{p.name + ", in the transaction", func(c *chaos) {
			g := c.gateAt(p.operation, p.table, p.when)
			c.node("worker")
			leader := c.node("coordinator")
			c.leads(leader)
			c.node("coordinator")
			c.begin()
			g.reached()
			leader.kill()
			g.open()
		}}, scenario{p.name + ", after COMMIT", func(c *chaos) {
			g := c.gateAt(p.operation, p.table, p.when)
			c.node("worker")
			leader := c.node("coordinator")
			c.leads(leader)
			c.begin()
			g.reached()
			sent := leader.muteCommit()
			g.open()
			c.within(time.Minute, "a commit", sent)
			leader.kill()
			leader.layer.Inspect(nil)
			leader.restart()
		}})
	}
	return append(out, scenario{"the leader sleeps through its lease while it finalizes", func(c *chaos) {
		c.node("worker")
		leader := c.idle("coordinator")
		asleep, wake := make(chan struct{}), make(chan struct{})
		var once sync.Once
		all := c.gateAt("UPDATE", "sync_run_tables", "NEW.state = 'done'") // so that the leader is known before the last table is done
		leader.restart()
		leader.answers()
		c.leads(leader)
		c.begin()
		all.reached()
		leader.layer.Inspect(func(piece []byte) testkit.Fate {
			if strings.Contains(string(piece), "begin") && c.doneSo(c.tables) {
				once.Do(func() {
					leader.signal(syscall.SIGSTOP)
					close(asleep)
					<-wake
				})
			}
			return testkit.Pass
		})
		all.open()
		c.within(time.Minute, "the last look", asleep)
		c.node("coordinator")
		c.ends(metadata.StatusCompleted)
		leader.signal(syscall.SIGCONT)
		close(wake)
		c.eventually(30*time.Second, "the deposed leader is refused", func() bool { return strings.Contains(leader.log.String(), "leads no more") })
	}})
}

// leads waits until the node leads.
func (c *chaos) leads(n *node) {
	c.Helper()
	c.eventually(30*time.Second, "it leads", func() bool { return n.metric("semsync_coordinator_leading") == 1 })
}

// doneSo tells whether that many tables are done, without failing the test.
func (c *chaos) doneSo(tables int) bool {
	n := 0
	err := c.layer.DB().QueryRowContext(c.Context(), "SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'done'").Scan(&n)
	return err == nil && n == tables
}

func TestChaosCoordinators(t *testing.T) {
	t.Parallel()
	wholeSuite(t)
	over(t, newGround(t, 60), coordinatorScenarios())
}

// TestChaosThreeCoordinators starts three at once on a schedule, and kills the leader.
func TestChaosThreeCoordinators(t *testing.T) {
	t.Parallel()
	wholeSuite(t)
	c, _ := ownSource(t, 30)
	c.settings("  schedule: \"interval:5s\"\n")
	c.node("worker")
	var nodes []*node
	for range 3 {
		n := c.idle("coordinator")
		nodes = append(nodes, n)
		n.restart()
	}
	leaders := func() (out []*node) {
		for _, n := range nodes {
			if !n.ended() && n.metric("semsync_coordinator_leading") == 1 {
				out = append(out, n)
			}
		}
		return out
	}
	runs := func() int { return c.number("SELECT count(*) FROM semantic_layer_v1.sync_runs") }
	c.eventually(time.Minute, "two runs", func() bool { return runs() >= 2 })
	first := leaders()
	require.Len(t, first, 1, "one leads")
	first[0].kill()
	began, before := time.Now(), runs()
	c.eventually(time.Minute, "a standby leads", func() bool { return len(leaders()) == 1 })
	took := time.Since(began)
	c.figures.add("standby_leads", took.Seconds())
	require.Less(t, took, 20*time.Second)
	c.eventually(time.Minute, "more runs", func() bool { return runs() >= before+2 })
	require.Len(t, leaders(), 1)
	require.Zero(t, c.number("SELECT count(*) FROM (SELECT 1 FROM semantic_layer_v1.schedule_fires WHERE run_id IS NOT NULL GROUP BY schedule, fire_time HAVING count(*) > 1) AS f"))
	require.Equal(t, runs(), c.number("SELECT count(*) FROM semantic_layer_v1.schedule_fires WHERE run_id IS NOT NULL"), "one run per fire time")
	require.Equal(t, c.tables, c.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes"), "one effect per table over all runs")
}
