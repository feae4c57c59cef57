package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/testkit"
)

// comments are texts that do something to a terminal, a log, a page, a spreadsheet or a chat.
var comments = []string{
	"it's \"quoted\" and `ticked` \\ back", "two\nlines\r\nand a tab\there", "\x1b[31mred\x1b]0;title\a", "\u009b2J\x7f", "\u202egnp.exe\u2066", "<script>alert(1)</script><!-- & -->",
	"=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "-1", "<!channel> <https://e.vil|here> *b* _i_ `c`", "${HOME} $(id) %s %n {{.}} {}", "level=ERROR msg=forged", "\ufeffmark \u200b \u2028",
	"😀 e\u0301 \U000e0001", "run        0\nstatus     completed", "'; DROP TABLE witness; --", " spaces ", "null", "[AUTO]",
}

// TestHostileComments takes hostile comments and names through PostgreSQL and MariaDB to both kinds of layer: they arrive
// byte by byte, and whoever shows them shows them harmlessly.
func TestHostileComments(t *testing.T) {
	t.Parallel()
	pgDSN, mariaDSN := testkit.Postgres(t), testkit.MariaDBAccount(t)
	pg, maria := open(t, "pgx", pgDSN), open(t, "mysql", mariaDSN)
	cfg, err := mysql.ParseDSN(mariaDSN)
	require.NoError(t, err)
	pgText := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	mariaText := func(s string) string { return "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(s) + "'" }
	for i, c := range comments {
		mustExec(t, pg, fmt.Sprintf("CREATE TABLE t%d (f int)", i), fmt.Sprintf("COMMENT ON TABLE t%d IS %s", i, pgText(c)), fmt.Sprintf("COMMENT ON COLUMN t%d.f IS %s", i, pgText(c)))
		mustExec(t, maria, fmt.Sprintf("CREATE TABLE t%d (f INT COMMENT %s) COMMENT %[2]s", i, mariaText(c)))
	}
	mustExec(t, pg, "CREATE TABLE \"t\x1b[31m\n<b>\u202e=1+1\" (\"f\x1b]0;x\a\" int, email text)")
	for _, form := range []string{"embedded", "fleet"} {
		t.Run(form, func(t *testing.T) {
			f := newEmbedded(t)
			if form == "fleet" {
				f = newFleet(t)
			}
			heard := newTaker(t)
			f.source("pg", "postgres", pgDSN, "")
			f.source("maria", "mysql", mariaDSN, "")
			f.more = fmt.Sprintf("validation: {require_owner_for_tables: true}\nnotifications:\n  slack: {enabled: true, webhook_url: %q, notify_on: [new_tables, schema_changes, pii_detected, errors, sync_completed]}\n"+
				"  webhook: {enabled: true, url: %q, notify_on: [new_tables, schema_changes, pii_detected, errors, sync_completed]}\n", heard.URL+"/slack", heard.URL+"/webhook")
			f.write(fmt.Sprintf("  databases: [{name: 'public', source: pg}, {name: '%s', source: maria}]", cfg.DBName))
			if form == "fleet" {
				f.start("worker", "--log-level", "debug", "--log-format", "json")
			}
			f.run(exitOK, "coordinator", "--show-scope")
			f.run(exitOK, "coordinator", "--dry-run")
			f.run(exitOK, "coordinator", "--apply", "--log-level", "debug")
			for _, source := range []string{"pg", "maria"} {
				for i, c := range comments {
					if source == "maria" {
						c = strings.Map(func(r rune) rune { return map[bool]rune{true: '?', false: r}[r > 0xffff] }, c) // its catalogs have no others
					}
					for _, q := range []string{"table_metadata WHERE true", "field_metadata WHERE field_name = 'f'"} {
						require.Equal(t, []string{strings.TrimSpace(c)}, trimmed(f.texts("SELECT description FROM semantic_layer_v1."+q+fmt.Sprintf(" AND source_name = '%s' AND table_name = 't%d'", source, i))), "%s %q", source, c)
					}
				}
			}
			id := f.last().ID.String()
			for _, args := range [][]string{{"runs", "show", id}, {"runs", "list"}, {"changes", id}, {"changes", id, "--output", "diff"}, {"validation"}, {"dead", "list"}} {
				f.run(exitOK, "coordinator", args...)
			}
			for _, args := range [][]string{{"changes", id}, {"runs", "list"}, {"runs", "show", id}, {"validation", "--limit", "1000"}} {
				checkJSON(t, f.run(exitOK, "coordinator", append(args, "--output", "json")...).out.String())
			}
			var changes []map[string]any
			require.NoError(t, yaml.Unmarshal([]byte(f.run(exitOK, "coordinator", "changes", id, "--output", "yaml").out.String()), &changes))
			require.NotEmpty(t, changes)
			f.shownHarmlessly()
			f.eventually(30*time.Second, "the notices arrive", func() bool { return heard.count() >= 8 })
			heard.check(t)
		})
	}
}

// trimmed takes away the space around texts, which a description does not keep.
func trimmed(texts []string) []string {
	for i := range texts {
		texts[i] = strings.TrimSpace(texts[i])
	}
	return texts
}

func checkJSON(t *testing.T, text string) {
	t.Helper()
	require.True(t, json.Valid([]byte(text)), text)
}

// shownHarmlessly wants nothing that steers a terminal in what was printed, and one record a line in the logs.
func (f *fleet) shownHarmlessly() {
	f.Helper()
	for _, p := range f.started() {
		for _, text := range []string{p.out.String(), p.log.String()} {
			require.True(f, utf8.ValidString(text))
			if at := strings.IndexFunc(text, steers); at >= 0 {
				f.Errorf("%v prints %q", p.cmd.Args[3:], text[max(0, at-100):min(len(text), at+50)])
			}
		}
		for line := range strings.Lines(p.log.String()) {
			switch {
			case strings.HasPrefix(line, "{"):
				checkJSON(f.T, line)
			default:
				require.Regexp(f, `^(time=|error: |warning: |the first )`, line, "a line that is no record")
			}
		}
	}
}

// taker takes notices and keeps them as they came.
type taker struct {
	*httptest.Server
	mu     sync.Mutex
	bodies map[string][]string // by path
}

func newTaker(t *testing.T) *taker {
	t.Helper()
	k := &taker{bodies: map[string][]string{}}
	k.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		k.mu.Lock()
		defer k.mu.Unlock()
		k.bodies[r.URL.Path] = append(k.bodies[r.URL.Path], b.String())
	}))
	t.Cleanup(k.Close)
	return k
}

