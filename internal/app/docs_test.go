package app

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// documented are the commands in what users read, without the programs' --config, each as its words.
func documented(t *testing.T) (out [][]string) {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	command := regexp.MustCompile("(?m)`((?:coordinator|worker|runs|changes|approve|reject|dead) [^`]+)`|^(?:    |\\$ )((?:coordinator|worker) .+)$")
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range command.FindAllStringSubmatch(string(text), -1) {
			out = append(out, commandWords(m[1]+m[2]))
		}
	}
	return out
}

var words = regexp.MustCompile(`'[^']*'|\S+`)

// commandWords cuts a command as a shell would, and leaves out the configuration and the coordinator's name.
func commandWords(command string) (out []string) {
	command = regexp.MustCompile(`--config (config\.yaml|FILE)`).ReplaceAllString(command, "")
	for _, w := range words.FindAllString(command, -1) {
		out = append(out, strings.Trim(w, "'"))
	}
	if out[0] == "coordinator" {
		out = out[1:]
	}
	for i := range out {
		out[i] = strings.ReplaceAll(out[i], "ID", "RUN")
	}
	return out
}

// reader runs documented commands, and remembers which.
type reader struct {
	*fleet
	ran *[][]string
	run string
}

// does runs a command, in which RUN stands for the last run, and gives what it printed.
func (r *reader) does(want int, command string) string {
	r.Helper()
	args := commandWords(command)
	*r.ran = append(*r.ran, slices.Clone(args))
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "RUN", r.run)
	}
	return r.fleet.run(want, "coordinator", args...).out.String()
}

// applies makes a run and remembers it.
func (r *reader) applies(want int, command string) {
	r.Helper()
	r.does(want, command)
	r.run = r.last().ID.String()
}

