package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// fillPeople gives statements for rows of a table whose names say little, or the wrong thing.
func fillPeople(n int) []string {
	out := []string{"CREATE TABLE t_data (id INT PRIMARY KEY, ref VARCHAR(80), email VARCHAR(40), note1 VARCHAR(80), phone VARCHAR(40), code INT)"}
	for i := range n {
		out = append(out, fmt.Sprintf("INSERT INTO t_data VALUES (%d, 'user.canary%d@example.org', '%d', 'paid on account %d', '%d', %d)", i, i, i%2, i, i+1, 1900+i))
	}
	return out
}

// TestSampling: values say what names do not, and correct what names say; no value stays anywhere.
func TestSampling(t *testing.T) {
	t.Parallel()
	pgDSN, mariaDSN := testkit.Postgres(t), testkit.MariaDBAccount(t)
	file, _ := liteFile(t, fillPeople(60)...)
	mustExec(t, open(t, "pgx", pgDSN), fillPeople(60)...)
	mustExec(t, open(t, "mysql", mariaDSN), fillPeople(60)...)
	for _, mode := range []string{"table", "field"} {
		t.Run(mode, func(t *testing.T) {
			f := embeddedOver(t, "postgres", pgDSN, "", "  parallel_mode: "+mode+"\n")
			f.source("maria", "mysql", mariaDSN, "")
			f.source("lite", "sqlite", file, "")
			const categories = "SELECT source_name, field_name, pii_category FROM semantic_layer_v1.field_metadata WHERE pii_category IS NOT NULL ORDER BY 1, 2"
			f.write(`  include_patterns: ["t_*"]`)
			f.run(exitOK, "coordinator", "--apply")
			require.Equal(t, []string{"lite|email|email", "lite|phone|phone", "maria|email|email", "maria|phone|phone", "s|email|email", "s|phone|phone"}, f.texts(categories), "names alone")

			f.more = "\nauto_generation: {sampling: {enabled: true, max_rows: 50}}\n"
			f.write(`  include_patterns: ["t_*"]`)
			p := f.run(exitOK, "coordinator", "--apply")
			require.Equal(t, 3, f.last().Counts.Changed, "values are looked at from now on, so all is decided anew")
			require.Equal(t, []string{"lite|ref|email", "maria|ref|email", "s|ref|email"}, f.texts(categories), "by values")
			evidence := f.texts("SELECT evidence FROM semantic_layer_v1.field_metadata WHERE field_name = 'ref'")
			for _, e := range evidence {
				require.Contains(t, e, "50 of 50 values are e-mail addresses")
			}
			require.NotContains(t, p.log.String()+p.out.String(), "canary")
			dump := strings.Join(f.texts("SELECT coalesce(description, '') || coalesce(evidence, '') FROM semantic_layer_v1.field_metadata"), "")
			dump += strings.Join(f.texts("SELECT coalesce(old_value, '') || coalesce(new_value, '') || coalesce(reason, '') FROM semantic_layer_v1.metadata_changes"), "")
			require.NotContains(t, dump, "canary")
			f.does()
		})
	}
}
