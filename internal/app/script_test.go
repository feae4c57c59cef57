package app

import (
	"context"
	"database/sql"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/semsync/semsync/internal/testkit"
)

// TestScripts runs testdata/script twice: with everything embedded, and as a
// fleet with Redis, NATS, a PostgreSQL layer and worker processes. The scripts
// and their configurations are the same; a fleet's addresses come from the environment.
//
// Beside testscript's own words and conditions the scripts know:
//
//	[embedded], [fleet]        in which form the script runs
//	sql DB FILE                run a file's statements on a SQLite database
//	lock DB, unlock DB         keep everybody from reading a SQLite database
//	exits CODE PROGRAM ...     run a program to its end and want its exit code
//	layer QUERY ROW...         want exactly these rows of the layer, columns joined by |
//	edit STATEMENT             run a statement on the layer, as a person would
//	last-run NAME STATUS       put the last run's id into a variable, once it has that status
//	same-layer NAME            want all metadata tables as they were at the first same-layer NAME
func TestScripts(t *testing.T) {
	t.Parallel()
	for form, layerOf := range map[string]func(testing.TB, *testscript.Env) *script{"embedded": embeddedScript, "fleet": fleetScript} {
		t.Run(form, func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Dir: "testdata/script", RequireUniqueNames: true,
				Setup: func(env *testscript.Env) error {
					env.Vars = append(env.Vars, "SEMSYNC_HTTP_LISTEN=127.0.0.1:0", "SEMSYNC_USER=tester", raceOptions)
					env.Values[scriptKey{}] = layerOf(env.T().(testing.TB), env) //nolint:forcetypeassert // it is a *testing.T
					return nil
				},
				Condition: func(condition string) (bool, error) { return condition == form, nil },
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"sql": word((*script).sql), "lock": word((*script).lock), "unlock": word((*script).unlock), "exits": word((*script).exits),
					"layer": word((*script).layer), "edit": word((*script).edit), "last-run": word((*script).lastRun), "same-layer": word((*script).sameLayer),
				},
			})
		})
	}
}

// script is what a script's words need to know.
type script struct {
	driver, dsn string            // of the layer
	locks       map[string]func() // by database: what frees it
	layers      map[string]string // by name: the layer as it was
}

type scriptKey struct{}

func embeddedScript(tb testing.TB, env *testscript.Env) *script {
	tb.Helper()
	if raceEnabled {
		env.Setenv("PATH", plainPrograms(tb)+string(filepath.ListSeparator)+env.Getenv("PATH"))
	}
	return &script{driver: "sqlite", dsn: liteLayer(filepath.Join(env.WorkDir, "semsync-data")), locks: map[string]func(){}, layers: map[string]string{}}
}

// liteLayer is the DSN of the layer in an embedded coordinator's data folder.
func liteLayer(dir string) string {
	return "file:" + filepath.Join(dir, "semantic_layer_v1.db") + "?_pragma=busy_timeout(10000)"
}

func fleetScript(tb testing.TB, env *testscript.Env) *script {
	tb.Helper()
	dsn := testkit.Postgres(tb)
	env.Vars = append(env.Vars, "SEMSYNC_REDIS_ADDR="+testkit.Redis(tb).Addr, "SEMSYNC_NATS_URL="+testkit.NATS(tb).URL, "SEMSYNC_SEMANTIC_DATABASE_URL="+dsn)
	return &script{driver: "pgx", dsn: dsn + "&search_path=semantic_layer_v1", locks: map[string]func(){}, layers: map[string]string{}}
}

// word makes a command of a method.
func word(f func(*script, *testscript.TestScript, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		s, ok := ts.Value(scriptKey{}).(*script)
		if !ok || neg || len(args) == 0 {
			ts.Fatalf("this word takes arguments, and no !")
		}
		ts.Check(f(s, ts, args))
	}
}

func (s *script) sql(ts *testscript.TestScript, args []string) error {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	_, err = db.Exec(ts.ReadFile(args[1]))
	return errors.Join(err, db.Close())
}

// lock leaves a transaction open that nobody can read beside.
func (s *script) lock(ts *testscript.TestScript, args []string) error {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	s.locks[args[0]] = func() { _ = db.Close() } // which rolls back
	ts.Defer(s.locks[args[0]])
	_, err = db.Exec("BEGIN EXCLUSIVE")
	return err
}

func (s *script) unlock(_ *testscript.TestScript, args []string) error {
	s.locks[args[0]]()
	return nil
}

func (s *script) exits(ts *testscript.TestScript, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			return err
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
	return nil
}

func (s *script) layer(ts *testscript.TestScript, args []string) error {
	rows, err := s.rows(args[0])
	if err != nil {
		return err
	}
	if want := args[1:]; !slices.Equal(rows, want) {
		ts.Fatalf("the layer has\n\t%s\nand not\n\t%s", strings.Join(rows, "\n\t"), strings.Join(want, "\n\t"))
	}
	return nil
}

func (s *script) edit(_ *testscript.TestScript, args []string) error {
	db, err := sql.Open(s.driver, s.dsn)
	if err != nil {
		return err
	}
	_, err = db.Exec(args[0])
	return errors.Join(err, db.Close())
}

func (s *script) lastRun(ts *testscript.TestScript, args []string) error {
	var last []string
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		last, err = s.rows("SELECT status, run_id FROM sync_runs ORDER BY run_seq DESC LIMIT 1")
		if err == nil && len(last) == 1 && strings.HasPrefix(last[0], args[1]+"|") {
			ts.Setenv(args[0], strings.TrimPrefix(last[0], args[1]+"|"))
			return nil
		}
	}
	ts.Fatalf("the last run is %v, and not %s: %v", last, args[1], err)
	return nil
}

// metadataTables are the tables that a dry run must leave alone.
var metadataTables = []string{
	"table_metadata", "field_metadata", "glossary", "governance", "field_relationships", "field_lineage", "table_dependencies",
	"impact_analysis", "field_usage", "validation_errors", "table_state",
}

func (s *script) sameLayer(ts *testscript.TestScript, args []string) error {
	var all []string
	for _, table := range metadataTables {
		rows, err := s.rows("SELECT '" + table + "', t.* FROM " + table + " t")
		if err != nil {
			return err
		}
		slices.Sort(rows)
		all = append(all, rows...)
	}
	now := strings.Join(all, "\n")
	if before, ok := s.layers[args[0]]; ok && before != now {
		ts.Fatalf("the layer was\n%s\nand is\n%s", before, now)
	}
	s.layers[args[0]] = now
	return nil
}

// rows runs a query on the layer and gives its rows as texts.
func (s *script) rows(query string) (out []string, err error) {
	db, err := sql.Open(s.driver, s.dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return joinedRows(context.Background(), db, query)
}
