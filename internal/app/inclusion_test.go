package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// joinTables makes fields whose names say that they refer to a key: one whose values are that key's, one whose values are others, and one
// without any. The keys are spread, so that no row of numbers is found by chance.
func joinTables(n int) []string {
	out := []string{
		"CREATE TABLE t_customers (id INT PRIMARY KEY, code VARCHAR(40) UNIQUE)", "CREATE TABLE t_vendors (id INT PRIMARY KEY, name VARCHAR(40))",
		"CREATE TABLE t_orders (id INT PRIMARY KEY, customer_id NUMERIC(12,2), vendor_id INT, customer_code VARCHAR(40))",
		"CREATE TABLE t_empty (id INT PRIMARY KEY, vendor_id INT)",
	}
	for i := range n {
		out = append(out,
			fmt.Sprintf("INSERT INTO t_customers VALUES (%d, 'canary-%d')", 7_000_000+37*i, i),
			fmt.Sprintf("INSERT INTO t_vendors VALUES (%d, 'v')", 9_000_000+i),
			fmt.Sprintf("INSERT INTO t_orders VALUES (%d, %d, %d, 'canary-%d')", i, 7_000_000+37*i, 7_000_000+37*i, i))
	}
	return out
}

// TestValuesOfProposedJoins: a join that names alone suggest goes when the values are not found there, and is surer when they are.
func TestValuesOfProposedJoins(t *testing.T) {
	t.Parallel()
	pgDSN, mariaDSN := testkit.Postgres(t), testkit.MariaDBAccount(t)
	file, _ := liteFile(t, joinTables(40)...)
	mustExec(t, open(t, "pgx", pgDSN), joinTables(40)...)
	mustExec(t, open(t, "mysql", mariaDSN), joinTables(40)...)
	f := embeddedOver(t, "postgres", pgDSN, "", "")
	f.source("maria", "mysql", mariaDSN, "")
	f.source("lite", "sqlite", file, "")
	f.write(`  include_patterns: ["t_*"]`)
	f.run(exitOK, "coordinator", "--apply")
	const joins = "SELECT source_name, from_field, printf('%.2f', confidence), evidence LIKE '%values are found there' " +
		"FROM semantic_layer_v1.field_relationships WHERE origin = 'proposed' AND removed_at IS NULL ORDER BY 1, 2"
	names := func(database string) []string {
		return []string{database + ".t_empty.vendor_id|0.85|0", database + ".t_orders.customer_code|0.85|0", database + ".t_orders.customer_id|0.85|0", database + ".t_orders.vendor_id|0.85|0"}
	}
	values := func(database string) []string {
		return []string{database + ".t_empty.vendor_id|0.85|0", database + ".t_orders.customer_code|0.98|1", database + ".t_orders.customer_id|0.98|1"}
	}
	maria, _, _ := strings.Cut(mariaDSN[strings.LastIndex(mariaDSN, "/")+1:], "?")
	every := func(of func(string) []string) (out []string) {
		for _, s := range []struct{ source, database string }{{"lite", "main"}, {"maria", maria}, {"s", "public"}} {
			for _, line := range of(s.database) {
				out = append(out, s.source+"|"+line)
			}
		}
		return out
	}
	require.Equal(t, every(names), f.texts(joins), "by names alone")

	f.more = "\nauto_generation: {sampling: {enabled: true, max_rows: 30}}\n"
	f.write(`  include_patterns: ["t_*"]`)
	p := f.run(exitOK, "coordinator", "--apply", "--mode", "full", "--log-level", "debug")
	require.Equal(t, every(values), f.texts(joins), "by values")
	require.NotContains(t, p.log.String()+p.out.String(), "canary")
	for _, table := range f.texts("SELECT name FROM sqlite_master WHERE type = 'table'") {
		rows := f.texts("SELECT * FROM \"" + table + "\"")
		require.NotContains(t, strings.Join(rows, "\n"), "canary", table)
	}
}
