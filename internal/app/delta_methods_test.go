package app

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// embeddedOver is an embedded coordinator over one source; the scope is its tables that begin with t.
func embeddedOver(t *testing.T, driver, dsn, more, sync string) *fleet {
	t.Helper()
	f := newEmbedded(t)
	f.source("s", driver, dsn, more)
	f.sync = sync
	f.write(`  include_patterns: ["t*"]`)
	return f
}

// does makes a run and wants exactly these tables in it, written table|reason.
func (f *fleet) does(want ...string) *proc {
	f.Helper()
	p := f.run(exitOK, "coordinator", "--apply")
	f.balanced(f.last())
	require.ElementsMatch(f, want, f.texts("SELECT table_name, reason FROM semantic_layer_v1.sync_run_tables WHERE run_id = $1", f.last().ID.String()))
	return p
}

// changes writes the configuration anew with other settings.
func (f *fleet) changes(sync string) {
	f.Helper()
	f.sync = sync
	f.write(`  include_patterns: ["t*"]`)
}

func TestChecksum(t *testing.T) {
	t.Parallel()
	const method = "  delta_detection: {method: checksum, algorithm: %s%s}\n"
	for _, algorithm := range []string{"md5", "sha256", "xxh3"} {
		t.Run(algorithm, func(t *testing.T) {
			dsn := testkit.Postgres(t)
			pg := open(t, "pgx", dsn)
			mustExec(t, pg, "CREATE TABLE t1 (id int PRIMARY KEY, name text)", "CREATE TABLE t2 (id int)")
			f := embeddedOver(t, "postgres", dsn, "", fmt.Sprintf(method, algorithm, ""))
			f.does("t1|new", "t2|new")
			mustExec(t, pg, "COMMENT ON COLUMN t1.name IS 'Given name'")
			f.does("t1|changed")
			mustExec(t, pg, "CREATE INDEX ON t1 (name)")
			f.does() // indexes are left out by default
			f.changes(fmt.Sprintf(method, algorithm, ", include_fields: [schema, column_names, column_types]"))
			f.does("t1|changed", "t2|changed") // once, since the fingerprints mean something else now
			mustExec(t, pg, "COMMENT ON COLUMN t1.name IS 'First name'")
			f.does()
			mustExec(t, pg, "ALTER TABLE t1 ALTER COLUMN name SET NOT NULL")
			f.does("t1|changed")
			f.changes(fmt.Sprintf(method, algorithm, ", include_fields: [column_names, indexes]"))
			f.does("t1|changed", "t2|changed")
			mustExec(t, pg, "ALTER TABLE t1 ALTER COLUMN name DROP NOT NULL", "CREATE INDEX ON t2 (id)")
			f.does("t2|changed")
			f.does()
		})
	}
}

// liteFile makes a SQLite database by statements.
func liteFile(t *testing.T, statements ...string) (file string, db *sql.DB) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "source.db")
	db = open(t, "sqlite", file)
	mustExec(t, db, statements...)
	return file, db
}

const noTime = "nothing tells when tables of this source changed, so they count as changed: use delta_detection method checksum"

func seedCompareField(t *testing.T) {
	t.Helper()
	file, db := liteFile(t, "CREATE TABLE t1 (id INTEGER)", "CREATE TABLE t2 (id INTEGER)", "CREATE TABLE audit (name TEXT PRIMARY KEY, altered_at TEXT)",
		"INSERT INTO audit VALUES ('t1', '2026-01-01 10:00:00'), ('t2', '2026-01-01 10:00:00')")
	f := embeddedOver(t, "sqlite", file, ", change_query: \"SELECT 'main' AS database_name, name AS table_name, altered_at FROM audit\"",
		"  delta_detection: {method: timestamp, compare_field: altered_at}\n")
	f.does("t1|new", "t2|new")
	f.does()
	mustExec(t, db, "ALTER TABLE t1 ADD COLUMN a TEXT", "ALTER TABLE t2 ADD COLUMN a TEXT", "UPDATE audit SET altered_at = '2026-01-01 10:00:01' WHERE name = 't2'")
	f.does("t2|changed") // the query is believed
	mustExec(t, db, "DELETE FROM audit WHERE name = 't1'")
	require.Contains(t, f.does("t1|changed").log.String(), noTime)
}

