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
	f.run(exitOK, "coordinator", "--dry-run")
	for _, s := range statements {
		n := countRows(t, f, s)
		grouped := strings.Contains(s, "GROUP BY")
		require.Positive(t, n, s)
		if !grouped {
			require.Equal(t, 3, n, "a row for each run: %s", s)
		}
	}
}

func countRows(t *testing.T, f *fleet, query string) (n int) {
	t.Helper()
	rows, err := f.layer.DB().QueryContext(t.Context(), query)
	require.NoError(t, err, query)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		n++
	}
	require.NoError(t, rows.Err(), query)
	return n
}