func (k *taker) count() (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, bodies := range k.bodies {
		n += len(bodies)
	}
	return n
}

// check wants valid JSON in which no text breaks a line, and no control sequence for Slack.
func (k *taker) check(t *testing.T) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	require.Len(t, k.bodies, 2)
	for path, bodies := range k.bodies {
		for _, body := range bodies {
			checkJSON(t, body)
			var value any
			require.NoError(t, json.Unmarshal([]byte(body), &value))
			eachText(value, func(text string) {
				require.Equal(t, -1, strings.IndexFunc(strings.ReplaceAll(text, "\u200b", ""), steers), "%s: %q", path, text)
				if path == "/slack" {
					require.NotContains(t, text, "<")
				}
			})
		}
	}
}

func eachText(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			eachText(e, f)
		}
	case map[string]any:
		for _, e := range v {
			eachText(e, f)
		}
	}
}

// TestNamesOfNoEncoding does the same with a PostgreSQL database that keeps bytes as they come, as old ones do.
func TestNamesOfNoEncoding(t *testing.T) {
	t.Parallel()
	dsn := testkit.Postgres(t)
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.Path += "_raw"
	admin := open(t, "pgx", dsn)
	var provider string // of servers that have several, of which ICU refuses the encoding
	require.NoError(t, admin.QueryRow("SELECT CASE WHEN current_setting('server_version_num')::int >= 150000 THEN ' LOCALE_PROVIDER libc' ELSE '' END").Scan(&provider))
	mustExec(t, admin, "CREATE DATABASE "+strings.TrimPrefix(u.Path, "/")+" TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"+provider)
	pg := open(t, "pgx", u.String())
	raw := func(statement string) string {
		return "DO $$BEGIN EXECUTE E'" + strings.ReplaceAll(statement, "'", "\\'") + "'; END$$"
	}
	mustExec(t, pg, "CREATE TABLE t_fine (id int, name text)", raw(`CREATE TABLE "t_\xe9\xff" (id int)`), raw(`CREATE VIEW t_view AS SELECT 1 AS "caf\xe9"`),
		raw(`COMMENT ON TABLE t_fine IS 'caf\xe9'`), raw(`ALTER TABLE t_fine ALTER name SET DEFAULT 'caf\xe9'`), "INSERT INTO t_fine SELECT 1, 'a' FROM generate_series(1, 50)",
		raw(`INSERT INTO t_fine VALUES (2, 'caf\xe9')`))
	f := embeddedOver(t, "postgres", u.String(), "", "")
	f.write(`  include_patterns: ["t*"]` + "\nauto_generation: {sampling: {enabled: true}}")
	f.run(exitSomeFailed, "coordinator", "--apply")
	f.balanced(f.last())
	require.Equal(t, []string{"t_fine|done|", "t_view|failed|invalid"}, f.texts("SELECT table_name, state, error_class FROM semantic_layer_v1.sync_run_tables ORDER BY 1"))
	require.Equal(t, []string{"caf\ufffd"}, f.texts("SELECT description FROM semantic_layer_v1.table_metadata WHERE table_name = 't_fine'"))
	require.Contains(t, f.run(exitOK, "coordinator", "--show-scope").out.String(), "its name is not UTF-8")
	f.shownHarmlessly()
}

