package app

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// scenario is a fault with what is done about it; the checker comes after it.
type scenario struct {
	name string
	do   func(c *chaos)
}

// workerScenarios are what may happen to workers.
var workerScenarios = []scenario{
	{"killed before the claim", func(c *chaos) {
		g := c.gateAt("UPDATE", "sync_run_tables", "NEW.state = 'leased'")
		victim := c.victim()
		g.reached()
		victim.kill()
		c.node("worker")
		g.open()
	}},
	{"killed after the claim", func(c *chaos) {
		c.settings("  cache_enabled: false\n")
		victim := c.idle("worker")
		victim.source.Hold()
		c.runsOn(victim)
		c.eventually(time.Minute, "it holds tables", func() bool { return victim.holds() > 0 })
		victim.kill()
		c.node("worker")
	}},
	{"killed in the transaction", func(c *chaos) {
		g := c.gateAt("INSERT", "field_metadata", "")
		victim := c.victim()
		g.reached()
		victim.kill()
		c.node("worker")
		g.open()
	}},
	{"killed after COMMIT", func(c *chaos) {
		g := c.gateAt("INSERT", "metadata_changes", "")
		victim := c.victim()
		g.reached()
		sent := victim.muteCommit()
		g.open()
		c.within(time.Minute, "a commit", sent)
		c.reaches(1)
		victim.kill()
		c.node("worker")
	}},
	{"killed before the queue's Done", func(c *chaos) {
		g := c.gateAt("INSERT", "metadata_changes", "")
		victim := c.victim()
		g.reached()
		victim.redis.Hold()
		g.open()
		c.eventually(time.Minute, "a batch is done", func() bool {
			return c.number("SELECT count(*) FROM (SELECT 1 FROM semantic_layer_v1.sync_run_tables GROUP BY batch HAVING bool_and(state = 'done')) AS b") > 0
		})
		victim.kill()
		c.node("worker")
	}},
	{"stopped for two leases in its transaction", func(c *chaos) {
		g := c.gateAt("INSERT", "field_metadata", "")
		victim := c.victim()
		g.reached()
		victim.signal(syscall.SIGSTOP)
		c.node("worker")
		g.open()
		c.ends(metadata.StatusCompleted)
		victim.signal(syscall.SIGCONT)
		c.eventually(30*time.Second, "it notices", func() bool { return strings.Contains(victim.log.String(), "a batch was given back") })
	}},
	{"stopped for two leases before its commit", func(c *chaos) {
		ghost := c.ghost("worker")
		c.eventually(30*time.Second, "the fence counts what it refuses", func() bool { return ghost.metric(`semsync_worker_tables_total{outcome="lost"}`) > 0 })
	}},
	{"terminated with work in hand", func(c *chaos) {
		c.settings("  cache_enabled: false\n")
		victim, other := c.idle("worker"), c.node("worker")
		victim.source.Hold()
		other.source.Hold()
		c.runsOn(victim)
		c.eventually(time.Minute, "both hold tables", func() bool { return victim.holds() > 0 && other.holds() > 0 })
		id := victim.owner()
		began := time.Now()
		victim.signal(syscall.SIGTERM)
		c.eventually(5*time.Second, "its tables are free within 5 s", func() bool {
			return c.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE owner = $1 AND state = 'leased'", id) == 0
		})
		c.figures.add("release_after_sigterm", time.Since(began).Seconds())
		other.source.Release()
		require.Zero(c, victim.wait(10*time.Second))
		c.reaches(c.tables)
		require.Zero(c, c.number("SELECT coalesce(sum(crash_count), 0) FROM semantic_layer_v1.sync_run_tables"), "nothing crashed")
	}},
}

// victim starts a run with one worker.
func (c *chaos) victim() *node {
	c.Helper()
	n := c.idle("worker")
	c.runsOn(n)
	return n
}

// runsOn starts the node, a coordinator and a run.
func (c *chaos) runsOn(n *node) {
	c.Helper()
	n.restart()
	n.answers()
	c.node("coordinator")
	c.begin()
}

