package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

const shopDictionary = `tables:
  public.t_customers:
    description: Those who buy.
    owner: Sales
    fields:
      - {name: email, description: Where orders are confirmed to., is_pii: true, pii_category: email, owner: Privacy}
      - {name: note, tags: [internal]}
glossary:
  - {term: Order value, definition: What is paid., related_fields: [public.t_orders.total]}
governance:
  - {policy: retention_days, value: "3650", owner: Legal, applies_to: [public.t_orders]}
field_lineage:
  - {name: totals, from_field: public.t_orders.total, to_field: public.t_sums.total}
`

// TestDefinitions takes what people declare, and what keys and names say of how tables belong together, into the layer.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"embedded", "fleet"} {
		t.Run(form, func(t *testing.T) {
			f := newEmbedded(t)
			if form == "fleet" {
				f = newFleet(t)
			}
			dsn := testkit.Postgres(t)
			pg := open(t, "pgx", dsn)
			mustExec(t, pg, "CREATE TABLE t_customers (id int PRIMARY KEY, email text, note text)", "COMMENT ON TABLE t_customers IS 'from the source'",
				"CREATE TABLE t_orders (id int PRIMARY KEY, customer_id int REFERENCES t_customers, total numeric)", "CREATE TABLE t_sums (total numeric)",
				"CREATE TABLE payments (id int PRIMARY KEY, t_order_id int)")
			file := filepath.Join(f.dir, "dictionary.yaml")
			write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
			write(shopDictionary)
			f.source("s", "postgres", dsn, "")
			f.more = "\ndefinitions: {data_dictionary_path: " + file + "}\n"
			f.write(`  databases: ["public"]`)
			if form == "fleet" {
				f.start("worker")
			}
			f.run(exitOK, "coordinator", "--apply")
			f.balanced(f.last())
			const told = "SELECT field_name, description, description_origin, pii_category, owner FROM semantic_layer_v1.field_metadata WHERE table_name = 't_customers' AND field_name = 'email'"
			require.Equal(t, []string{"email|Where orders are confirmed to.|dictionary|email|Privacy"}, f.texts(told))
			require.Equal(t, []string{"Those who buy.|dictionary|Sales"}, f.texts("SELECT description, description_origin, owner FROM semantic_layer_v1.table_metadata WHERE table_name = 't_customers'"))
			require.Equal(t, []string{"Order value|What is paid."}, f.texts("SELECT term, definition FROM semantic_layer_v1.glossary"))
			require.Equal(t, []string{"public|t_orders|retention_days|3650|Legal"}, f.texts("SELECT database_name, table_name, policy, value, owner FROM semantic_layer_v1.governance"))
			require.Equal(t, []string{"public.t_orders.total|public.t_sums.total"}, f.texts("SELECT from_field, to_field FROM semantic_layer_v1.field_lineage"))
			require.Equal(t, []string{"public.t_orders.customer_id|public.t_customers.id|foreign_key|many_to_one|source"},
				f.texts("SELECT from_field, to_field, relationship_type, cardinality, origin FROM semantic_layer_v1.field_relationships WHERE origin = 'source'"))
			require.Contains(t, f.texts("SELECT changed_field, affected_field FROM semantic_layer_v1.impact_analysis"), "public.t_orders.total|public.t_sums.total")
			require.Contains(t, f.texts("SELECT from_table, to_table FROM semantic_layer_v1.table_dependencies"), "public.t_customers|public.t_orders")
			f.run(exitOK, "coordinator", "--apply")
			require.Zero(t, f.last().Counts.Total, "nothing changed")

			// A changed file changes its tables, and no others; a person's edit elsewhere stays.
			f.person("UPDATE semantic_layer_v1.field_metadata SET description = 'mine' WHERE table_name = 't_customers' AND field_name = 'note'")
			write(`tables: {public.t_customers: {fields: [{name: email, description: Now said otherwise., type: date, edited_by: ann, last_manual_edit: 2026-01-31}]}}`)
			// A dry run tells what an applied one would do, and leaves what is declared as it is.
			const changed = "SELECT object, attribute, coalesce(old_value, ''), coalesce(new_value, '') FROM semantic_layer_v1.metadata_changes WHERE run_id = $1 ORDER BY 1, 2, 3"
			p := f.run(exitOK, "coordinator", "--dry-run")
			require.Contains(t, p.log.String(), "names another type than the source has")
			require.Contains(t, p.log.String(), "at="+file+":1:")
			require.Equal(t, []string{"email|Where orders are confirmed to.|dictionary|email|Privacy"}, f.texts(told))
			would := f.texts(changed, f.last().ID.String())
			require.Contains(t, would, "s:public.t_customers.email|description|Where orders are confirmed to.|Now said otherwise.")
			require.Equal(t, []string{"Order value|What is paid."}, f.texts("SELECT term, definition FROM semantic_layer_v1.glossary"))
			f.run(exitOK, "coordinator", "--apply")
			require.Equal(t, would, f.texts(changed, f.last().ID.String()))
			require.Contains(t, would, "s:public.t_customers.email|verified_by||ann")
			require.Equal(t, []string{"ann|2026-01-31"}, f.texts("SELECT verified_by, substr(CAST(verified_at AS text), 1, 10) FROM semantic_layer_v1.field_metadata WHERE field_name = 'email'"))
			require.Equal(t, []string{"t_customers|changed"}, f.texts("SELECT table_name, reason FROM semantic_layer_v1.sync_run_tables WHERE run_id = $1", f.last().ID.String()))
			require.Equal(t, []string{"email|Now said otherwise.|dictionary|email|"}, f.texts(told))
			require.Equal(t, []string{"from the source|source"}, f.texts("SELECT description, description_origin FROM semantic_layer_v1.table_metadata WHERE table_name = 't_customers'"))
			require.Equal(t, []string{"mine"}, f.texts("SELECT description FROM semantic_layer_v1.field_metadata WHERE field_name = 'note'"))
			require.Empty(t, f.texts("SELECT term FROM semantic_layer_v1.glossary"), "what is not declared any more goes")

			// A key that is dropped is a relationship that goes.
			mustExec(t, pg, "ALTER TABLE t_orders DROP CONSTRAINT t_orders_customer_id_fkey")
			f.run(exitOK, "coordinator", "--apply")
			require.Empty(t, f.texts("SELECT from_field FROM semantic_layer_v1.field_relationships WHERE origin = 'source'"))

			// What is wrong in a file is told with its place, before anything runs.
			runs := f.number("SELECT count(*) FROM semantic_layer_v1.sync_runs")
			write("tables:\n  public.t_customers:\n    fields:\n      - {nam: email}\n")
			require.Regexp(t, `dictionary\.yaml:4:\d+: .*nam`, f.run(exitUsage, "coordinator", "--apply").log.String())
			require.Regexp(t, `dictionary\.yaml:4:\d+: .*nam`, f.run(exitUsage, "coordinator", "--validate-sync-config").out.String())
			require.Equal(t, runs, f.number("SELECT count(*) FROM semantic_layer_v1.sync_runs"))
		})
	}
}
