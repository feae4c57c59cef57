package app

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// slowly makes a run over the ground last some time, whatever the machine: each word to the layer takes longer.
const slowly = 5 * time.Millisecond

// fleetOf starts a coordinator, two workers and a run.
func (c *chaos) fleetOf() {
	c.Helper()
	for range 2 {
		c.node("worker").layer.Delay(slowly)
	}
	c.node("coordinator")
	c.begin()
}

// all does something to each node's way.
func (c *chaos) all(do func(n *node)) {
	for _, n := range c.nodes {
		do(n)
	}
}

// lasts lets a fault be for a time.
func lasts(d time.Duration) { <-time.After(d) }

// serverScenarios are what may happen to Redis, NATS and the layer's database.
var serverScenarios = []scenario{
	{"Redis is cut for 2 s as a task ends", func(c *chaos) {
		c.fleetOf()
		c.reaches(10)
		c.all(func(n *node) { n.redis.Down() })
		lasts(2 * time.Second)
		c.all(func(n *node) { n.redis.Up() })
	}},
	{"Redis is frozen for 40 s", func(c *chaos) {
		c.fleetOf()
		c.inMidRun()
		c.redis.Pause()
		lasts(40 * time.Second)
		c.redis.Resume()
	}},
	{"Redis is killed and has kept nothing", func(c *chaos) {
		c.fleetOf()
		c.inMidRun()
		c.redis.Kill()
		c.redis.Start()
	}},
	{"Redis is flushed", func(c *chaos) {
		c.fleetOf()
		c.inMidRun()
		c.redis.FlushAll()
	}},
	{"Redis is set back to an old snapshot", func(c *chaos) {
		c.fleetOf()
		c.reaches(10)
		c.redis.Save()
		c.reaches(100)
		c.redis.Kill()
		c.redis.Start()
	}},
	{"Redis is away for the whole run", func(c *chaos) {
		c.node("worker")
		c.node("worker")
		c.node("coordinator")
		c.redis.Kill()
		c.begin()
		c.ends(metadata.StatusCompleted)
		c.redis.Start()
	}},
	{"NATS is away for the whole run", func(c *chaos) {
		c.nats.Shutdown()
		c.fleetOf()
		c.ends(metadata.StatusCompleted)
		c.nats.Start()
	}},
	{"NATS is wiped", func(c *chaos) {
		c.fleetOf()
		c.inMidRun()
		c.nats.Shutdown()
		require.NoError(c, os.RemoveAll(c.nats.StoreDir))
		c.nats.Start()
	}},
	{"events come twice and in disorder", func(c *chaos) {
		again := c.disorder()
		c.fleetOf()
		c.ends(metadata.StatusCompleted)
		require.Positive(c, again())
	}},
	{"the layer is away for 60 s", func(c *chaos) {
		c.fleetOf()
		c.inMidRun()
		c.all(func(n *node) { n.layer.Down() })
		lasts(60 * time.Second)
		c.all(func(n *node) { n.layer.Up() })
	}},
	{"the layer does not answer for 40 s", func(c *chaos) {
		c.fleetOf()
		c.inMidRun()
		c.all(func(n *node) { n.layer.Hold() })
		lasts(40 * time.Second)
		c.all(func(n *node) { n.layer.Release() })
	}},
	{"the layer's connections are terminated at random", func(c *chaos) {
		c.fleetOf()
		c.reaches(5)
		for range 40 {
			c.number(`SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
				WHERE datname = current_database() AND application_name = 'semsync' ORDER BY random() LIMIT 2) AS victims`)
			lasts(100 * time.Millisecond)
		}
	}},
	{"the layer reports deadlocks", func(c *chaos) { c.refuses("40P01", 5*time.Second) }},
	{"the layer reports serialization failures", func(c *chaos) { c.refuses("40001", 5*time.Second) }},
	{"the layer's disk is full for 10 s", func(c *chaos) { c.refuses("53100", 10*time.Second) }},
	{"real deadlocks in the layer", func(c *chaos) {
		c.fleetOf()
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); {
			c.deadlock()
		}
	}},
	{"the network to all servers stutters", func(c *chaos) {
		c.fleetOf()
		c.reaches(5)
		for range 30 {
			n := c.nodes[rand.IntN(len(c.nodes))]
			for _, way := range []func(){n.layer.Cut, n.redis.Cut, n.nats.Cut, n.source.Cut} {
				if rand.IntN(2) == 0 {
					way()
				}
			}
			lasts(100 * time.Millisecond)
		}
	}},
}

// refuses makes the layer's server refuse every second statement that writes a table's metadata, for a time.
func (c *chaos) refuses(code string, d time.Duration) {
	c.Helper()
	mustExec(c.T, c.layer.DB(), "CREATE SEQUENCE semantic_layer_v1.refusals", fmt.Sprintf(`CREATE FUNCTION semantic_layer_v1.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('semantic_layer_v1.refusals') %% 2 = 0 THEN RAISE EXCEPTION 'provoked' USING ERRCODE = '%s'; END IF; RETURN NEW; END $$`, code),
		"CREATE TRIGGER refuse BEFORE INSERT ON semantic_layer_v1.table_metadata FOR EACH STATEMENT EXECUTE FUNCTION semantic_layer_v1.refuse()")
	c.fleetOf()
	c.eventually(time.Minute, "it has been refused", func() bool { return c.number("SELECT last_value FROM semantic_layer_v1.refusals") >= 4 })
	lasts(d)
	mustExec(c.T, c.layer.DB(), "DROP TRIGGER refuse ON semantic_layer_v1.table_metadata")
}

// deadlock takes two rows of the ledger that workers want, the later one first.
func (c *chaos) deadlock() {
	c.Helper()
	conn, err := c.layer.DB().Conn(c.Context())
	require.NoError(c, err)
	defer func() { require.NoError(c, conn.Close()) }()
	_, err = conn.ExecContext(c.Context(), `SET deadlock_timeout = '10ms'; SET lock_timeout = '500ms'; DO $$ DECLARE t record; BEGIN
		FOR t IN SELECT table_name FROM semantic_layer_v1.sync_run_tables WHERE state <> 'done' ORDER BY table_name DESC LIMIT 40 LOOP
			PERFORM 1 FROM semantic_layer_v1.sync_run_tables x WHERE x.table_name = t.table_name FOR UPDATE;
		END LOOP; PERFORM pg_sleep(0.05); END $$`)
	if err != nil {
		require.Regexp(c, "deadlock|lock timeout", err.Error())
	}
}

// disorder sends each event some more times, in another order. It gives how many it has sent.
func (c *chaos) disorder() (sent func() int) {
	c.Helper()
	nc, err := nats.Connect(c.secrets.natsURL(c.nats.URL))
	require.NoError(c, err)
	c.Cleanup(nc.Close)
	var mu sync.Mutex
	var kept []*nats.Msg
	count := 0
	_, err = nc.Subscribe("semsync.v1.>", func(m *nats.Msg) {
		if m.Header.Get("Again") != "" {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		again := &nats.Msg{Subject: m.Subject, Data: m.Data, Header: nats.Header{"Again": {"yes"}}}
		kept = append(kept, again, again)
		rand.Shuffle(len(kept), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
		for _, k := range kept[:min(3, len(kept))] {
			if nc.PublishMsg(k) == nil {
				count++
			}
		}
	})
	require.NoError(c, err)
	require.NoError(c, nc.Flush())
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return count
	}
}

func TestChaosServers(t *testing.T) {
	t.Parallel()
	wholeSuite(t)
	over(t, newGround(t, faultTables), serverScenarios)
}