func TestTimestampOfTheEngine(t *testing.T) {
	t.Parallel()
	dsn := testkit.MariaDBAccount(t)
	db := open(t, "mysql", dsn)
	mustExec(t, db, "CREATE TABLE t1 (id INT)", "CREATE TABLE t2 (id INT)")
	f := embeddedOver(t, "mysql", dsn, "", "  delta_detection: {method: timestamp}\n")
	f.does("t1|new", "t2|new")
	f.does()
	cfg, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	altered := func() (at string) {
		require.NoError(t, db.QueryRowContext(t.Context(),
			"SELECT CAST(greatest(create_time, coalesce(update_time, create_time)) AS CHAR) FROM information_schema.tables WHERE table_schema = ? AND table_name = 't1'", cfg.DBName).Scan(&at))
		return at
	}
	// The engine keeps whole seconds, so it is altered until the time is a later one.
	before, n := altered(), 0
	f.eventually(10*time.Second, "the engine notes a later time", func() bool {
		n++
		mustExec(t, db, fmt.Sprintf("ALTER TABLE t1 ADD COLUMN c%d INT", n))
		return altered() > before
	})
	f.does("t1|changed")
	f.does()
	require.Equal(t, n+1, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE table_name = 't1'"))
}

func TestTimestampOfRows(t *testing.T) {
	t.Parallel()
	dsn := testkit.Postgres(t)
	pg := open(t, "pgx", dsn)
	file, lite := liteFile(t, "CREATE TABLE t3 (id INTEGER, last_modified TIMESTAMP)", "INSERT INTO t3 VALUES (1, '2026-01-01 10:00:00')")
	mustExec(t, pg, "CREATE TABLE t1 (id int, last_modified timestamptz)", "INSERT INTO t1 VALUES (1, '2026-01-01')")
	f := embeddedOver(t, "postgres", dsn, "", "  delta_detection: {method: timestamp}\n")
	f.source("lite", "sqlite", file, "")
	f.write(`  include_patterns: ["t*"]`)
	f.does("t1|new", "t3|new")
	f.does()
	mustExec(t, pg, "INSERT INTO t1 VALUES (2, '2026-01-02')")
	f.does("t1|changed")
	mustExec(t, lite, "UPDATE t3 SET last_modified = '2026-01-01 10:00:00.5'")
	f.does("t3|changed")

	// Without such a column nothing gives a time: never unchanged, and the way out is named.
	mustExec(t, pg, "CREATE TABLE t2 (id int)")
	check := f.run(exitOK, "coordinator", "--validate-sync-config", "--connect").out.String()
	require.Contains(t, check, "warning: source s: nothing tells when 1 of its tables changed, so they would be done in every run: use delta_detection method checksum\n")
	require.NotContains(t, check, "warning: source lite")
	require.Contains(t, f.does("t2|new").log.String(), noTime)
	p := f.does("t2|changed")
	require.Contains(t, p.log.String(), noTime)
	require.Contains(t, p.log.String(), "source=s tables=1")
	require.NotContains(t, p.log.String(), "source=lite tables=")
}

func seedLookbackWindow(t *testing.T) {
	t.Helper()
	file, db := liteFile(t, "CREATE TABLE t1 (id INTEGER, last_modified TIMESTAMP)", "CREATE TABLE t2 (id INTEGER, last_modified TIMESTAMP)",
		"INSERT INTO t1 VALUES (1, datetime('now', '-1 hour'))", "INSERT INTO t2 VALUES (1, datetime('now', '-3 hours'))")
	f := embeddedOver(t, "sqlite", file, "", "  delta_detection: {method: timestamp, lookback_window: 2h}\n")
	f.does("t1|new", "t2|new")
	f.does("t1|changed") // within the window, though no later than at its last sync
	mustExec(t, db, "UPDATE t2 SET last_modified = datetime('now', '-150 minutes')")
	f.does("t1|changed", "t2|changed") // later than at its last sync, though before the window
	f.does("t1|changed")
}

func seedVersionField(t *testing.T) {
	t.Helper()
	file, db := liteFile(t, "CREATE TABLE t1 (id INTEGER)", "CREATE TABLE t2 (id INTEGER)", "CREATE TABLE releases (name TEXT PRIMARY KEY, schema_version TEXT)",
		"INSERT INTO releases VALUES ('t1', '1.9'), ('t2', '2')")
	f := embeddedOver(t, "sqlite", file, ", change_query: \"SELECT 'main' AS database_name, name AS table_name, schema_version FROM releases\"",
		"  delta_detection: {method: version, version_field: schema_version, version_comparison: greater_than}\n")
	f.does("t1|new", "t2|new")
	mustExec(t, db, "UPDATE releases SET schema_version = '1.10' WHERE name = 't1'", "UPDATE releases SET schema_version = '2.0' WHERE name = 't2'")
	f.does("t1|changed") // 1.10 is later than 1.9, and 2.0 is 2
	mustExec(t, db, "UPDATE releases SET schema_version = '1.2' WHERE name = 't1'")
	f.does()
}

func seedVersionComparison(t *testing.T) {
	t.Helper()
	for comparison, want := range map[string][]string{"greater_than": nil, "not_equal": {"t1|changed"}} {
		t.Run(comparison, func(t *testing.T) {
			dsn := testkit.Postgres(t)
			pg := open(t, "pgx", dsn)
			mustExec(t, pg, "CREATE TABLE t1 (id int)", "COMMENT ON TABLE t1 IS 'Customers; version_field=2.1, see the wiki'")
			f := embeddedOver(t, "postgres", dsn, "", "  delta_detection: {method: version, version_comparison: "+comparison+"}\n")
			f.does("t1|new")
			mustExec(t, pg, "ALTER TABLE t1 ADD COLUMN name text")
			f.does()
			mustExec(t, pg, "COMMENT ON TABLE t1 IS 'Customers; version_field=2.2'")
			f.does("t1|changed")
			mustExec(t, pg, "COMMENT ON TABLE t1 IS 'Customers; version_field=2.1'")
			f.does(want...)
		})
	}
}

// person is what somebody does in the layer with SQL.
func (f *fleet) person(statement string) {
	f.Helper()
	res, err := f.layer.DB().ExecContext(f.Context(), f.statement(statement))
	require.NoError(f, err)
	n, err := res.RowsAffected()
	require.NoError(f, err)
	require.Equal(f, int64(1), n)
}

func TestPeoplesEditsSurvive(t *testing.T) {
	t.Parallel()
	dsn := testkit.Postgres(t)
	pg := open(t, "pgx", dsn)
	mustExec(t, pg, "CREATE TABLE t_clients (id int PRIMARY KEY, email text, note text)", "COMMENT ON COLUMN t_clients.email IS 'Where we write to'")
	f := embeddedOver(t, "postgres", dsn, "", "")
	f.does("t_clients|new")
	f.person("UPDATE semantic_layer_v1.field_metadata SET description = 'Never write here', owner = 'ana' WHERE field_name = 'email'")
	f.person("UPDATE semantic_layer_v1.table_metadata SET description = 'Those who pay'")
	f.person("UPDATE semantic_layer_v1.field_metadata SET description = NULL WHERE field_name = 'note'")
	const fields = "SELECT table_name, field_name, description, owner FROM semantic_layer_v1.field_metadata WHERE field_name <> 'id' AND removed_at IS NULL ORDER BY ordinal"
	const tables = "SELECT table_name, description FROM semantic_layer_v1.table_metadata WHERE removed_at IS NULL"

	mustExec(t, pg, "COMMENT ON COLUMN t_clients.email IS 'Electronic address'")
	f.run(exitOK, "coordinator", "--apply", "--mode", "full")
	f.run(exitOK, "coordinator", "--apply", "--mode", "full")
	require.Equal(t, []string{"t_clients|email|Never write here|ana", "t_clients|note||"}, f.texts(fields))
	require.Equal(t, []string{"t_clients|Those who pay"}, f.texts(tables))

	mustExec(t, pg, "ALTER TABLE t_clients RENAME COLUMN email TO contact")
	f.does("t_clients|changed")
	require.Equal(t, []string{"t_clients|contact|Never write here|ana", "t_clients|note||"}, f.texts(fields))

	mustExec(t, pg, "ALTER TABLE t_clients RENAME TO t_customers", "ALTER TABLE t_customers RENAME COLUMN note TO remark")
	f.does("t_customers|renamed")
	require.Equal(t, []string{"t_customers|contact|Never write here|ana", "t_customers|remark||"}, f.texts(fields))
	require.Equal(t, []string{"t_customers|Those who pay"}, f.texts(tables))
	require.Equal(t, 1, f.number("SELECT count(*) FROM semantic_layer_v1.table_metadata"), "the row moved")
	require.Equal(t, 3, f.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes WHERE attribute LIKE '%name%'"), strings.Join(f.texts("SELECT object, attribute, old_value, new_value FROM semantic_layer_v1.metadata_changes"), "\n"))
	f.does()
}

// texts gives the rows of a query, columns joined by |.
func (f *fleet) texts(query string, args ...any) []string {
	f.Helper()
	out, err := joinedRows(f.Context(), f.layer.DB(), f.statement(query), args...)
	require.NoError(f, err)
	return out
}

// TestChangedRulesDecideAnew: what machines decided is decided again when the rules change, by delta runs too; what people decided is not.
func TestChangedRulesDecideAnew(t *testing.T) {
	t.Parallel()
	file, _ := liteFile(t, "CREATE TABLE t1 (id INTEGER, shoe_size INTEGER, email TEXT)")
	f := embeddedOver(t, "sqlite", file, "", "")
	f.does("t1|new")
	f.person("UPDATE semantic_layer_v1.field_metadata SET pii_category = 'username' WHERE field_name = 'email'")
	f.does()
	f.more = "\nauto_generation: {patterns: [{name: shoes, pattern: \"*shoe*\", tag: footwear, pii_category: biometric}, {name: mail, pattern: email, pii_category: phone}]}\n"
	f.write(`  include_patterns: ["t*"]`)
	f.does("t1|changed")
	require.Equal(t, []string{"shoe_size|biometric", "email|username"}, f.texts("SELECT field_name, pii_category FROM semantic_layer_v1.field_metadata WHERE pii_category IS NOT NULL ORDER BY ordinal"))
	f.does()
}

// TestReactionsToSchemaChanges: what on_schema_changes says is done about new, removed and changed fields.
func TestReactionsToSchemaChanges(t *testing.T) {
	t.Parallel()
	dsn := testkit.Postgres(t)
	pg := open(t, "pgx", dsn)
	mustExec(t, pg, "CREATE TABLE t1 (id int, a int, b int)")
	f := embeddedOver(t, "postgres", dsn, "", "")
	f.does("t1|new")
	f.more = "\nconflict_resolution: {on_schema_changes: {new_fields: warn, type_changes: ignore, removed_fields: error}}\n"
	f.write(`  include_patterns: ["t*"]`)
	mustExec(t, pg, "ALTER TABLE t1 ADD COLUMN c int", "ALTER TABLE t1 ALTER COLUMN a TYPE bigint")
	p := f.does("t1|changed")
	require.Contains(t, p.log.String(), "the field is new in the source")
	require.NotContains(t, p.log.String(), "the type changed")
	mustExec(t, pg, "ALTER TABLE t1 DROP COLUMN b")
	f.run(exitFailed, "coordinator", "--apply")
	require.Equal(t, []string{"t1|failed"}, f.texts("SELECT table_name, state FROM semantic_layer_v1.sync_run_tables WHERE run_id = $1", f.last().ID.String()))
	require.Equal(t, []string{"id", "a", "b", "c"}, f.texts("SELECT field_name FROM semantic_layer_v1.field_metadata WHERE removed_at IS NULL ORDER BY ordinal"), "nothing of the table was written")
}
