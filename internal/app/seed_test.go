package app

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// seedFile is the document that the product grew from; it is not part of the repository. SEMSYNC_SEED names another place.
const seedFile = "../../../shared/seed/semantic-layer-sync-config.md"

const (
	seedRowsFile = "testdata/seed_rows.txt"      // the rows, for where the document is not
	seedSQLFile  = "testdata/seed.sql"           // its queries, likewise
	seedDoc      = "../../docs/seed-coverage.md" // what TestSeedIsCovered writes
)

// TestSeed shows each row of the document: each key, mode, command, query and entry on troubles, by a test of that name.
func TestSeed(t *testing.T) {
	t.Parallel()
	for kind, rows := range seedRows(threeRuns(t)) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for _, row := range rows {
				t.Run(row.name, func(t *testing.T) {
					t.Parallel()
					row.check(t)
				})
			}
		})
	}
}

// TestSeedIsCovered: the rows that have tests are those of the document, and docs/seed-coverage.md tells of them.
func TestSeedIsCovered(t *testing.T) {
	t.Parallel()
	var names []string
	doc := &strings.Builder{}
	doc.WriteString("# The seed, row by row\n\nMade by TestSeedIsCovered in internal/app from the rows of TestSeed; it fails when the seed has a row\nwithout a test.\n\n" +
		"| test | what it shows |\n| --- | --- |\n")
	for _, kind := range slices.Sorted(maps.Keys(seedRows(nil))) {
		for _, row := range seedRows(nil)[kind] {
			names = append(names, kind+" "+row.name)
			fmt.Fprintf(doc, "| `TestSeed/%s/%s` | %s |\n", kind, strings.ReplaceAll(row.name, " ", "_"), row.shows)
		}
	}
	slices.Sort(names)
	text, err := seedText()
	if err == nil {
		require.Equal(t, rowsOf(text), names)
		require.Equal(t, queriesOf(text), seedQueries(t))
	} else {
		require.ErrorIs(t, err, os.ErrNotExist)
	}
	for file, want := range map[string]string{seedRowsFile: strings.Join(names, "\n") + "\n", seedDoc: doc.String()} {
		if os.Getenv("SEMSYNC_UPDATE") != "" && (err == nil || file == seedDoc) {
			require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
		}
		have, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, want, string(have), "run SEMSYNC_UPDATE=1 go test -run TestSeedIsCovered ./internal/app")
	}
}

func seedText() (string, error) {
	file := os.Getenv("SEMSYNC_SEED")
	if file == "" {
		file = filepath.FromSlash(seedFile)
	}
	text, err := os.ReadFile(file)
	return string(text), err
}

var (
	yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	bashBlock = regexp.MustCompile("(?s)```bash\n(.*?)```")
	yamlKey   = regexp.MustCompile(`(?m)^\s*([a-z_]+):`)
	modeRow   = regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|")
	command   = regexp.MustCompile(`semantic_layer_sync\.py --config config\.yaml (.*)`)
	trouble   = regexp.MustCompile(`(?m)^### (.*)\n\n\*\*Problem\*\*`)
	sqlBlock  = regexp.MustCompile("(?s)### ([^\n]*)\n\n```sql\n(.*?)```")
	tdxQuery  = regexp.MustCompile(`(?s)# ([^\n]*)\ntdx query "(.*?)"\n`)
	remark    = regexp.MustCompile(`(?m)^--.*\n`)
)

// rowsOf reads the rows out of the document, sorted.
func rowsOf(seed string) []string {
	rows := map[string]bool{}
	for _, block := range yamlBlock.FindAllStringSubmatch(seed, -1) {
		for _, k := range yamlKey.FindAllStringSubmatch(block[1], -1) {
			rows["key "+k[1]] = true
		}
	}
	for _, m := range modeRow.FindAllStringSubmatch(seed, -1) {
		rows["mode "+m[1]] = true
	}
	for _, block := range bashBlock.FindAllStringSubmatch(seed, -1) {
		for _, m := range command.FindAllStringSubmatch(block[1], -1) {
			rows["command "+m[1]] = true
		}
	}
	for name := range queriesOf(seed) {
		rows["query "+name] = true
	}
	for _, m := range trouble.FindAllStringSubmatch(seed, -1) {
		rows["troubleshooting "+m[1]] = true
	}
	return slices.Sorted(maps.Keys(rows))
}

// queriesOf gives the document's statements by what stands above them, without remarks.
func queriesOf(seed string) map[string]string {
	out := map[string]string{}
	for _, expression := range []*regexp.Regexp{sqlBlock, tdxQuery} {
		for _, m := range expression.FindAllStringSubmatch(seed, -1) {
			out[m[1]] = strings.TrimSpace(remark.ReplaceAllString(m[2], ""))
		}
	}
	return out
}

// seedQueries are the checked-in statements: each follows a line with its name.
func seedQueries(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(seedSQLFile)
	require.NoError(t, err)
	out := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(string(text), "-- "), "\n-- ") {
		name, statement, _ := strings.Cut(part, "\n")
		out[name] = strings.TrimSpace(statement)
	}
	return out
}
