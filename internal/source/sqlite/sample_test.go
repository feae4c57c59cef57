package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// TestSamplesSearch asks SQLite how it would answer: it does not count the rows that it reads.
func TestSamplesSearch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		create string
		fields []string
		key    string
	}{
		"plain":          {"CREATE TABLE t (word text)", []string{"word"}, "rowid"},
		"rowid taken":    {"CREATE TABLE t (ROWID text, _rowid_ text)", []string{"ROWID", "_rowid_"}, "oid"},
		"integer key":    {"CREATE TABLE t (id INTEGER PRIMARY KEY, word text)", []string{"id", "word"}, "rowid"},
		"covering index": {"CREATE TABLE t (word text UNIQUE)", []string{"word"}, "rowid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "x.db"))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, database.Close()) })
			_, err = database.Exec(c.create)
			require.NoError(t, err)
			table := &metadata.Table{ID: metadata.TableID{Database: "main", Name: "t"}}
			for _, field := range c.fields {
				table.Fields = append(table.Fields, metadata.Field{Name: field})
			}
			require.Equal(t, c.key, rowidName(table))
			one := &sample{table: table, wanted: source.SampleOptions{}.Wanted(table)}
			require.Contains(t, plan(t, database, one.partStatement(c.key), 1, 10), "SEARCH t USING INTEGER PRIMARY KEY (rowid>?)")
			ends := plan(t, database, one.boundsStatement(c.key))
			require.Equal(t, 2, strings.Count(ends, "SEARCH t"), ends) // each end by itself
			require.NotContains(t, ends, "SCAN t")
		})
	}
}

// plan is what EXPLAIN QUERY PLAN says, a line each.
func plan(t *testing.T, database *sql.DB, statement string, arguments ...any) string {
	t.Helper()
	rows, err := database.Query("EXPLAIN QUERY PLAN "+statement, arguments...)
	require.NoError(t, err)
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var (
			id, parent, unused int
			line               string
		)
		require.NoError(t, rows.Scan(&id, &parent, &unused, &line))
		lines = append(lines, line)
	}
	require.NoError(t, rows.Err())
	return strings.Join(lines, "\n")
}
