package app

import (
	"bytes"
	"database/sql"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// hostile are names that break who splices, splits, trims or folds.
var hostile = []string{
	"it's", `say "hi"`, "back`tick", "two words", "a.b.c", "100%s", "🦊", "select", `x'; DROP TABLE witness; --`, `x"; DROP TABLE witness; --`,
	"x`; DROP TABLE witness; --", "line\nbreak", `back\slash`, "$1", "?", ":name", "{}", " leading", "<script>alert(1)</script>", "a:b/c|d",
	"e\u0301", "\u202egnp", strings.Repeat("n", 63), strings.Repeat("é", 31) + "x",
}

const (
	pgColumns = `SELECT n.nspname, c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped`
	mariaColumns = "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE table_schema LIKE concat(database(), '%')"
	liteColumns  = "SELECT 'main', m.name, p.name FROM sqlite_schema m, pragma_table_xinfo(m.name) p WHERE m.type = 'table'"
)

// TestHostileNames takes databases, tables and columns of hostile names through all engines to both kinds of layer.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	pgDSN, mariaDSN := testkit.Postgres(t), testkit.MariaDB(t)
	file, lite := liteFile(t)
	pg, maria := open(t, "pgx", pgDSN), open(t, "mysql", mariaDSN)
	cfg, err := mysql.ParseDSN(mariaDSN)
	require.NoError(t, err)
	quote := func(q string) func(string) string {
		return func(name string) string { return q + strings.ReplaceAll(name, q, q+q) + q }
	}
	fill := func(db *sql.DB, quote func(string) string, names []string) {
		mustExec(t, db, "CREATE TABLE witness (id INT)", "INSERT INTO witness VALUES (1)")
		for _, name := range names {
			mustExec(t, db, fmt.Sprintf("CREATE TABLE %s (id INT, %[1]s INT)", quote(name)))
		}
	}
	fill(pg, quote(`"`), hostile)
	fill(lite, quote(`"`), hostile)
	fill(maria, quote("`"), slices.DeleteFunc(slices.Clone(hostile), func(name string) bool { return name == "🦊" })) // which MariaDB takes in no name
	for _, name := range []string{`sch"ema; --`, "sch.ema", "%s"} {
		mustExec(t, pg, "CREATE SCHEMA "+quote(`"`)(name), "CREATE TABLE "+quote(`"`)(name)+`."t.1" ("c.1" int)`)
	}
	mustExec(t, maria, "CREATE DATABASE "+quote("`")(cfg.DBName+"_d`b.x"), "CREATE TABLE "+quote("`")(cfg.DBName+"_d`b.x")+".`t.1` (`c.1` INT)")
	want := columnsOf(t, pg, "pg", pgColumns)
	maps.Copy(want, columnsOf(t, maria, "maria", mariaColumns))
	maps.Copy(want, columnsOf(t, lite, "lite", liteColumns))
	require.Len(t, want, 3*(2*len(hostile)+1)+4-2)

	for _, form := range []string{"embedded", "fleet"} {
		t.Run(form, func(t *testing.T) {
			f := newEmbedded(t)
			if form == "fleet" {
				f = newFleet(t)
			}
			f.source("pg", "postgres", pgDSN, "")
			f.source("maria", "mysql", mariaDSN, "")
			f.source("lite", "sqlite", file, "")
			f.sync = "  batch_size: 7\n"
			f.write(fmt.Sprintf("  databases: [{name: '*', source: pg}, {name: '%s*', source: maria}, {name: '*', source: lite}]", cfg.DBName))
			if form == "fleet" {
				f.start("worker")
			}
			dry := f.run(exitOK, "coordinator", "--dry-run").out.String()
			require.Contains(t, dry, `pg:public.\u202egnp  created`, "nothing turns the terminal's text around")
			require.Contains(t, dry, `maria:`+cfg.DBName+`.line\nbreak  created`)
			f.run(exitOK, "coordinator", "--apply")
			require.Empty(t, cmp.Diff(want, f.live()))
			f.balanced(f.last())
			f.run(exitOK, "coordinator", "--apply")
			require.Zero(t, f.last().Counts.Total)
		})
	}
	for _, db := range []*sql.DB{pg, maria, lite} {
		mustExec(t, db, "INSERT INTO witness VALUES (2)")
	}
}

