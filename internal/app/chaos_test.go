package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer/postgres"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
	"github.com/semsync/semsync/internal/testkit/canary"
	"github.com/semsync/semsync/internal/testkit/catalog"
)

// withChaos is the environment variable with which the whole suite runs; without it, CI's short part of it does.
const withChaos = "SEMSYNC_CHAOS"

// wholeSuite skips what only make chaos runs.
func wholeSuite(t *testing.T) {
	t.Helper()
	if os.Getenv(withChaos) == "" {
		t.Skip("make chaos runs it")
	}
}

// ground is what scenarios that do not change their source have in common: the source, and what an
// undisturbed run over it leaves in the layer.
type ground struct {
	dsn      string
	password string // in the DSN
	tables   int
	want     string // digest of the layer
}

// newSource fills a database of its own, of an account with a password of its own.
func newSource(t *testing.T, tables, columns int) *ground {
	t.Helper()
	f := &fleet{T: t, secrets: &secrets{Set: canary.NewSet()}}
	g := &ground{dsn: f.secretPostgres("source"), tables: tables}
	u, err := url.Parse(g.dsn)
	require.NoError(t, err)
	g.password, _ = u.User.Password()
	require.NoError(t, catalog.FillPostgres(t.Context(), pgExecer(t, g.dsn), tables, columns))
	return g
}

// faultTables are enough for a run to be in its middle when a fault comes.
const faultTables = 300

func newGround(t *testing.T, tables int) *ground {
	t.Helper()
	g := newSource(t, tables, 6)
	t.Run("undisturbed", func(t *testing.T) {
		c := newChaos(t, g)
		c.want = ""
		c.node("worker")
		c.node("coordinator")
		c.begin()
		c.ends(metadata.StatusCompleted)
		g.want = c.digest()
		c.verdict()
	})
	require.NotEmpty(t, g.want)
	return g
}

// chaos is a fleet whose processes reach everything through proxies of their own.
type chaos struct {
	*fleet
	*ground
	figures *figures
	told    *receiver
	nodes   []*node
	log     []string // of processes that were replaced
	gates   atomic.Int64

	waited sync.WaitGroup // of what is watched beside the scenario

	mu    sync.Mutex
	quiet map[string]int // goroutines of an idle process, by program; guarded by mu
}

func newChaos(t *testing.T, g *ground) *chaos {
	t.Helper()
	c := &chaos{fleet: newSecretFleet(t), ground: g, figures: allFigures, told: newReceiver(t), quiet: map[string]int{}}
	c.secrets.Know("source password", g.password)
	c.many = g.tables
	c.source("warehouse", "postgres", g.dsn, "")
	c.sync = fmt.Sprintf("  batch_size: 10\n  checkpoint_interval: 5\n  parallel_workers: 2\nnotifications:\n  webhook: {enabled: true, url: %q, secret: %s, notify_on: [sync_completed, sync_failed]}\n",
		c.told.URL+"/"+c.secrets.Word("webhook"), c.secrets.Word("webhook secret"))
	c.write(`  databases: ["bench_*.*"]`)
	l, err := postgres.Open(postgres.Config{URL: metadata.Secret(c.layerDSN), CreateIfMissing: true})
	require.NoError(t, err)
	require.NoError(t, errors.Join(l.Migrate(t.Context()), l.Close()))
	return c
}

// settings replaces the sync section's further keys.
func (c *chaos) settings(yaml string) {
	c.Helper()
	c.sync = yaml + c.sync
	c.write(c.scope)
}

// node is a process with its own ways to the servers.
type node struct {
	*proc
	c       *chaos
	program string
	config  string
	exe     string // "" for the programs under test

	layer, redis, nats, source *testkit.Proxy
}

// node starts a coordinator or a worker.
func (c *chaos) node(program string) *node {
	c.Helper()
	n := c.idle(program)
	n.restart()
	n.answers()
	return n
}

