package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/examples"
)

// pageTables are those of the sample database that the page shows.
var pageTables = []string{"customers", "orders", "order_items", "employees", "newsletter_subscriptions", "patients", "appointments", "devices", "categories"}

// TestExamplePage: docs/example.md shows what the layer says of the sample database, and is as the program makes it now.
func TestExamplePage(t *testing.T) {
	t.Parallel()
	file, _ := liteFile(t, examples.SampleSQL)
	f := newEmbedded(t)
	f.source("sample", "sqlite", file, ", database: sample")
	f.write(`  databases: ["sample.*"]`)
	f.run(exitOK, "coordinator", "--apply")
	const doc = "../../docs/example.md"
	want := f.page()
	if os.Getenv("SEMSYNC_UPDATE") != "" {
		require.NoError(t, os.WriteFile(filepath.FromSlash(doc), []byte(want), 0o644))
	}
	have, err := os.ReadFile(filepath.FromSlash(doc))
	require.NoError(t, err)
	require.Equal(t, want, string(have), "run SEMSYNC_UPDATE=1 go test -run TestExamplePage ./internal/app")
}

func (f *fleet) page() string {
	var b strings.Builder
	b.WriteString("# What the layer says of the sample database\n\nMade by TestExamplePage from `examples/quickstart/sample.sql`, without definition files and without sampling. SQLite has no comments, so that\nall of it is worked out from names, types and keys; `[AUTO]` marks that.\n")
	for _, table := range pageTables {
		about := f.texts("SELECT description, data_classification FROM semantic_layer_v1.table_metadata WHERE table_name = $1", table)[0]
		description, class, _ := strings.Cut(about, "|")
		fmt.Fprintf(&b, "\n## %s\n\n%s", table, description)
		if class != "" {
			fmt.Fprintf(&b, " *(%s)*", class)
		}
		b.WriteString("\n\n| field | description | type | personal data | tags |\n| --- | --- | --- | --- | --- |\n")
		for _, row := range f.texts("SELECT field_name, description, semantic_type, pii_category, tags FROM semantic_layer_v1.field_metadata WHERE table_name = $1 ORDER BY ordinal", table) {
			c := strings.SplitN(row, "|", 5)
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", c[0], c[1], c[2], c[3], strings.Trim(strings.ReplaceAll(c[4], `"`, ""), "[]"))
		}
	}
	b.WriteString("\n## How they belong together\n\n| from | to | cardinality | origin |\n| --- | --- | --- | --- |\n")
	for _, row := range f.texts("SELECT from_field, to_field, cardinality, origin FROM semantic_layer_v1.field_relationships ORDER BY origin DESC, from_field LIMIT 25") {
		fmt.Fprintf(&b, "| %s |\n", strings.ReplaceAll(row, "|", " | "))
	}
	return b.String()
}