// live are the columns that the layer has, keyed as columnsOf does.
func (f *fleet) live() map[string]bool {
	f.Helper()
	out := map[string]bool{}
	require.NoError(f, f.layer.Fields(f.Context(), func(r metadata.FieldRecord) error {
		out[strings.Join([]string{r.Table.Source, r.Table.Database, r.Table.Name, r.Name}, "\x1f")] = true
		return nil
	}))
	return out
}

func TestHugeTables(t *testing.T) {
	t.Parallel()
	dsn := testkit.Postgres(t)
	pg := open(t, "pgx", dsn)
	columns := make([]string, 1600)
	for i := range columns {
		columns[i] = fmt.Sprintf("column_number_%d int", i)
	}
	wide := "CREATE TABLE t_wide (" + strings.Join(columns, ", ") + ")"
	comment := strings.Repeat("A comment that does not end. ", 1<<20/29+1)
	mustExec(t, pg, wide, "CREATE TABLE t_told (id int, note text)", "COMMENT ON COLUMN t_told.note IS '"+comment+"'", "COMMENT ON TABLE t_told IS '"+comment+"'",
		"CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN positive AS int CHECK (value > 0)", "CREATE TYPE pair AS (a int, b mood[])",
		"CREATE TABLE t_types (a mood, b positive, c pair, d int4range, e pg_lsn, f numeric(7,2)[][], g bit varying(5), h interval second(3), i xml, j tsquery)",
		"CREATE TABLE t_none ()")
	mariaDSN := testkit.MariaDBAccount(t)
	mustExec(t, open(t, "mysql", mariaDSN), wide+" ENGINE=MyISAM") // the others end at 1,017 columns
	file, _ := liteFile(t, wide, "CREATE TABLE t_types (a, b WHATEVER(1, 2), c \"two words\")")
	for _, form := range []string{"embedded", "fleet"} {
		t.Run(form, func(t *testing.T) {
			f := newEmbedded(t)
			if form == "fleet" {
				f = newFleet(t)
			}
			f.source("pg", "postgres", dsn, "")
			f.source("maria", "mysql", mariaDSN, "")
			f.source("lite", "sqlite", file, "")
			f.write(`  include_patterns: ["t*"]`)
			if form == "fleet" {
				f.start("worker")
			}
			f.run(exitOK, "coordinator", "--apply")
			f.balanced(f.last())
			require.Equal(t, []string{"lite|1600", "maria|1600", "pg|1600"}, f.texts("SELECT source_name, count(*) FROM semantic_layer_v1.field_metadata WHERE table_name = 't_wide' GROUP BY 1 ORDER BY 1"))
			require.Equal(t, []string{comment}, f.texts("SELECT description FROM semantic_layer_v1.field_metadata WHERE field_name = 'note'"))
			require.Equal(t, []string{comment}, f.texts("SELECT description FROM semantic_layer_v1.table_metadata WHERE table_name = 't_told'"))
			require.Equal(t, []string{"mood", "positive", "pair", "int4range", "pg_lsn", "numeric(7,2)[]", "bit varying(5)", "interval second(3)", "xml", "tsquery"},
				f.texts("SELECT data_type FROM semantic_layer_v1.field_metadata WHERE table_name = 't_types' AND source_name = 'pg' ORDER BY ordinal"))
			require.Equal(t, []string{"", "WHATEVER(1, 2)", "two words"},
				f.texts("SELECT data_type FROM semantic_layer_v1.field_metadata WHERE table_name = 't_types' AND source_name = 'lite' ORDER BY ordinal"))
			require.Equal(t, []string{"t_none"}, f.texts("SELECT table_name FROM semantic_layer_v1.table_metadata WHERE table_name = 't_none'"))
			f.run(exitOK, "coordinator", "--apply")
			require.Zero(t, f.last().Counts.Total)
		})
	}
}