// idle makes a node that does not run yet.
func (c *chaos) idle(program string) *node {
	c.Helper()
	n := &node{c: c, program: program, config: filepath.Join(c.dir, fmt.Sprintf("node-%d.yaml", len(c.nodes)))}
	text := c.text()
	via := func(dsn string) *testkit.Proxy {
		u, err := url.Parse(dsn)
		require.NoError(c, err)
		p := testkit.NewProxy(c, u.Host)
		to := *u
		to.Host = p.Addr
		require.Contains(c, text, dsn)
		text = strings.ReplaceAll(text, dsn, to.String())
		return p
	}
	n.layer, n.nats = via(c.layerDSN), via(c.secrets.natsURL(c.nats.URL))
	if c.dsn != "" {
		n.source = via(c.dsn)
	}
	n.redis = testkit.NewProxy(c, c.redis.Addr)
	text = strings.ReplaceAll(text, c.redis.Addr, n.redis.Addr)
	require.NoError(c, os.WriteFile(n.config, []byte(text), 0o600))
	c.nodes = append(c.nodes, n)
	return n
}

// restart starts a process in the node's place.
func (n *node) restart() {
	n.c.Helper()
	n.c.mu.Lock()
	defer n.c.mu.Unlock()
	if n.proc != nil {
		n.c.log = append(n.c.log, n.log.String())
	}
	n.proc = n.c.startWith(n.exe, n.config, nil, n.program)
}

// answers waits until the process shows its health, and notes how many goroutines it has when it has nothing to do.
func (n *node) answers() {
	n.c.Helper()
	n.c.eventually(30*time.Second, n.program+" answers", func() bool { return n.goroutines() > 0 })
	n.c.mu.Lock()
	defer n.c.mu.Unlock()
	n.c.quiet[n.program] = max(n.c.quiet[n.program], n.goroutines())
}

var listens = regexp.MustCompile(`"metrics and health" addr=(\S+)`)

// goroutines gives how many the process has; 0 when it does not answer.
func (n *node) goroutines() int { return int(n.metric("go_goroutines")) }

// metric gives a number that the process shows; 0 when it does not answer or has none.
func (n *node) metric(series string) float64 {
	m := listens.FindStringSubmatch(n.log.String())
	if m == nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(n.c.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m[1]+"/metrics", nil)
	require.NoError(n.c, err)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = res.Body.Close() }() // all of it is read
	body, _ := io.ReadAll(res.Body)         // a part of it has no match
	for line := range strings.Lines(string(body)) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), series+" "); ok {
			v, err := strconv.ParseFloat(text, 64)
			require.NoError(n.c, err)
			return v
		}
	}
	return 0
}

// owner gives the process's name in the ledger, "" when it has none yet.
func (n *node) owner() (id string) {
	n.c.Helper()
	err := n.c.layer.DB().QueryRowContext(n.c.Context(), "SELECT worker_id FROM semantic_layer_v1.workers WHERE pid = $1 ORDER BY heartbeat_at DESC LIMIT 1", n.cmd.Process.Pid).Scan(&id)
	if err != nil {
		require.ErrorIs(n.c, err, sql.ErrNoRows)
	}
	return id
}

// holds counts tables that are leased to the process.
func (n *node) holds() int {
	n.c.Helper()
	return n.c.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables t JOIN semantic_layer_v1.workers w ON w.worker_id = t.owner WHERE t.state = 'leased' AND w.pid = $1", n.cmd.Process.Pid)
}

// begin makes a run for whoever leads.
func (c *chaos) begin() metadata.RunID {
	c.Helper()
	cfg, err := config.Load(config.LoadOptions{Path: c.config})
	require.NoError(c, err)
	r, err := newRun(cfg, "manual", cfg.RunSettings())
	require.NoError(c, err)
	r.Settings.DryRun = false
	r.ConfigVersionID = ""
	require.NoError(c, c.layer.CreateRun(c.Context(), r))
	return r.ID
}

