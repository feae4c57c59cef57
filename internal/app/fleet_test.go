package app

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/postgres"
	"github.com/semsync/semsync/internal/layer/sqlite"
	"github.com/semsync/semsync/internal/layer/sqlstore"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// fleet is a real fleet: processes of both programs, Redis, NATS and a PostgreSQL layer; or one coordinator with all of that inside.
type fleet struct {
	*testing.T
	dir      string
	redis    *testkit.RedisServer // nil when it is embedded
	nats     *testkit.NATSServer  // nil when it is embedded
	layer    *sqlstore.Store
	layerDSN string // "" when it is embedded
	config   string
	sources  []string // YAML entries
	sync     string   // YAML of the sync section, indented by two
	more     string   // YAML of further sections
	scope    string   // YAML of the scope section, indented by two
	worker   *proc    // that restart replaces
	many     int      // tables of a source for faults in mid-run
	env      []string // more of the environment, as NAME=value
	secrets  *secrets // nil when its servers ask for no login

	mu    sync.Mutex
	procs []*proc // guarded by mu; all that were started
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{T: t, dir: t.TempDir(), redis: testkit.Redis(t), nats: testkit.NATS(t), layerDSN: testkit.Postgres(t)}
	f.config = filepath.Join(f.dir, "config.yaml")
	return f
}

// newEmbedded is a fleet of one process.
func newEmbedded(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{T: t, dir: t.TempDir()}
	f.config = filepath.Join(f.dir, "config.yaml")
	return f
}

func (f *fleet) source(name, driver, dsn, more string) {
	f.sources = append(f.sources, fmt.Sprintf("  - {name: %s, driver: %s, dsn: %q%s}", name, driver, dsn, more))
}

// write writes the configuration and opens the layer for the test itself.
func (f *fleet) write(scope string) {
	f.Helper()
	f.scope = scope
	require.NoError(f, os.WriteFile(f.config, []byte(f.text()), 0o600))
	if f.layer == nil {
		f.openLayer()
	}
}

// text is the configuration.
func (f *fleet) text() string {
	infra := ""
	if f.layerDSN != "" {
		infra = fmt.Sprintf("redis: {addr: %q%s}\nnats: {url: %q}\nsemantic_database: {url: %q}", f.redis.Addr, f.secrets.redisLogin(), f.secrets.natsURL(f.nats.URL), f.layerDSN)
	}
	return fmt.Sprintf(`version: "1.0"
data_dir: %q
%s
http: {listen: "127.0.0.1:0"}
sources:
%s
scope:
%s
sync:
  max_retries: 3
  retry_delay: 1s
  retry_backoff: fixed
%s%s
`, filepath.Join(f.dir, "data"), infra, strings.Join(f.sources, "\n"), f.scope, f.sync, f.more)
}

func (f *fleet) openLayer() {
	f.Helper()
	if f.layerDSN != "" {
		store, err := postgres.Open(postgres.Config{URL: metadata.Secret(f.layerDSN)})
		require.NoError(f, err)
		f.layer = store.Store
	} else {
		require.NoError(f, os.MkdirAll(filepath.Join(f.dir, "data"), 0o700))
		store, err := sqlite.Open(sqlite.Config{Path: filepath.Join(f.dir, "data", "semantic_layer_v1.db"), CreateIfMissing: true})
		require.NoError(f, err)
		f.layer = store.Store
	}
	f.Cleanup(func() { require.NoError(f, f.layer.Close()) })
}

// proc is a running program.
type proc struct {
	f    *fleet
	cmd  *exec.Cmd
	out  *lockedBuffer // standard output
	log  *lockedBuffer // standard error
	done chan struct{}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs a program with the fleet's configuration until it ends or the test does.
func (f *fleet) start(program string, args ...string) *proc {
	f.Helper()
	return f.startOn(nil, program, args...)
}

// startOn starts a program with a terminal, or a file, to read from.
func (f *fleet) startOn(in *os.File, program string, args ...string) *proc {
	f.Helper()
	return f.startWith("", f.config, in, program, args...)
}

// startWith starts a program with a configuration of its own, from an executable of its own when that is not "".
func (f *fleet) startWith(exe, config string, in *os.File, program string, args ...string) *proc {
	f.Helper()
	if exe == "" {
		var err error
		exe, err = os.Executable()
		require.NoError(f, err)
		if raceEnabled && f.layerDSN == "" {
			exe = filepath.Join(plainPrograms(f.T), program)
		}
	}
	p := &proc{f: f, cmd: exec.Command(exe, append([]string{"--config", config}, args...)...), out: &lockedBuffer{}, log: &lockedBuffer{}, done: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), asProgram+"="+program, raceOptions), f.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.log
	if in != nil {
		p.cmd.Stdin = in
	}
	p.cmd.Dir = f.dir
	require.NoError(f, p.cmd.Start())
	f.mu.Lock()
	f.procs = append(f.procs, p)
	f.mu.Unlock()
	go func() {
		_ = p.cmd.Wait() // the state is read from ProcessState
		close(p.done)
	}()
	f.Cleanup(func() {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(20 * time.Second):
			p.kill()
			f.Errorf("%s did not end within 20 s of SIGTERM", program)
		}
		if f.Failed() {
			f.Logf("--- %s %v, output:\n%s--- log (end):\n%s", program, args, end(p.out.String()), end(p.log.String()))
		}
		if strings.Contains(p.log.String(), "DATA RACE") {
			f.Errorf("%s has a data race:\n%s", program, p.log.String())
		}
	})
	return p
}

