package app

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// renameTables makes enough tables that one which goes is no reason to hold the plan. The keys and constraints of those that are renamed
// carry the table's name in some engines.
func renameTables() []string {
	out := []string{
		"CREATE TABLE t_customers (id INT PRIMARY KEY, mail VARCHAR(80), city VARCHAR(40), UNIQUE (mail))",
		"CREATE TABLE t_orders (id INT PRIMARY KEY, customer_id INT, total INT, FOREIGN KEY (customer_id) REFERENCES t_customers (id))",
	}
	for _, name := range []string{"t_a", "t_b", "t_c", "t_d", "t_e", "t_f"} {
		out = append(out, "CREATE TABLE "+name+" (id INT PRIMARY KEY, "+name+" INT)")
	}
	return out
}

// TestRenamesWithoutStableIDs: what people wrote about a column or a table that was renamed waits for a person to agree, and then is under the
// new name. Nothing else waits for it, and later runs leave the question standing.
func TestRenamesWithoutStableIDs(t *testing.T) {
	t.Parallel()
	for _, driver := range []string{"mysql", "sqlite"} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			f := newEmbedded(t)
			var db *sql.DB
			if driver == "mysql" {
				dsn := testkit.MariaDBAccount(t)
				db = open(t, "mysql", dsn)
				mustExec(t, db, renameTables()...)
				f.source("s", "mysql", dsn, "")
			} else {
				file, lite := liteFile(t, renameTables()...)
				db = lite
				f.source("s", "sqlite", file, "")
			}
			f.write(`  include_patterns: ["t_*"]`)
			f.run(exitOK, "coordinator", "--apply")
			f.edit("field_metadata SET verified_by = 'kim', description = 'Where we write to', owner = 'ana', tags = '[\"vip\"]' WHERE field_name = 'mail'",
				"field_metadata SET description = 'Where they live' WHERE field_name = 'city'",
				"field_metadata SET description = 'In cents', verified_by = 'lou' WHERE field_name = 'total'",
				"table_metadata SET description = 'What they buy', owner = 'bea' WHERE table_name = 't_orders'")
			mustExec(t, db, "ALTER TABLE t_customers RENAME COLUMN mail TO email", "ALTER TABLE t_customers RENAME COLUMN city TO town",
				"ALTER TABLE t_orders RENAME TO t_purchases",
				// Two that could be the one that went: nobody can tell.
				"DROP TABLE t_f", "CREATE TABLE t_g (id INT PRIMARY KEY, t_f INT)", "CREATE TABLE t_h (id INT PRIMARY KEY, t_f INT)")

			f.run(exitOK, "coordinator", "--dry-run")
			const asked = "SELECT coalesce(field_name, ''), status FROM semantic_layer_v1.metadata_changes WHERE held = 'rename' AND run_id = ? ORDER BY 1"
			require.Equal(t, []string{"|planned", "email|planned", "town|planned"}, f.texts(asked, f.last().ID.String()))

			f.run(exitOK, "coordinator", "--apply")
			r := f.last()
			require.Equal(t, metadata.StatusCompleted, r.Status, "nothing waits for the answer")
			require.Equal(t, []string{"|pending", "email|pending", "town|pending"}, f.texts(asked, r.ID.String()))
			mustExec(t, db, "ALTER TABLE t_customers ADD COLUMN extra INT")
			f.run(exitOK, "coordinator", "--apply", "--mode", "full")
			shown := f.run(exitOK, "coordinator", "changes", r.ID.String(), "--status", "pending").out.String()
			require.Contains(t, shown, "renamed", "a later run leaves the question")
			require.Contains(t, shown, `"mail"`)

			f.run(exitOK, "coordinator", "reject", r.ID.String(), "--only", "*.t_customers.town", "--by", "ana")
			f.run(exitOK, "coordinator", "approve", r.ID.String(), "--by", "ana")
			const told = "SELECT table_name, field_name, coalesce(description, ''), coalesce(owner, ''), removed_at IS NOT NULL FROM semantic_layer_v1.field_metadata " +
				"WHERE field_name IN ('mail', 'email', 'city', 'town', 'total') ORDER BY 1, 2"
			want := []string{
				"t_customers|city|Where they live||1", "t_customers|email|Where we write to|ana|0", "t_customers|town|[AUTO] Town in the customer's address.||0",
				"t_purchases|total|In cents||0",
			}
			tables := []string{"t_purchases|What they buy|bea|0"}
			check := func() {
				require.Equal(t, want, f.texts(told))
				require.Equal(t, tables, f.texts("SELECT table_name, description, owner, removed_at IS NOT NULL FROM semantic_layer_v1.table_metadata WHERE table_name IN ('t_orders', 't_purchases')"))
				require.Equal(t, []string{"email|kim", "total|lou"}, f.texts("SELECT field_name, verified_by FROM semantic_layer_v1.field_metadata WHERE verified_by IS NOT NULL ORDER BY 1"))
				require.Equal(t, 1, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE field_name = 'email' AND tags LIKE '%vip%'"))
			}
			check()
			f.run(exitOK, "coordinator", "--apply", "--mode", "full")
			check()
			f.run(exitFailed, "coordinator", "approve", r.ID.String(), "--by", "ana")
		})
	}
}

// edit changes rows of an embedded layer as a person does.
func (f *fleet) edit(updates ...string) {
	f.Helper()
	for _, u := range updates {
		_, err := f.layer.DB().ExecContext(f.Context(), f.statement("UPDATE semantic_layer_v1."+u))
		require.NoError(f, err)
	}
}