// TestBrokenViews lets views lose what they select from.
func TestBrokenViews(t *testing.T) {
	t.Parallel()
	dsn := testkit.MariaDBAccount(t)
	maria := open(t, "mysql", dsn)
	file, lite := liteFile(t)
	for _, db := range []*sql.DB{maria, lite} {
		mustExec(t, db, "CREATE TABLE t_base (id INT, name VARCHAR(9))", "CREATE TABLE t_other (id INT)", "CREATE VIEW t_view AS SELECT name FROM t_base", "CREATE VIEW t_over AS SELECT name FROM t_view")
	}
	f := embeddedOver(t, "mysql", dsn, "", "")
	f.source("lite", "sqlite", file, "")
	f.write(`  include_patterns: ["t*"]`)
	f.does("t_base|new", "t_other|new", "t_view|new", "t_over|new", "t_base|new", "t_other|new", "t_view|new", "t_over|new")
	for _, db := range []*sql.DB{maria, lite} {
		mustExec(t, db, "DROP TABLE t_base", "CREATE TABLE t_base (id INT, renamed VARCHAR(9))", "DROP TABLE t_other", "CREATE TABLE t_other (id INT, more INT)")
	}
	p := f.run(exitSomeFailed, "coordinator", "--apply")
	require.Equal(t, metadata.StatusCompletedWithErrors, f.last().Status)
	f.balanced(f.last())
	require.Equal(t, []string{"lite|t_base|done", "lite|t_other|done", "lite|t_over|failed", "lite|t_view|failed", "s|t_base|done", "s|t_other|done", "s|t_over|failed", "s|t_view|failed"},
		f.texts("SELECT source_name, table_name, state FROM semantic_layer_v1.sync_run_tables WHERE run_id = $1 ORDER BY 1, 2", f.last().ID.String()))
	require.Contains(t, p.out.String(), "lite:main.t_view  failed after 1 attempts (invalid)")
	require.Equal(t, []string{"lite|name", "s|name"}, f.texts("SELECT source_name, field_name FROM semantic_layer_v1.field_metadata WHERE table_name = 't_view' AND removed_at IS NULL ORDER BY 1"),
		"what was known of them stays")
}

// TestGoneBetweenPlanAndRead changes the source while no worker is there.
func TestGoneBetweenPlanAndRead(t *testing.T) {
	t.Parallel()
	f, dsn := newFleet(t), testkit.Postgres(t)
	pg := open(t, "pgx", dsn)
	mustExec(t, pg, "CREATE TABLE t_stays (id int)", "CREATE TABLE t_goes (id int)", "CREATE TABLE t_grows (id int)", "CREATE TABLE t_moves (id int)")
	f.source("s", "postgres", dsn, "")
	f.write(`  include_patterns: ["t*"]`)
	asked := f.start("coordinator", "--apply")
	f.eventually(30*time.Second, "the plan is made", func() bool { return strings.Contains(asked.log.String(), "planned") })
	mustExec(t, pg, "DROP TABLE t_goes", "ALTER TABLE t_grows ADD COLUMN late int", "ALTER TABLE t_moves RENAME TO t_moved")
	f.start("worker")
	require.Equal(t, exitOK, asked.wait(time.Minute), asked.log.String())
	r := f.last()
	f.balanced(r)
	require.Equal(t, []string{"t_goes|skipped|gone", "t_grows|done|", "t_moves|skipped|gone", "t_stays|done|"},
		f.texts("SELECT table_name, state, error_class FROM semantic_layer_v1.sync_run_tables ORDER BY 1"))
	require.Equal(t, []string{"id", "late"}, f.texts("SELECT field_name FROM semantic_layer_v1.field_metadata WHERE table_name = 't_grows' ORDER BY ordinal"))
	require.Equal(t, []string{"t_grows", "t_stays"}, f.texts("SELECT table_name FROM semantic_layer_v1.table_metadata ORDER BY 1"))
	f.does("t_moved|new")
	f.does()
}

