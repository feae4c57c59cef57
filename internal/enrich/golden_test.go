package enrich_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/enrich"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestGolden holds what is said about the tables of several domains. Each file
// has a schema, in the form that parseTables reads, and what comes of it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	x := newEnricher(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			require.Len(t, archive.Files, 2, "a schema and its meaning")
			got := render(t, x, string(archive.Files[0].Data))
			if *update {
				archive.Files[1].Data = []byte(got)
				require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o600))
			}
			require.Empty(t, cmp.Diff(string(archive.Files[1].Data), got))
		})
	}
}

// render prints what the tables of a schema mean, as a page to be read.
func render(t *testing.T, x *enrich.Enricher, schema string) string {
	t.Helper()
	var b strings.Builder
	for _, table := range parseTables(t, schema) {
		m := x.Table(table)
		fmt.Fprintf(&b, "%s\n  %s\n  %s\n", table.ID, m.Table.Description, facts(&m.Table))
		for i, a := range m.Fields {
			fmt.Fprintf(&b, "    %s\n      %s\n      %s\n", table.Fields[i].Name, a.Description, facts(&a))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func facts(a *enrich.Annotation) string {
	parts := []string{fmt.Sprintf("%.2f", a.Confidence)}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+value)
		}
	}
	add("", a.SemanticType)
	add("tags ", strings.Join(a.Tags, ","))
	if a.IsPII != nil && *a.IsPII {
		add("PII ", a.PIICategory+".")
	}
	add("", a.DataClassification)
	add("term ", a.BusinessTerm)
	add("values ", strings.Join(a.ValidValues, "/"))
	add("by ", a.Evidence)
	return strings.Join(parts, " | ")
}