// TestDocumentedCommands runs every command that README.md and the pages in docs tell of, on the configuration that README.md begins with.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	var ran [][]string
	t.Run("readme", func(t *testing.T) {
		dsn := testkit.Postgres(t)
		pg := open(t, "pgx", dsn)
		mustExec(t, pg, "CREATE SCHEMA analytics", "CREATE SCHEMA dwh", "CREATE TABLE dwh.fact_sales (id int PRIMARY KEY, amount numeric)", "CREATE TABLE dwh.dim_day (id int)")
		for _, name := range []string{"a", "b", "c", "d"} {
			mustExec(t, pg, "CREATE TABLE analytics."+name+" (id int, email text)")
		}
		text, err := os.ReadFile("../../README.md")
		require.NoError(t, err)
		_, yaml, _ := strings.Cut(string(text), "```yaml\n")
		yaml, _, found := strings.Cut(yaml, "```")
		require.True(t, found)
		r := &reader{fleet: newEmbedded(t), ran: &ran}
		r.env = append(r.env, "WAREHOUSE_DSN="+dsn)
		web := newReceiver(t)
		require.NoError(t, os.WriteFile(r.config, []byte("data_dir: "+filepath.Join(r.dir, "data")+"\nhttp: {listen: \"127.0.0.1:0\"}\n"+
			"notifications: {webhook: {enabled: true, url: \""+web.URL+"\", secret: s}}\nenvironments: {prod: {sync: {retry_delay: 45s}}}\n"+yaml), 0o600))
		r.openLayer()

		r.does(exitOK, "coordinator --config config.yaml --validate-sync-config --connect")
		require.Contains(t, r.does(exitOK, "coordinator --config config.yaml --env prod --workers 3 --validate-sync-config"), "45s")
		require.Contains(t, r.does(exitOK, "coordinator --config config.yaml --show-scope"), "fact_sales")
		require.Contains(t, r.does(exitOK, "coordinator config schema"), "$schema")
		require.Contains(t, r.does(exitOK, "coordinator --config config.yaml notify test"), "sent")
		r.does(exitOK, "coordinator --config config.yaml --dry-run")
		require.Zero(t, r.number("SELECT count(*) FROM semantic_layer_v1.table_metadata"))
		r.applies(exitOK, "coordinator --config config.yaml --apply")
		require.Equal(t, 5, r.number("SELECT count(*) FROM semantic_layer_v1.table_metadata"))
		require.Contains(t, r.does(exitOK, "coordinator --config config.yaml runs list"), r.run)
		require.Contains(t, r.does(exitOK, "runs show RUN"), "completed")
		require.Contains(t, r.does(exitOK, "coordinator --config config.yaml changes RUN"), "analytics.a")
		r.does(exitOK, "coordinator --config config.yaml dead list")
		r.does(exitOK, "coordinator --config config.yaml validation")

		mustExec(t, pg, "DROP TABLE analytics.a", "DROP TABLE analytics.b")
		r.applies(exitApproval, "coordinator --apply")
		r.does(exitOK, "runs cancel ID")
		r.does(exitFailed, "coordinator runs resume ID") // it says what it lacks
		r.does(exitOK, "runs resume ID --accept-drops")
		mustExec(t, pg, "DROP TABLE analytics.c", "DROP TABLE analytics.d")
		r.applies(exitOK, "coordinator --apply --accept-drops")
		require.Equal(t, 1, r.number("SELECT count(*) FROM semantic_layer_v1.table_metadata WHERE removed_at IS NULL"))
	})
	t.Run("fleet", func(t *testing.T) {
		f := newFleet(t)
		file := filepath.Join(f.dir, "shop.db")
		lite := open(t, "sqlite", file)
		mustExec(t, lite, "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT)", "CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)")
		f.source("lite", "sqlite", file, ", database: shop")
		f.more = "approval: {enabled: true, require_approval_for: [description]}\n"
		f.write(`  databases: ["shop.*"]`)
		r := &reader{fleet: f, ran: &ran}
		worker := f.start("worker")
		ran = append(ran, commandWords("worker --config config.yaml"))
		served := f.start("coordinator")
		f.eventually(30*time.Second, "it leads", func() bool { return strings.Contains(served.log.String(), "leading") })
		served.signal(syscall.SIGTERM)
		require.Equal(t, exitOK, served.wait(30*time.Second))

		r.applies(exitApproval, "coordinator --apply")
		require.Contains(t, r.does(exitOK, "coordinator --config config.yaml changes RUN --status pending"), "customers")
		require.Contains(t, r.does(exitOK, "coordinator --config config.yaml changes RUN --output diff"), "+")
		r.does(exitOK, "coordinator --config config.yaml approve RUN --only 'shop.customers.email' --by ana --comment 'checked with Legal'")
		hash := regexp.MustCompile(`[0-9a-f]{12,}`).FindString(strings.ReplaceAll(f.run(exitOK, "coordinator", "changes", r.run, "--status", "pending", "--only", "shop.orders.total").out.String(), r.run, ""))
		require.NotEmpty(t, hash)
		ran = append(ran, []string{"approve", "--content", "HASH"})
		f.run(exitFailed, "coordinator", "approve", r.run, "--content", strings.Repeat("0", len(hash)))
		f.run(exitOK, "coordinator", "approve", r.run, "--content", hash, "--only", "shop.orders.total")
		r.does(exitOK, "coordinator --config config.yaml reject RUN --by ana")
		require.Equal(t, "completed", string(r.last().Status))

		f.more = ""
		f.write(f.scope)
		worker.signal(syscall.SIGTERM)
		require.Equal(t, exitOK, worker.wait(30*time.Second))
		f.start("worker")
		mustExec(t, lite, "CREATE TABLE extra (id INTEGER PRIMARY KEY)")
		r.applies(exitOK, "coordinator --apply")
		r.does(exitOK, "coordinator --config config.yaml runs rollback RUN --only 'shop.*'")
		require.Zero(t, r.number("SELECT count(*) FROM semantic_layer_v1.table_metadata WHERE table_name = 'extra'"))
		r.applies(exitOK, "coordinator --apply")
		r.does(exitOK, "coordinator --config config.yaml runs rollback RUN")
		require.Zero(t, r.number("SELECT count(*) FROM semantic_layer_v1.table_metadata WHERE table_name = 'extra'"))
		mustExec(t, lite, "ALTER TABLE customers RENAME COLUMN email TO mail", "ALTER TABLE orders RENAME TO purchases")
		r.applies(exitOK, "coordinator --apply --accept-drops")
		require.Contains(t, r.does(exitOK, "coordinator --config config.yaml changes RUN --status pending"), "renamed")
		r.does(exitOK, "coordinator --config config.yaml approve RUN --only 'shop.customers.mail'")
		r.does(exitOK, "coordinator --config config.yaml reject RUN --only 'shop.purchases'")

		mustExec(t, lite, "CREATE VIEW broken AS SELECT * FROM nowhere")
		r.applies(exitFailed, "coordinator --apply")
		require.Contains(t, r.does(exitOK, "coordinator --config config.yaml dead list"), "broken")
		mustExec(t, lite, "DROP VIEW broken", "CREATE VIEW broken AS SELECT id FROM customers")
		r.does(exitOK, "dead retry RUN")
		mustExec(t, lite, "CREATE VIEW broken_too AS SELECT * FROM nowhere")
		r.applies(exitFailed, "coordinator --apply")
		r.does(exitOK, "dead drop RUN")
	})
	for _, d := range documented(t) {
		require.True(t, slices.ContainsFunc(ran, func(c []string) bool {
			return !slices.ContainsFunc(d, func(word string) bool { return !slices.Contains(c, word) })
		}), "nobody runs: %s", strings.Join(d, " "))
	}
}
