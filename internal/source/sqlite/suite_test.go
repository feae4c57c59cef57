package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/source/sourcetest"
	"github.com/semsync/semsync/internal/source/sqlite"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, engine())
}

// TestSuiteUTF16 runs the suite over files in SQLite's other encodings, which
// order text differently.
func TestSuiteUTF16(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"UTF-16le", "UTF-16be"} {
		t.Run(encoding, func(t *testing.T) {
			t.Parallel()
			made := engine()
			open := made.Open
			made.Open = func(t *testing.T) sourcetest.Database {
				t.Helper()

				database := open(t)
				database.Exec("PRAGMA encoding = '" + encoding + "'")
				database.Exec("CREATE TABLE first (id int)") // fixes the encoding
				database.Exec("DROP TABLE first")
				require.Equal(t, encoding, database.Value("PRAGMA encoding"))
				return database
			}
			sourcetest.Run(t, made)
		})
	}
}

func engine() sourcetest.Engine {
	return sourcetest.Engine{
		Open: func(t *testing.T) sourcetest.Database {
			t.Helper()
			return newFile(t).suite(t)
		},
		Quote: func(name string) string {
			return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		},
		Integer:      "INT",
		TimeType:     "datetime",
		MaxColumns:   2000,
		FoldsCase:    true,
		IndexMethods: true,
		Columns:      columns(),
		Objects: []sourcetest.Object{
			{
				Name: "compact", Kind: metadata.KindTable, Fields: []string{"a", "b"},
				Setup: []string{"CREATE TABLE compact (a text, b int, PRIMARY KEY (b, a)) WITHOUT ROWID"},
			},
			{
				Name: "words", Kind: metadata.KindTable, Fields: []string{"title", "body"},
				Setup: []string{"CREATE VIRTUAL TABLE words USING fts5(title, body)"},
			},
			{
				Name: "boxes", Kind: metadata.KindTable, Fields: []string{"id", "low", "high"},
				Setup: []string{"CREATE VIRTUAL TABLE boxes USING rtree(id, low, high)"},
			},
		},
		Analyze: func(table string) string { return "ANALYZE " + table },
		BrokenView: func(name string) []string {
			return []string{"CREATE TABLE base (id int)", "CREATE VIEW " + name + " AS SELECT id FROM base", "DROP TABLE base"}
		},
		Block: block,
		BlockTable: func(t *testing.T, db sourcetest.Database, _ string) func() {
			t.Helper()
			return block(t, db)
		},
		BadValue: []string{
			"CREATE TABLE t (word text)", "INSERT INTO t VALUES ('canary')",
			"ALTER TABLE t ADD COLUMN value text AS (json_extract('{}', word)) VIRTUAL",
		},
		Refused:     refused(),
		Alterations: []string{"ALTER TABLE t DROP COLUMN less", "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END"},
	}
}

func columns() []sourcetest.Column {
	return []sourcetest.Column{
		{SQL: "INTEGER PRIMARY KEY", Want: metadata.Field{DataType: "INTEGER", Identity: metadata.IdentityByDefault}},
		{SQL: "", Want: metadata.Field{Nullable: true}},
		{SQL: "int", Want: metadata.Field{DataType: "INT", Nullable: true}},
		{SQL: "text NOT NULL", Want: metadata.Field{DataType: "TEXT"}},
		{SQL: "text DEFAULT NULL", Want: metadata.Field{DataType: "TEXT", Nullable: true, Default: "NULL"}},
		{SQL: "text DEFAULT 'it''s'", Want: metadata.Field{DataType: "TEXT", Nullable: true, Default: "'it''s'"}},
		{SQL: "text DEFAULT ''", Want: metadata.Field{DataType: "TEXT", Nullable: true, Default: "''"}},
		{SQL: "real DEFAULT (1 + 2)", Want: metadata.Field{DataType: "REAL", Nullable: true, Default: "1 + 2"}},
		{SQL: "timestamp DEFAULT current_timestamp", Want: metadata.Field{DataType: "timestamp", Nullable: true, Default: "current_timestamp"}},
		{SQL: "decimal(10, 2)", Want: metadata.Field{DataType: "decimal(10, 2)", Nullable: true}},
		{SQL: `"no such type"`, Want: metadata.Field{DataType: "no such type", Nullable: true}},
		{SQL: "int AS (c0 + 1)", Want: metadata.Field{DataType: "INT", Nullable: true, Identity: metadata.GeneratedVirtual}},
		{SQL: "int AS (c0 + 2) STORED", Want: metadata.Field{DataType: "INT", Nullable: true, Identity: metadata.GeneratedStored}},
		{SQL: "text COLLATE NOCASE UNIQUE", Want: metadata.Field{DataType: "TEXT", Nullable: true}},
	}
}

