package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// seedFile is the document that the product grew from; it is not part of the repository.
const seedFile = "../../../shared/seed/semantic-layer-sync-config.md"

var (
	sqlBlock = regexp.MustCompile("(?s)```sql\n(.*?)```")
	tdxQuery = regexp.MustCompile(`(?s)tdx query "(.*?)"\n`)
)

// TestSeedQueriesRunWordForWord reads every statement out of the seed and runs it on a PostgreSQL layer with runs in it.
func TestSeedQueriesRunWordForWord(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.FromSlash(seedFile))
	if os.IsNotExist(err) {
		t.Skip("the seed is not beside the checkout")
	}
	require.NoError(t, err)
	var statements []string
	for _, expression := range []*regexp.Regexp{sqlBlock, tdxQuery} {
		for _, m := range expression.FindAllStringSubmatch(string(text), -1) {
			statements = append(statements, strings.TrimSpace(m[1]))
		}
	}
	require.Len(t, statements, 5)

	f, _ := benched(t, 10, "")
	f.start("worker")
	f.run(exitOK, "coordinator", "--apply")
	f.run(exitOK, "coordinator", "--apply", "--mode", "full")
	f.run(exitFailed, "coordinator", "--dry-run", "--test-table", "no.such")
	var answers []string
	for _, s := range statements {
		rows, err := joinedRows(t.Context(), f.layer.DB(), s)
		require.NoError(t, err, s)
		answers = append(answers, strings.Join(rows, "\n"))
	}
	const id, at, took = `[0-9a-f-]{36}`, `\d{4}-\d\d-\d\dT\S+Z`, `00:00:\d\d\.\d+`
	for i, want := range []string{
		id + `\|` + at + `\|` + at + `\|` + took + `\|0\|delta\|failed
` + id + `\|` + at + `\|` + at + `\|` + took + `\|10\|full\|completed
` + id + `\|` + at + `\|` + at + `\|` + took + `\|10\|delta\|completed`,
		id + `\|delta\|` + at + `\|` + took + `\|0\|0\.00\|failed
` + id + `\|full\|` + at + `\|` + took + `\|10\|[1-9]\d*\.\d\d\|completed
` + id + `\|delta\|` + at + `\|` + took + `\|10\|[1-9]\d*\.\d\d\|completed`,
		at + `\|delta\|2\|1\|50\.00
` + at + `\|full\|1\|0\|0\.00`,
		`(` + id + `.*failed.*\n` + id + `.*completed.*\n` + id + `.*completed.*)`,
		`(delta|full)\|` + took + `\|10\.0+\|[1-9]\d*\.\d+
(delta|full)\|` + took + `\|10\.0+\|[1-9]\d*\.\d+`,
	} {
		require.Regexp(t, "(?s)^"+want+"$", answers[i], statements[i])
	}
}