func end(s string) string { return s[max(0, len(s)-6000):] }

func (p *proc) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) } // it may have ended

// kill is kill -9.
func (p *proc) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// wait waits for the end and gives the exit code.
func (p *proc) wait(limit time.Duration) int {
	p.f.Helper()
	select {
	case <-p.done:
	case <-time.After(limit):
		p.f.Fatalf("did not end within %s; log:\n%s", limit, end(p.log.String()))
	}
	return p.cmd.ProcessState.ExitCode()
}

// started gives all processes that were started.
func (f *fleet) started() []*proc {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.procs)
}

// run runs a program to its end and wants an exit code.
func (f *fleet) run(want int, program string, args ...string) *proc {
	f.Helper()
	p := f.start(program, args...)
	require.Equal(f, want, p.wait(2*time.Minute), "output:\n%s\nlog:\n%s", end(p.out.String()), end(p.log.String()))
	return p
}

func (f *fleet) last() metadata.Run {
	f.Helper()
	runs, err := f.layer.ListRuns(f.Context(), 1)
	require.NoError(f, err)
	require.Len(f, runs, 1)
	return runs[0]
}

// balanced wants a closed account.
func (f *fleet) balanced(r metadata.Run) {
	f.Helper()
	c := r.Counts
	require.Equal(f, c.Total, c.Done+c.Failed+c.Skipped, "%+v", c)
	require.Equal(f, c.Discovered, c.New+c.Changed+c.Forced+c.Renamed+c.Unchanged+c.Filtered, "%+v", c)
	require.Equal(f, c.Total, f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE run_id = $1", r.ID.String()))
	require.Equal(f, c.Done, f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE run_id = $1 AND state = 'done'", r.ID.String()))
}

func (f *fleet) number(query string, args ...any) (n int) {
	f.Helper()
	require.NoError(f, f.layer.DB().QueryRowContext(f.Context(), f.statement(query), args...).Scan(&n))
	return n
}

// statement gives a statement as the layer's engine takes it; it is written for PostgreSQL.
func (f *fleet) statement(query string) string {
	if f.layerDSN != "" {
		return query
	}
	return strings.NewReplacer("semantic_layer_v1.", "", "$", "?").Replace(query)
}

// joinedRows gives the rows of a query as texts, columns joined by |.
func joinedRows(ctx context.Context, db *sql.DB, query string, args ...any) (out []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, dest, texts := make([]sql.NullString, len(columns)), make([]any, len(columns)), make([]string, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		for i, v := range values {
			texts[i] = v.String
		}
		out = append(out, strings.Join(texts, "|"))
	}
	return out, rows.Err()
}

// eventually polls for a state of other processes.
func (f *fleet) eventually(limit time.Duration, what string, ok func() bool) {
	f.Helper()
	require.Eventually(f, ok, limit, 20*time.Millisecond, what)
}

// open gives a database handle for the test's own statements.
func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func mustExec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		_, err := db.ExecContext(context.WithoutCancel(t.Context()), s)
		require.NoError(t, err, s)
	}
}

// columnsOf gives source.database.table.column for each row of a query of three columns.
func columnsOf(t *testing.T, db *sql.DB, source, query string, args ...any) map[string]bool {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	out := map[string]bool{}
	for rows.Next() {
		var database, table, column string
		require.NoError(t, rows.Scan(&database, &table, &column))
		out[strings.Join([]string{source, database, table, column}, "\x1f")] = true
	}
	require.NoError(t, rows.Err())
	return out
}
