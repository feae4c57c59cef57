package app

import (
	"database/sql"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/examples"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
	"github.com/semsync/semsync/internal/testkit/catalog"
)

// threeSources is a fleet over MariaDB, PostgreSQL and SQLite.
type threeSources struct {
	*fleet
	pg, maria, lite *sql.DB
	mariaName       string
}

func newThreeSources(t *testing.T) *threeSources {
	t.Helper()
	f := &threeSources{fleet: newFleet(t)}
	pgDSN, mariaDSN, liteFile := testkit.Postgres(t), testkit.MariaDBAccount(t), filepath.Join(f.dir, "sample.db")
	f.pg, f.maria, f.lite = open(t, "pgx", pgDSN), open(t, "mysql", mariaDSN), open(t, "sqlite", liteFile)
	mustExec(t, f.lite, examples.SampleSQL)
	mustExec(t, f.pg, "CREATE SCHEMA sales", "CREATE SCHEMA \"Odd Schema\"",
		"CREATE TABLE sales.customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, full_name text)",
		"CREATE TABLE sales.orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES sales.customers, total numeric(12,2), placed_at timestamptz DEFAULT now())",
		"CREATE VIEW sales.big_orders AS SELECT * FROM sales.orders WHERE total > 1000",
		"CREATE MATERIALIZED VIEW sales.totals AS SELECT customer_id, sum(total) AS total FROM sales.orders GROUP BY 1",
		"CREATE TABLE sales.events (at timestamptz NOT NULL, kind text) PARTITION BY RANGE (at)",
		"CREATE TABLE sales.events_2026 PARTITION OF sales.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
		`CREATE TABLE "Odd Schema"."ta""ble; DROP TABLE x;--" ("co lumn" int, "per%cent" int, "😀" text)`,
		"COMMENT ON TABLE sales.customers IS 'People who bought something'", "COMMENT ON COLUMN sales.customers.email IS 'Where we write to'")
	mustExec(t, f.maria, "CREATE TABLE invoices (invoice_no INT AUTO_INCREMENT PRIMARY KEY, amount DECIMAL(10,2) NOT NULL COMMENT 'Gross', issued_on DATE) COMMENT 'What we are owed'",
		"CREATE TABLE invoice_lines (invoice_no INT NOT NULL, line INT NOT NULL, `text with ``tick` VARCHAR(80), PRIMARY KEY (invoice_no, line), FOREIGN KEY (invoice_no) REFERENCES invoices (invoice_no))",
		"CREATE VIEW open_invoices AS SELECT * FROM invoices WHERE amount > 0")
	cfg, err := mysql.ParseDSN(mariaDSN)
	require.NoError(t, err)
	f.mariaName = cfg.DBName
	f.source("warehouse", "postgres", pgDSN, "")
	f.source("billing", "mysql", mariaDSN, "")
	f.source("shop", "sqlite", liteFile, ", database: shop")
	f.sync = "  batch_size: 5\n  checkpoint_interval: 3\n"
	f.write(fmt.Sprintf("  databases: [{name: sales, source: warehouse}, {name: Odd Schema, source: warehouse}, {name: %s, source: billing}, {name: shop, source: shop}]", f.mariaName))
	return f
}

// catalogs are the columns as the engines' own catalogs have them.
func (f *threeSources) catalogs() map[string]bool {
	out := columnsOf(f.T, f.pg, "warehouse", `SELECT n.nspname, c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('sales', 'Odd Schema') AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped`)
	maps.Copy(out, columnsOf(f.T, f.maria, "billing", "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE table_schema = ?", f.mariaName))
	maps.Copy(out, columnsOf(f.T, f.lite, "shop", "SELECT 'shop', m.name, p.name FROM sqlite_schema m, pragma_table_xinfo(m.name) p WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%'"))
	return out
}