// done counts the tables that are done.
func (c *chaos) done() int {
	c.Helper()
	return c.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'done'")
}

// reaches waits until that many tables are done.
func (c *chaos) reaches(tables int) {
	c.Helper()
	c.eventually(90*time.Second, fmt.Sprintf("%d tables are done", tables), func() bool { return c.done() >= tables })
}

// inMidRun waits until the run is in its middle.
func (c *chaos) inMidRun() {
	c.Helper()
	c.reaches(20)
	require.Less(c, c.done(), c.tables, "the fault must come in mid-run")
}

// ends waits for the end of all runs, and wants the last to have a status.
func (c *chaos) ends(want metadata.RunStatus) metadata.Run {
	c.Helper()
	c.eventually(3*time.Minute, "the run ends by itself", func() bool {
		return c.number("SELECT count(*) FROM semantic_layer_v1.sync_runs WHERE completed_at IS NULL") == 0
	})
	r := c.last()
	require.Equal(c, want, r.Status, r.Error)
	c.balanced(r)
	return r
}

func (c *chaos) digest() string {
	c.Helper()
	digest, err := c.layer.Digest(c.Context())
	require.NoError(c, err)
	return digest
}

// verdict is the checker: what must hold after one run over the ground, whatever happened.
func (c *chaos) verdict() {
	c.Helper()
	r := c.ends(metadata.StatusCompleted)
	require.Equal(c, c.tables, r.Counts.Done)
	require.Equal(c, 1, c.number("SELECT count(*) FROM semantic_layer_v1.sync_runs"), "one run")
	effects := c.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes")
	c.figures.add("effects_lost_or_duplicated", math.Abs(float64(effects-c.tables)))
	require.Equal(c, c.tables, effects, "one effect per table")
	if c.want != "" {
		require.Equal(c, c.want, c.digest(), "the layer is as after an undisturbed run")
	}
	c.toldOnce(1)
	c.nothingRemoved()
	c.nothingLeft()
}

// toldOnce wants one end of each run, and one notice of it.
func (c *chaos) toldOnce(runs int) {
	c.Helper()
	require.Equal(c, runs, c.number("SELECT count(*) FROM semantic_layer_v1.outbox WHERE kind = 'run_finished'"), "one finalization")
	c.eventually(90*time.Second, "the notice is sent, the hold of one who died included", func() bool {
		return c.number("SELECT count(*) FROM semantic_layer_v1.outbox_deliveries WHERE sent_at IS NOT NULL") == runs
	})
	require.Equal(c, runs, c.number("SELECT count(*) FROM semantic_layer_v1.outbox_deliveries"))
	ids := map[string]int{}
	for _, n := range c.told.heard() {
		ids[n.ID]++
	}
	require.Len(c, ids, runs, "one notice")
	for id, times := range ids {
		require.LessOrEqual(c, times, 2, "%s: at most one duplicate, with the same key", id)
	}
}