func refused() []sourcetest.Refusal {
	at := func(dsn func(t *testing.T) string) func(t *testing.T) (source.Reader, error) {
		return func(t *testing.T) (source.Reader, error) {
			t.Helper()

			given := dsn(t)
			reader, err := sqlite.Open(t.Context(), source.Config{Name: "src", DSN: metadata.Secret(given)}, source.Unlimited{})
			if err != nil {
				return nil, err
			}
			return reader, nil
		}
	}
	text := func(t *testing.T, content string) string {
		t.Helper()

		path := filepath.Join(t.TempDir(), "text.db")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	return []sourcetest.Refusal{
		{
			Name: "no file", Kind: metadata.FaultMissing, Class: metadata.ClassNotFound, Secret: "canary",
			Open: at(func(t *testing.T) string {
				t.Helper()

				path := filepath.Join(t.TempDir(), "canary.db")
				t.Cleanup(func() { require.NoFileExists(t, path, "a missing file is not made") })
				return path
			}),
		},
		{
			Name: "no file by URI", Kind: metadata.FaultMissing, Class: metadata.ClassNotFound, Secret: "canary",
			Open: at(func(t *testing.T) string {
				t.Helper()

				path := filepath.Join(t.TempDir(), "canary.db")
				t.Cleanup(func() { require.NoFileExists(t, path, "a missing file is not made") })
				return "file:" + path + "?mode=rwc&_pragma=journal_mode(WAL)"
			}),
		},
		{
			Name: "no database", Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid,
			Open: at(func(t *testing.T) string {
				t.Helper()
				return text(t, strings.Repeat("this is not a database ", 100))
			}),
		},
		{
			Name: "folder", Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid,
			Open: at(func(t *testing.T) string {
				t.Helper()
				return t.TempDir()
			}),
		},
		{
			Name: "memory", Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid,
			Open: at(func(*testing.T) string { return "file::memory:" }),
		},
		{
			Name: "bad URI", Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Secret: "canary",
			Open: at(func(*testing.T) string { return "file:///%zzcanary" }),
		},
		{
			Name: "other host", Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Secret: "canary",
			Open: at(func(*testing.T) string { return "file://canary/x.db" }),
		},
		{
			Name: "nothing", Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid,
			Open: at(func(*testing.T) string { return "" }),
		},
	}
}

// block locks the file against readers.
func block(t *testing.T, db sourcetest.Database) func() {
	t.Helper()
	db.Exec("BEGIN EXCLUSIVE")
	done := false
	return func() {
		if !done {
			db.Exec("ROLLBACK")
			done = true
		}
	}
}

// file is a database file with a connection that may write it.
type file struct {
	path       string
	connection *sql.DB
}

func newFile(tb testing.TB) *file {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "a ?#%41 file.db") // a path is taken as it is
	require.NoError(tb, os.WriteFile(path, nil, 0o600))
	made := &file{path: path}
	connection, err := sql.Open("sqlite", made.uri())
	require.NoError(tb, err)
	connection.SetMaxOpenConns(1)
	tb.Cleanup(func() { require.NoError(tb, connection.Close()) })
	made.connection = connection
	return made
}

func (f *file) uri() string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(f.path)
}

func (f *file) exec(tb testing.TB, statement string) {
	tb.Helper()
	_, err := f.connection.Exec(statement)
	require.NoError(tb, err, statement)
}

func (f *file) open(tb testing.TB, limiter source.Limiter) *sqlite.Reader {
	tb.Helper()
	config := source.Config{Name: sourcetest.SourceName, DSN: metadata.Secret(f.path)}
	reader, err := sqlite.Open(tb.Context(), config, limiter)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, reader.Close()) })
	return reader
}

func (f *file) suite(t *testing.T) sourcetest.Database {
	t.Helper()

	return sourcetest.Database{
		Name:    "main",
		Connect: func(limiter source.Limiter) source.Reader { return f.open(t, limiter) },
		Exec:    func(statement string) { f.exec(t, statement) },
		Value: func(query string) string {
			var value string
			require.NoError(t, f.connection.QueryRow(query).Scan(&value))
			return value
		},
	}
}
