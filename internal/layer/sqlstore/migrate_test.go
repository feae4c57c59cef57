package sqlstore_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/postgres"
	"github.com/semsync/semsync/internal/layer/sqlite"
	"github.com/semsync/semsync/internal/layer/sqlstore"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// TestEveryMigrationKeepsRows goes through the versions one by one. Before each step all tables that there are have a row, with every column
// set; after it each is there with the same values, so far as its columns are.
func TestEveryMigrationKeepsRows(t *testing.T) {
	t.Parallel()
	for engine, open := range map[string]func(t *testing.T) *sqlstore.Store{
		"sqlite": func(t *testing.T) *sqlstore.Store {
			t.Helper()
			s, err := sqlite.Open(sqlite.Config{Path: filepath.Join(t.TempDir(), "layer.db"), CreateIfMissing: true})
			require.NoError(t, err)
			return s.Store
		},
		"postgres": func(t *testing.T) *sqlstore.Store {
			t.Helper()
			s, err := postgres.Open(postgres.Config{URL: metadata.Secret(testkit.Postgres(t))})
			require.NoError(t, err)
			return s.Store
		},
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			versions, err := s.Versions()
			require.NoError(t, err)
			l := &filled{T: t, Store: s}
			if engine == "postgres" {
				l.overriding = " OVERRIDING SYSTEM VALUE"
				_, err := s.DB().ExecContext(t.Context(), "CREATE SCHEMA IF NOT EXISTS "+strings.TrimSuffix(s.Qualify("x"), `."x"`))
				require.NoError(t, err)
			}
			var before map[string]map[string]string
			for _, v := range versions {
				require.NoError(t, s.MigrateUp(t.Context(), v), "to %d", v)
				l.requireKept(before, v)
				l.fill()
				before = l.rows()
				if v == 2 {
					require.Contains(t, before, "field_relationships", "the tables that the third version makes anew have rows")
				}
			}
			require.NoError(t, s.CheckMigrated(t.Context()))
			require.NoError(t, s.Migrate(t.Context()), "there is nothing left to do")
		})
	}
}

// filled is a layer of some version that has a row in each table.
type filled struct {
	*testing.T
	*sqlstore.Store
	overriding string
}

// columns gives the columns of a table and their types; none when there is no such table.
func (l *filled) columns(table string) []*sql.ColumnType {
	l.Helper()
	query := "SELECT * FROM " + l.Qualify(table) + " LIMIT 0"
	rows, err := l.DB().QueryContext(l.Context(), query)
	if err != nil { // the driver may have kept the plan of the same statement, and the columns are others now
		rows, err = l.DB().QueryContext(l.Context(), query)
	}
	if err != nil {
		return nil
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	types, err := rows.ColumnTypes()
	require.NoError(l, err)
	require.NoError(l, rows.Err())
	return types
}

// tables are those of the layer, what others refer to first.
func (l *filled) tables() []string {
	out := slices.DeleteFunc(slices.Clone(sqlstore.Tables), func(name string) bool { return name == "sync_history" || name == "sync_runs" || name == "config_versions" })
	return append([]string{"config_versions", "sync_runs"}, out...)
}

// fill gives each empty table a row with every column set.
func (l *filled) fill() {
	l.Helper()
	for _, table := range l.tables() {
		columns := l.columns(table)
		if columns == nil || l.count(table) > 0 {
			continue
		}
		names, values := make([]string, len(columns)), make([]string, len(columns))
		for i, c := range columns {
			names[i], values[i] = `"`+c.Name()+`"`, value(c)
		}
		statement := fmt.Sprintf("INSERT INTO %s (%s)%s VALUES (%s)", l.Qualify(table), strings.Join(names, ", "), l.overriding, strings.Join(values, ", "))
		_, err := l.DB().ExecContext(l.Context(), statement)
		require.NoError(l, err, statement)
	}
}

func (l *filled) count(table string) (n int) {
	l.Helper()
	require.NoError(l, l.DB().QueryRowContext(l.Context(), "SELECT count(*) FROM "+l.Qualify(table)).Scan(&n))
	return n
}

// anyID is what refers to rows by ids that are UUIDs.
const anyID = "'019a0000-0000-7000-8000-000000000001'"

// value is one that a column of the type can have, in SQL.
func value(c *sql.ColumnType) string {
	kind := strings.ToLower(c.DatabaseTypeName())
	switch {
	case c.Name() == "run_id", c.Name() == "last_run_id", c.Name() == "config_version_id", kind == "uuid":
		return anyID
	case c.Name() == "held", c.Name() == "status":
		return "'conflict'"
	case c.Name() == "origin":
		return "'manual'"
	case kind == "timestamptz", strings.HasSuffix(c.Name(), "_at"), strings.HasSuffix(c.Name(), "_time"):
		return "'2026-01-02T03:04:05.678Z'"
	case kind == "_text":
		return "'{a,b}'"
	case kind == "json":
		return `'{"a":[1]}'`
	case kind == "interval":
		return "'3 s'"
	case strings.HasPrefix(kind, "bool"):
		return "true"
	case strings.HasPrefix(kind, "int"), kind == "bigint", kind == "real", strings.HasPrefix(kind, "float"):
		return "7"
	default:
		return "'ü ' || '" + c.Name() + "'"
	}
}

// rows gives the rows of all tables, by table and column.
func (l *filled) rows() map[string]map[string]string {
	l.Helper()
	out := map[string]map[string]string{}
	for _, table := range l.tables() {
		columns := l.columns(table)
		if columns == nil {
			continue
		}
		require.Equal(l, 1, l.count(table), table)
		row := map[string]string{}
		for _, c := range columns {
			var text string
			query := fmt.Sprintf(`SELECT coalesce(CAST("%s" AS text), 'NULL') FROM %s`, c.Name(), l.Qualify(table))
			require.NoError(l, l.DB().QueryRowContext(l.Context(), query).Scan(&text), query)
			row[c.Name()] = text
		}
		out[table] = row
	}
	return out
}

// renumbered are columns whose numbers the engine gives, and that version 3 gives anew; nothing refers to them.
var renumbered = []string{"relationship_id", "lineage_id"}

func (l *filled) requireKept(before map[string]map[string]string, version int64) {
	l.Helper()
	if before == nil {
		return
	}
	for table, row := range before {
		columns := l.columns(table)
		require.NotNil(l, columns, "%s is gone in version %d", table, version)
		require.Equal(l, 1, l.count(table), "%s in version %d", table, version)
		for _, c := range columns {
			was, had := row[c.Name()]
			if !had || slices.Contains(renumbered, c.Name()) {
				continue
			}
			var now string
			query := fmt.Sprintf(`SELECT coalesce(CAST("%s" AS text), 'NULL') FROM %s`, c.Name(), l.Qualify(table))
			require.NoError(l, l.DB().QueryRowContext(l.Context(), query).Scan(&now), query)
			require.Equal(l, was, now, "%s of %s in version %d", c.Name(), table, version)
		}
	}
}