func (c *chaos) nothingRemoved() {
	c.Helper()
	require.Zero(c, c.number("SELECT count(*) FROM semantic_layer_v1.table_metadata WHERE removed_at IS NOT NULL"), "nothing is marked removed that exists")
	require.Zero(c, c.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE removed_at IS NOT NULL"))
}

// nothingLeft wants the processes as quiet as before, and ends them: no connection stays.
func (c *chaos) nothingLeft() {
	c.Helper()
	for _, n := range c.nodes {
		n.layer.Release()
		n.redis.Release()
	}
	c.noSecrets()
	for _, n := range c.nodes {
		if n.proc == nil || n.ended() {
			continue
		}
		// Connections to databases and servers keep some goroutines each; what grows with faults or tables is many.
		now, quiet := 0, c.quiet[n.program]+25
		for end := time.Now().Add(30 * time.Second); (now == 0 || now > quiet) && time.Now().Before(end); now = n.goroutines() {
			runtime.Gosched()
		}
		require.LessOrEqual(c, now, quiet, "%s has goroutines left", n.program)
		require.Positive(c, now, "%s shows its numbers", n.program)
		n.signal(syscall.SIGCONT)
		n.signal(syscall.SIGTERM)
	}
	for _, n := range c.nodes {
		if n.proc != nil {
			n.wait(20 * time.Second)
		}
	}
	for _, n := range c.nodes {
		for _, way := range []*testkit.Proxy{n.layer, n.redis, n.nats, n.source} {
			way.Release()
			c.eventually(10*time.Second, "no connection is left", func() bool { return way.Connections() == 0 })
		}
	}
	c.eventually(20*time.Second, "the layer has no connection left", func() bool {
		return c.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'semsync'") == 0
	})
}

func (p *proc) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// logs is what all processes have said.
func (c *chaos) logs() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Clone(c.log)
	for _, n := range c.nodes {
		if n.proc != nil {
			all = append(all, n.log.String())
		}
	}
	return strings.Join(all, "")
}

// gate is a place in the layer at which processes of the fleet wait, in the middle of a transaction, until it opens.
type gate struct {
	c    *chaos
	key  int64
	conn *sql.Conn
}

// gateAt puts a gate before rows of a table are written, such as "UPDATE", "sync_runs", "NEW.completed_at IS NOT NULL".
func (c *chaos) gateAt(operation, table, when string) *gate {
	c.Helper()
	g := &gate{c: c, key: 4200 + c.gates.Add(1)}
	conn, err := c.layer.DB().Conn(c.Context())
	require.NoError(c, err)
	g.conn = conn
	c.Cleanup(func() { _ = conn.Close() })
	name := fmt.Sprintf("semantic_layer_v1.gate_%d", g.key)
	if when != "" {
		when = "WHEN (" + when + ")"
	}
	for _, s := range []string{
		fmt.Sprintf("SELECT pg_advisory_lock(%d)", g.key),
		fmt.Sprintf(`CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF current_setting('application_name') = 'semsync' THEN PERFORM pg_advisory_xact_lock_shared(%d); END IF; RETURN NEW; END $$`, name, g.key),
		fmt.Sprintf("CREATE TRIGGER gate_%d BEFORE %s ON semantic_layer_v1.%s FOR EACH ROW %s EXECUTE FUNCTION %s()", g.key, operation, table, when, name),
	} {
		_, err := conn.ExecContext(c.Context(), s)
		require.NoError(c, err, s)
	}
	return g
}

// waiting counts the transactions that stand before the gate.
func (g *gate) waiting() int {
	g.c.Helper()
	return g.c.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", g.key)
}

// reached waits until somebody stands before the gate.
func (g *gate) reached() {
	g.c.Helper()
	g.c.eventually(time.Minute, "the gate is reached", func() bool { return g.waiting() > 0 })
}

// open lets all through, from now on.
func (g *gate) open() {
	g.c.Helper()
	_, err := g.conn.ExecContext(g.c.Context(), fmt.Sprintf("SELECT pg_advisory_unlock(%d)", g.key))
	require.NoError(g.c, err)
}

// muteCommit makes the next COMMIT that the node sends to the layer happen, and its answer never come. The channel
// is closed when it was sent.
func (n *node) muteCommit() <-chan struct{} {
	sent := make(chan struct{})
	var once sync.Once
	n.layer.Inspect(func(piece []byte) testkit.Fate {
		fate := testkit.Pass
		if strings.Contains(string(piece), "commit\x00") {
			once.Do(func() {
				fate = testkit.Mute
				close(sent)
			})
		}
		return fate
	})
	return sent
}

// within waits for a signal of a proxy or process.
func (c *chaos) within(limit time.Duration, what string, done <-chan struct{}) {
	c.Helper()
	select {
	case <-done:
	case <-time.After(limit):
		c.Fatalf("%s did not happen within %s", what, limit)
	}
}