// TestNamesThatAreNoText takes names and types that are not UTF-8 through SQLite, which allows them: the table is not in scope, or
// fails alone where it is a field's name, and what is no name is replaced.
func TestNamesThatAreNoText(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "raw.db")
	lite := open(t, "sqlite", file)
	mustExec(t, lite, "CREATE TABLE t_fine (id INT)", "CREATE TABLE \"t_\xff\xfe\" (id INT)", "CREATE TABLE t_typed (a \"INT\xff\", b INT DEFAULT '\xc3(')", "CREATE VIEW t_view AS SELECT 1 AS \"\xff\"")
	for _, form := range []string{"embedded", "fleet"} {
		t.Run(form, func(t *testing.T) {
			f := newEmbedded(t)
			if form == "fleet" {
				f = newFleet(t)
			}
			f.source("lite", "sqlite", file, "")
			f.write(`  include_patterns: ["t*"]`)
			if form == "fleet" {
				f.start("worker")
			}
			f.run(exitOK, "coordinator", "--show-scope")
			f.run(exitSomeFailed, "coordinator", "--apply")
			f.balanced(f.last())
			require.Equal(t, []string{"t_fine|done|", "t_typed|done|", "t_view|failed|invalid"},
				f.texts("SELECT table_name, state, error_class FROM semantic_layer_v1.sync_run_tables ORDER BY 1"))
			require.Equal(t, []string{"a|INT\ufffd", "b|INT"}, f.texts("SELECT field_name, data_type FROM semantic_layer_v1.field_metadata WHERE table_name = 't_typed' ORDER BY 1"))
			f.run(exitFailed, "coordinator", "--apply")
			require.Equal(t, 1, f.last().Counts.Total, "what is well is not done again")
			require.Contains(t, f.run(exitOK, "coordinator", "--show-scope").out.String(), "its name is not UTF-8")
			f.shownHarmlessly()
		})
	}
}
