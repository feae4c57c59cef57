package app

import (
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// TestScripts runs testdata/script twice: with everything embedded, and as a
// fleet with Redis, NATS, a PostgreSQL layer and a worker process. The scripts
// and their configurations are the same; the fleet's come from the environment.
//
// Beside testscript's own words the scripts know:
//
//	worker-of-the-fleet           start a worker process, where the coordinator has none inside
//	sql DB FILE                   run a file's statements on a SQLite database
//	lock DB, unlock DB            keep everybody from reading a SQLite database
//	exits CODE PROGRAM ARGS...    run a program to its end and want its exit code
//	layer QUERY [ROW...]          want exactly these rows of the layer, columns joined by |
//	last-run NAME [STATUS]        put the last run's id into a variable, once it has that status
//	remember-layer, same-layer    compare all metadata tables, row by row
func TestScripts(t *testing.T) {
	for form, setup := range map[string]func(*testing.T, *testscript.Env) error{
		"embedded": func(_ *testing.T, env *testscript.Env) error {
			env.Values["layer"] = [2]string{"sqlite", "file:" + filepath.Join(env.WorkDir, "semsync-data", "semantic_layer_v1.db") + "?_pragma=busy_timeout(10000)"}
			return nil
		},
		"fleet": func(t *testing.T, env *testscript.Env) error {
			dsn := testkit.Postgres(t)
			env.Values["layer"] = [2]string{"pgx", dsn + "?search_path=semantic_layer_v1"}
			env.Vars = append(env.Vars, "SEMSYNC_REDIS_ADDR="+testkit.Redis(t).Addr, "SEMSYNC_NATS_URL="+testkit.NATS(t).URL, "SEMSYNC_SEMANTIC_DATABASE_URL="+dsn)
			return nil
		},
	} {
		t.Run(form, func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Dir: "testdata/script", RequireUniqueNames: true,
				Setup: func(env *testscript.Env) error {
					env.Vars = append(env.Vars, "SEMSYNC_HTTP_LISTEN=127.0.0.1:0", "SEMSYNC_USER=tester", "GORACE=exitcode=66")
					return setup(env.T().(testing.TB).(*testing.T), env)
				},
				Condition: func(condition string) (bool, error) { return condition == form, nil },
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"sql": scriptSQL, "lock": scriptLock, "unlock": scriptUnlock, "exits": scriptExits, "layer": scriptLayer,
					"last-run": scriptLastRun, "remember-layer": scriptRemember, "same-layer": scriptSame,
				},
			})
		})
	}
}
