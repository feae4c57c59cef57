package mysql_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const sakilaSchema = "../../../../shared/data/sakila-mariadb-schema.sql"

// TestSakila reads a schema that others wrote and compares it with what the
// server says of it.
func TestSakila(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(sakilaSchema)
	if os.IsNotExist(err) {
		t.Skip("the sample schema is not on this machine")
	}
	require.NoError(t, err)
	database := newDatabase(t)
	for _, statement := range statements(string(script)) {
		if !strings.Contains(statement, "SCHEMA") && !strings.HasPrefix(statement, "USE ") {
			database.exec(t, strings.ReplaceAll(statement, "sakila.", database.name+"."))
		}
	}
	tables := map[string]*metadata.Table{}
	kinds := map[string]int{}
	for _, table := range database.discover(t) {
		tables[table.ID.Name] = table
		kinds[string(table.Kind)]++
	}
	require.Equal(t, map[string]int{"table": 16, "view": 7}, kinds)

	fields := map[string]int{}
	keys := map[string]int{}
	for name, table := range tables {
		fields[name] = len(table.Fields)
		if len(table.Keys) > 0 {
			keys[name] = len(table.Keys)
		}
	}
	require.Equal(t, database.counts(t, "SELECT table_name, COUNT(*) FROM information_schema.columns"), fields)
	require.Equal(t, database.counts(t, "SELECT table_name, COUNT(*) FROM information_schema.table_constraints"), keys)

	require.Equal(t, []metadata.Key{
		{
			Name: "fk_film_actor_actor", Kind: metadata.KeyForeign, Fields: []string{"actor_id"},
			RefTable: database.id("actor"), RefFields: []string{"actor_id"},
		},
		{
			Name: "fk_film_actor_film", Kind: metadata.KeyForeign, Fields: []string{"film_id"},
			RefTable: database.id("film"), RefFields: []string{"film_id"},
		},
		{Name: "PRIMARY", Kind: metadata.KeyPrimary, Fields: []string{"actor_id", "film_id"}},
	}, tables["film_actor"].Keys)
}

// statements cuts a script as the mariadb client does.
func statements(script string) []string {
	var found []string
	end, statement := ";", ""
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\r\n \t")
		if delimiter, is := strings.CutPrefix(line, "DELIMITER "); is {
			end = delimiter
			continue
		}
		if statement == "" && (line == "" || strings.HasPrefix(line, "--")) {
			continue
		}
		statement += line + "\n"
		if whole, is := strings.CutSuffix(line, end); is {
			statement = strings.TrimSuffix(statement, line+"\n") + whole
			found = append(found, statement)
			statement = ""
		}
	}
	return found
}

func (d *database) discover(tb testing.TB) []*metadata.Table {
	tb.Helper()
	reader, err := connect(tb, d.dsn)
	require.NoError(tb, err)
	var tables []*metadata.Table
	certificate, err := reader.Discover(tb.Context(), source.Options{Indexes: true}, d.mine, func(table *metadata.Table) error {
		tables = append(tables, table)
		return nil
	})
	require.NoError(tb, err)
	require.True(tb, certificate.Complete)
	return tables
}

// counts gives the second column by the first, for this database.
func (d *database) counts(t *testing.T, query string) map[string]int {
	t.Helper()
	rows, err := d.pool.Query(query + " WHERE table_schema = DATABASE() GROUP BY table_name")
	require.NoError(t, err)
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var (
			name  string
			count int
		)
		require.NoError(t, rows.Scan(&name, &count))
		counts[name] = count
	}
	require.NoError(t, rows.Err())
	return counts
}