// TestNoMoreRightsThanNeeded reads with users who may not select from all tables, and with fewer rights later.
func TestNoMoreRightsThanNeeded(t *testing.T) {
	t.Parallel()
	pgDSN, mariaDSN := testkit.Postgres(t), testkit.MariaDB(t)
	pg, maria := open(t, "pgx", pgDSN), open(t, "mysql", mariaDSN)
	mustExec(t, pg, "CREATE TABLE t1 (id int)", "CREATE TABLE t2 (id int)")
	mustExec(t, maria, "CREATE TABLE t1 (id int)", "CREATE TABLE t2 (id int)", "CREATE TABLE t3 (id int)")
	u, err := url.Parse(pgDSN)
	require.NoError(t, err)
	role := strings.TrimPrefix(u.Path, "/") + "_reader"
	mustExec(t, pg, "CREATE ROLE "+role+" LOGIN PASSWORD 'x'", "GRANT SELECT ON t1 TO "+role)
	u.User = url.UserPassword(role, "x")
	cfg, err := mysql.ParseDSN(mariaDSN)
	require.NoError(t, err)
	reader := cfg.DBName + "_reader"
	mustExec(t, maria, "CREATE USER "+reader+" IDENTIFIED BY 'x'", "GRANT SELECT ON t1 TO "+reader, "GRANT SELECT ON t2 TO "+reader, "GRANT SELECT ON t3 TO "+reader)
	cfg.User, cfg.Passwd = reader, "x"

	f := embeddedOver(t, "postgres", u.String(), "", "")
	f.source("maria", "mysql", cfg.FormatDSN(), "")
	f.write(`  include_patterns: ["t*"]`)
	f.does("t1|new", "t2|new", "t1|new", "t2|new", "t3|new") // PostgreSQL's catalogs show what cannot be selected from
	mustExec(t, pg, "REVOKE SELECT ON t1 FROM "+role)
	mustExec(t, maria, "REVOKE SELECT ON t3 FROM "+reader, "ALTER TABLE t1 ADD COLUMN more int")
	p := f.does("t1|changed")
	require.Contains(t, p.log.String(), "not marked removed")
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.table_metadata WHERE removed_at IS NOT NULL"), "a table that is hidden is not gone")

	mustExec(t, maria, "DROP TABLE t2")
	p = f.does()
	require.Contains(t, p.log.String(), "coordinator --apply --accept-drops", "nobody can tell the one that is gone")
	f.run(exitOK, "coordinator", "--dry-run", "--accept-drops")
	f.does()
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.table_metadata WHERE removed_at IS NOT NULL"))
	f.run(exitOK, "coordinator", "--apply", "--accept-drops")
	require.Equal(t, []string{"maria|t2", "maria|t3"}, f.texts("SELECT source_name, table_name FROM semantic_layer_v1.table_metadata WHERE removed_at IS NOT NULL ORDER BY 2"))
	require.NotContains(t, f.does().log.String(), "not marked removed", "the privileges are known from now on")
	mustExec(t, maria, "DROP TABLE t1")
	f.run(exitOK, "coordinator", "--apply", "--accept-drops")
	require.Equal(t, "2", f.texts("SELECT count(*) FROM semantic_layer_v1.table_metadata WHERE source_name = 'maria' AND removed_at IS NOT NULL")[0],
		"a source that shows nothing at all is not believed, whoever vouches for it")
}

func TestHugeConfiguration(t *testing.T) {
	t.Parallel()
	f := newEmbedded(t)
	require.NoError(t, os.WriteFile(f.config, bytes.Repeat([]byte("description: more and more\n"), 100<<20/27), 0o600))
	p := f.run(exitUsage, "coordinator", "--validate-sync-config")
	require.Contains(t, p.out.String(), "config.yaml: the file has 104857578 bytes, more than the 1048576 that are allowed")
	require.Less(t, p.cmd.ProcessState.UserTime(), 5*time.Second, "it was not read to its end")
}