// layered are the live columns of the layer.
func (f *threeSources) layered() map[string]bool {
	out := map[string]bool{}
	require.NoError(f, f.layer.Fields(f.Context(), func(r metadata.FieldRecord) error {
		out[strings.Join([]string{r.Table.Source, r.Table.Database, r.Table.Name, r.Name}, "\x1f")] = true
		return nil
	}))
	return out
}

func TestFleetSyncsThreeSources(t *testing.T) {
	t.Parallel()
	f := newThreeSources(t)
	for range 3 {
		f.start("worker")
	}
	f.start("coordinator")
	f.run(exitOK, "coordinator", "--apply")
	first := f.last()
	require.Equal(t, metadata.StatusCompleted, first.Status)
	f.balanced(first)
	require.Empty(t, cmp.Diff(f.catalogs(), f.layered()))
	require.Equal(t, first.Counts.Total, f.number("SELECT count(*) FROM semantic_layer_v1.table_metadata"))
	require.Equal(t, first.Counts.Total, f.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes"), "a new table is one change")
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE coalesce(description, '') = ''"))
	require.Equal(t, 1, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE description = 'Where we write to' AND description_origin = 'source'"))

	f.run(exitOK, "coordinator", "--apply")
	idle := f.last()
	require.Equal(t, metadata.StatusCompleted, idle.Status)
	require.Zero(t, idle.Counts.Total, "a delta run over unchanged sources does nothing: %+v", idle.Counts)
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_batches WHERE run_id = $1", idle.ID.String()))
	f.balanced(idle)

	mustExec(t, f.pg, "ALTER TABLE sales.orders ADD COLUMN currency char(3)", "DROP VIEW sales.big_orders", "CREATE TABLE sales.refunds (id int PRIMARY KEY)",
		"COMMENT ON COLUMN sales.customers.full_name IS 'As on the passport'", "ALTER TABLE sales.events ALTER COLUMN kind TYPE varchar(40)")
	f.run(exitOK, "coordinator", "--apply")
	changed := f.last()
	f.balanced(changed)
	got := map[string]string{}
	rows, err := f.layer.DB().QueryContext(t.Context(), "SELECT table_name, reason FROM semantic_layer_v1.sync_run_tables WHERE run_id = $1", changed.ID.String())
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var table, reason string
		require.NoError(t, rows.Scan(&table, &reason))
		got[table] = reason
	}
	require.NoError(t, rows.Err())
	// A partition's columns follow those of its table, so it changed too.
	require.Equal(t, map[string]string{
		"orders": "changed", "big_orders": "dropped", "refunds": "new", "customers": "changed", "events": "changed", "events_2026": "changed",
	}, got)
	require.Empty(t, cmp.Diff(f.catalogs(), f.layered()))
	require.Equal(t, 4, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE table_name = 'big_orders' AND removed_at IS NOT NULL"), "removed, not deleted")
	require.Equal(t, 1, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE table_name = 'events' AND data_type = 'character varying(40)'"))
}

// manyTables is a fleet over a PostgreSQL source of many small tables.
func manyTables(t *testing.T, tables int) *fleet {
	t.Helper()
	f := newFleet(t)
	f.many = tables
	dsn := testkit.Postgres(t)
	db := open(t, "pgx", dsn)
	require.NoError(t, catalog.FillPostgres(t.Context(), pgExecer(t, dsn), tables, 6))
	require.NoError(t, db.PingContext(t.Context()))
	f.source("warehouse", "postgres", dsn, "")
	f.sync = "  batch_size: 10\n  checkpoint_interval: 5\n  parallel_workers: 2\n"
	f.write(`  databases: ["bench_*.*"]`)
	return f
}

// chaosTables are enough for a run to be in its middle when a fault comes.
const chaosTables = 1500

// undisturbed gives the digest of the layer after a run that nothing disturbed, over the same source.
func undisturbed(t *testing.T, f *fleet) string {
	t.Helper()
	quiet := newEmbedded(t)
	if f.layerDSN != "" {
		quiet = newFleet(t)
	}
	quiet.sources, quiet.sync = f.sources, f.sync
	quiet.write(`  databases: ["bench_*.*"]`)
	if f.layerDSN != "" {
		quiet.start("worker")
	}
	quiet.run(exitOK, "coordinator", "--apply")
	digest, err := quiet.layer.Digest(t.Context())
	require.NoError(t, err)
	return digest
}

// midway waits until a run has done some tables, and not all.
func (f *fleet) midway() {
	f.Helper()
	f.eventually(time.Minute, "a run is midway", func() bool {
		n := 0
		err := f.layer.DB().QueryRowContext(f.Context(), f.statement("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'done'")).Scan(&n)
		return err == nil && n >= 50
	})
	require.Less(f, f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'done'"), f.many, "the fault must come in mid-run")
}

// endsAsUndisturbed waits for the end of the one run and compares what it left. A run that is stopped and resumed ends more than once.
func (f *fleet) endsAsUndisturbed(want string, ends int) {
	f.Helper()
	f.eventually(time.Minute, "the run ends by itself within 60 s of the last fault", func() bool {
		runs, err := f.layer.ListRuns(f.Context(), 1)
		return err == nil && len(runs) == 1 && runs[0].Status.Final()
	})
	r := f.last()
	require.Equal(f, metadata.StatusCompleted, r.Status, r.Error)
	f.balanced(r)
	require.Equal(f, f.many, r.Counts.Done)
	require.Equal(f, f.many, f.number("SELECT count(*) FROM semantic_layer_v1.metadata_changes"), "each table's effect once")
	require.Equal(f, 1, f.number("SELECT count(*) FROM semantic_layer_v1.sync_runs"), "one run")
	require.Equal(f, ends, f.number("SELECT count(*) FROM semantic_layer_v1.outbox WHERE kind = 'run_finished'"), "each end once")
	got, err := f.layer.Digest(f.Context())
	require.NoError(f, err)
	require.Equal(f, want, got, "the layer is as after an undisturbed run")
}

func TestKilledInMidRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault func(f *fleet, coordinator, victim *proc)
	}{
		{"worker", func(f *fleet, _, victim *proc) { victim.kill() }},
		{"coordinator", func(f *fleet, coordinator, _ *proc) {
			coordinator.kill()
			f.start("coordinator")
		}},
		{"redis flushed", func(f *fleet, _, _ *proc) { f.redis.FlushAll() }},
		{"all at once", func(f *fleet, coordinator, victim *proc) {
			victim.kill()
			coordinator.kill()
			f.redis.FlushAll()
			f.start("coordinator")
			f.start("worker")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := manyTables(t, chaosTables)
			want := undisturbed(t, f)
			coordinator, victim := f.start("coordinator"), f.start("worker")
			f.start("worker")
			f.start("coordinator", "--apply")
			f.midway()
			c.fault(f, coordinator, victim)
			f.endsAsUndisturbed(want, 1)
		})
	}
}

func TestWrongConfigurationNamesItsPlace(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.source("a", "sqlite", filepath.Join(f.dir, "none.db"), "")
	f.sync = "  btach_size: 3\n"
	f.write("  databases: [\"*.*\"]")
	p := f.run(exitUsage, "coordinator", "--apply")
	require.Contains(t, p.log.String(), "batch_size")
	require.Contains(t, p.log.String(), "config.yaml:")
}

func TestNoPasswordAnywhere(t *testing.T) {
	t.Parallel()
	f := newThreeSources(t)
	f.start("worker")
	p := f.run(exitOK, "coordinator", "--apply", "--log-level", "debug")
	u, err := url.Parse(f.layerDSN)
	require.NoError(t, err)
	password, _ := u.User.Password()
	require.NotEmpty(t, password)
	require.NotContains(t, p.log.String()+p.out.String(), password)
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.config_versions WHERE content::text LIKE '%' || $1 || '%'", password))
	require.Equal(t, 1, f.number("SELECT count(*) FROM semantic_layer_v1.config_versions"))
}
