package app

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// asked has the source answer a change query with times and versions from a table of its own.
func asked(t *testing.T, detection string) *fleet {
	t.Helper()
	f := shop(t, "")
	f.inShop("CREATE TABLE audit (name TEXT PRIMARY KEY, last_modified TEXT, version TEXT)",
		"INSERT INTO audit SELECT name, '2026-01-01 10:00:00', '1' FROM sqlite_schema WHERE type = 'table' AND name <> 'audit'")
	f.sources = nil
	f.source("shop", "sqlite", "shop.db", ", database: customers, change_query: \"SELECT 'customers' AS database_name, name AS table_name, last_modified, version FROM audit\"")
	f.settings("scope: {databases: [\"customers.*\"], exclude_patterns: [audit]}\nsync: {delta_detection: " + detection + "}\n")
	return f
}

// seedDeltaDetection: the section decides what counts as changed; another one makes every table changed, once.
func seedDeltaDetection(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {delta_detection: {method: checksum, include_fields: [column_names]}}\n")
	f.does(all("new")...)
	f.does()
	f.settings("sync: {delta_detection: {method: checksum, include_fields: [column_names, column_types]}}\n")
	f.does(all("changed")...)
	f.does()
}

// seedMethod: each method goes by what it is named for, and by nothing else.
func seedMethod(t *testing.T) {
	t.Helper()
	for method, want := range map[string]string{"checksum": "users|changed", "timestamp": "items|changed", "version": "orders|changed"} {
		f := asked(t, method)
		f.does(all("new")...)
		f.inShop("ALTER TABLE users ADD COLUMN phone TEXT", "UPDATE audit SET last_modified = '2026-01-02 10:00:00' WHERE name = 'items'", "UPDATE audit SET version = '2' WHERE name = 'orders'")
		f.does(want)
	}
}

// seedAlgorithm: fingerprints are of that kind, and tell a changed table from others.
func seedAlgorithm(t *testing.T) {
	t.Helper()
	f := shop(t, "")
	seen := map[string]bool{}
	for i, algorithm := range []string{"md5", "sha256", "xxh3"} {
		f.settings("sync: {delta_detection: {method: checksum, algorithm: " + algorithm + "}}\n")
		f.run(exitOK, "coordinator", "--apply")
		require.Equal(t, 4, f.last().Counts.Total, "another algorithm makes every table changed, once")
		sum := f.texts("SELECT fingerprint FROM semantic_layer_v1.table_state WHERE table_name = 'cards'")[0]
		require.False(t, seen[sum], "the same table has another fingerprint by each")
		seen[sum] = true
		f.inShop(fmt.Sprintf("ALTER TABLE users ADD COLUMN more_%d TEXT", i))
		f.does("users|changed")
	}
}

// seedIncludeFields: only what is included makes a table changed.
func seedIncludeFields(t *testing.T) {
	t.Helper()
	f := shop(t, "sync: {delta_detection: {include_fields: [schema, column_names, column_types]}}\n")
	f.does(all("new")...)
	f.inShop("CREATE INDEX by_email ON users (email)")
	f.does()
	f.inShop("ALTER TABLE items ADD COLUMN size TEXT")
	f.does("items|changed")
	f.settings("sync: {delta_detection: {include_fields: [indexes]}}\n")
	f.does(all("changed")...)
	f.inShop("ALTER TABLE items ADD COLUMN colour TEXT", "CREATE INDEX by_total ON orders (total)")
	f.does("orders|changed")
}