// ghost makes a worker of a kind sleep through its lease just before it begins a commit, while another does its
// work, and wakes it. It gives the ghost when it has tried to go on.
func (c *chaos) ghost(kind string) *node {
	c.Helper()
	ghost := c.idle(kind)
	asleep, wake := make(chan struct{}), make(chan struct{})
	var once sync.Once
	ghost.layer.Inspect(func(piece []byte) testkit.Fate {
		if strings.Contains(string(piece), "begin isolation level repeatable read") {
			once.Do(func() {
				ghost.signal(syscall.SIGSTOP)
				close(asleep)
				<-wake
			})
		}
		return testkit.Pass
	})
	c.Cleanup(sync.OnceFunc(func() {
		select {
		case <-wake:
		default:
			close(wake)
		}
	}))
	c.runsOn(ghost)
	c.within(time.Minute, "a commit", asleep)
	c.node("worker")
	c.ends(metadata.StatusCompleted)
	ghost.signal(syscall.SIGCONT)
	close(wake)
	return ghost
}

func TestChaosWorkers(t *testing.T) {
	t.Parallel()
	wholeSuite(t)
	over(t, newGround(t, faultTables), workerScenarios)
}

// over runs scenarios over the same ground, side by side, each with the checker after it.
func over(t *testing.T, g *ground, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := newChaos(t, g)
			s.do(c)
			c.verdict()
		})
	}
}

// unfencedWorker makes a worker whose commits take the tables back before they look whether they are still theirs.
// It is the control: what the checker finds with it is what the fence is for.
const unfencedWorker = "unfenced worker"

type unfencedLayer struct {
	layer.Layer
	db *sql.DB
}

func (l unfencedLayer) Commit(
	ctx context.Context, worker string, run metadata.Run, claimed []layer.Claimed, think func([]layer.Current) ([]layer.Effect, error),
) (layer.Committed, error) {
	for _, c := range claimed {
		_, err := l.db.ExecContext(ctx, `UPDATE semantic_layer_v1.sync_run_tables SET state = 'leased', owner = $1, attempt = $2
			WHERE run_id = $3 AND source_name = $4 AND database_name = $5 AND table_name = $6`, worker, c.Attempt, run.ID.String(), c.Table.Source, c.Table.Database, c.Table.Name)
		if err != nil {
			return layer.Committed{}, err
		}
	}
	return l.Layer.Commit(ctx, worker, run, claimed, think)
}

// runUnfenced is that worker's main function.
func runUnfenced(ctx context.Context, args []string, s Streams) int {
	o := &options{Streams: s, configFile: args[1]}
	err := func() (err error) {
		cfg, log, err := o.open(nil)
		if err != nil {
			return err
		}
		p, err := newProcess(ctx, cfg, log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
		db, err := sql.Open("pgx", cfg.SemanticDatabase.URL.Reveal())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		p.infra.Layer = unfencedLayer{p.infra.Layer, db}
		return errors.Join(p.addHTTP(ctx, cfg.HTTP.Listen, workerListen), p.addWorker(cfg.Worker.Concurrency), p.group.Run(ctx))
	}()
	if err != nil {
		return 1
	}
	return 0
}

// TestChaosControl shows that the checker sees what the fence prevents: the same fault, with the fence and without it.
func TestChaosControl(t *testing.T) {
	t.Parallel()
	wholeSuite(t)
	g := newGround(t, 60)
	for _, kind := range []string{"worker", unfencedWorker} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := newChaos(t, g)
			ghost := c.ghost(kind)
			twice := func() int {
				return c.number("SELECT count(*) FROM (SELECT 1 FROM semantic_layer_v1.sync_run_tables WHERE attempt < 2 AND owner = $1 AND state = 'done') AS t", ghost.owner())
			}
			if kind == "worker" {
				c.eventually(30*time.Second, "the ghost is refused", func() bool { return strings.Contains(ghost.log.String(), "were not this worker's any more") })
				require.Zero(t, twice())
				c.verdict()
				return
			}
			c.eventually(30*time.Second, "the ghost has committed again what was done", func() bool { return twice() > 0 })
			c.figures.add("effects_duplicated_without_fence", float64(twice()))
		})
	}
}
