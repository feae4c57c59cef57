package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/source/sourcetest"
	"github.com/semsync/semsync/internal/source/sqlite"
)

func every(metadata.TableID) bool { return true }

func discover(tb testing.TB, reader source.Reader) map[string]*metadata.Table {
	tb.Helper()
	tables := map[string]*metadata.Table{}
	certificate, err := reader.Discover(tb.Context(), source.Options{Indexes: true}, every, func(table *metadata.Table) error {
		tables[table.ID.Name] = table
		return nil
	})
	require.NoError(tb, err)
	require.True(tb, certificate.Complete)
	return tables
}

func read(t *testing.T, reader source.Reader, names ...string) map[string]source.Result {
	t.Helper()
	ids := make([]metadata.TableID, len(names))
	for i, name := range names {
		ids[i] = id(name)
	}
	results := map[string]source.Result{}
	require.NoError(t, reader.Read(t.Context(), source.Options{}, ids, func(result source.Result) error {
		results[result.ID.Name] = result
		return nil
	}))
	return results
}

func id(name string) metadata.TableID {
	return metadata.TableID{Source: sourcetest.SourceName, Database: "main", Name: name}
}

// TestUnresolved has many views that do not compile, and virtual tables of a
// module that is not there, between good ones.
func TestUnresolved(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	f.exec(t, "CREATE TABLE m (id int)")
	bad := []string{"a", "b", "n", "zz"}
	for _, name := range bad {
		f.exec(t, "CREATE VIEW "+name+" AS SELECT x FROM nowhere")
	}
	f.exec(t, "CREATE VIEW o AS SELECT * FROM p")
	f.exec(t, "CREATE VIEW p AS SELECT * FROM o")
	f.exec(t, "CREATE VIEW c AS SELECT id FROM m")
	f.exec(t, "CREATE VIEW q AS SELECT gone FROM m")
	f.exec(t, "PRAGMA writable_schema = ON")
	f.exec(t, "INSERT INTO sqlite_schema VALUES ('table', 'module', 'module', 0, 'CREATE VIRTUAL TABLE module USING nowhere(x)')")
	f.exec(t, "PRAGMA writable_schema = RESET")
	bad = append(bad, "o", "p", "q", "module")

	reader := f.open(t, source.Unlimited{})
	tables := discover(t, reader)
	require.Len(t, tables, 10)
	require.Len(t, tables["m"].Fields, 1)
	require.Len(t, tables["c"].Fields, 1)
	results := read(t, reader, append(bad, "m", "c", "C", "gone")...)
	for _, name := range bad {
		require.Empty(t, tables[name].Fields, name)
		require.Equal(t, metadata.FaultInvalid, results[name].Fault.Kind, name)
		require.Contains(t, results[name].Fault.Error(), "main."+name, name)
	}
	require.Contains(t, results["a"].Fault.Error(), "nowhere")
	require.NotNil(t, results["m"].Table)
	require.NotNil(t, results["c"].Table)
	require.Equal(t, metadata.FaultMissing, results["C"].Fault.Kind, "names are compared exactly")
	require.Equal(t, metadata.FaultMissing, results["gone"].Fault.Kind)
}

// TestForeignKeys resolves the parents that the keys leave to SQLite.
func TestForeignKeys(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	f.exec(t, "CREATE TABLE Users (b int, a int, n int UNIQUE, PRIMARY KEY (a, b))")
	f.exec(t, "CREATE VIEW broken AS SELECT x FROM nowhere")
	f.exec(t, `CREATE TABLE t (x int, y int, z int, FOREIGN KEY (x, y) REFERENCES users, FOREIGN KEY (z) REFERENCES USERS (n),
		FOREIGN KEY (z) REFERENCES nowhere, FOREIGN KEY (y) REFERENCES broken, FOREIGN KEY (x) REFERENCES broken (x))`)
	want := []metadata.Key{
		{Kind: metadata.KeyForeign, Fields: []string{"x", "y"}, RefTable: id("Users"), RefFields: []string{"a", "b"}},
		{Kind: metadata.KeyForeign, Fields: []string{"z"}, RefTable: id("Users"), RefFields: []string{"n"}},
		{Kind: metadata.KeyForeign, Fields: []string{"z"}, RefTable: id("nowhere")},
		{Kind: metadata.KeyForeign, Fields: []string{"y"}, RefTable: id("broken")},
		{Kind: metadata.KeyForeign, Fields: []string{"x"}, RefTable: id("broken"), RefFields: []string{"x"}},
	}
	require.Equal(t, want, discover(t, f.open(t, source.Unlimited{}))["t"].Keys)
}

// TestRowid knows which primary keys SQLite fills in by itself.
func TestRowid(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	for name, body := range map[string]string{
		"alias": "(id INTEGER PRIMARY KEY)", "later": "(id integer, PRIMARY KEY (id))",
		"int": "(id INT PRIMARY KEY)", "descending": "(id INTEGER PRIMARY KEY DESC)", "two": "(id INTEGER, b INTEGER, PRIMARY KEY (id, b))",
		"without": "(id INTEGER PRIMARY KEY) WITHOUT ROWID",
	} {
		f.exec(t, `CREATE TABLE "`+name+`" `+body)
	}
	identities := map[string]metadata.Identity{}
	for name, table := range discover(t, f.open(t, source.Unlimited{})) {
		identities[name] = table.Fields[0].Identity
	}
	require.Equal(t, map[string]metadata.Identity{
		"alias": metadata.IdentityByDefault, "later": metadata.IdentityByDefault,
		"int": "", "descending": "", "two": "", "without": "",
	}, identities)
}

// TestBytes keeps names that are not UTF-8 as they are.
func TestBytes(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	name := "a\xff\xfe\"\\\x01b"
	f.exec(t, "CREATE TABLE placeholder (column_one int)")
	f.exec(t, "PRAGMA writable_schema = ON")
	f.exec(t, "UPDATE sqlite_schema SET name = CAST(X'61fffe225c0162' AS TEXT), tbl_name = CAST(X'61fffe225c0162' AS TEXT), "+
		"sql = CAST(CAST('CREATE TABLE \"' AS BLOB) || X'61fffe22225c0162' || CAST('\" (\"c' AS BLOB) || X'ff' || CAST('\" int)' AS BLOB) AS TEXT)")
	f.exec(t, "PRAGMA writable_schema = RESET")
	reader := f.open(t, source.Unlimited{})
	table := discover(t, reader)[name]
	require.NotNil(t, table)
	require.Equal(t, "c\xff", table.Fields[0].Name)
	require.Equal(t, table, read(t, reader, name)[name].Table)
}

func TestEmptyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "empty.db")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	reader, err := sqlite.Open(t.Context(), source.Config{Name: "s", DSN: metadata.Secret(path)}, source.Unlimited{})
	require.NoError(t, err)
	require.Empty(t, discover(t, reader))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Zero(t, info.Size(), "reading writes nothing")
}

// TestDSN opens one file by its path and by URIs, under a name of its own.
func TestDSN(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	f.exec(t, "CREATE TABLE t (id int)")
	for _, dsn := range []string{f.path, f.uri(), f.uri() + "?mode=rw&immutable=1", f.uri() + "?_pragma=query_only(0);DROP TABLE t"} {
		config := source.Config{Name: "s", DSN: metadata.Secret(dsn), Database: "shop"}
		reader, err := sqlite.Open(t.Context(), config, source.Unlimited{})
		require.NoError(t, err, dsn)
		require.Equal(t, metadata.TableID{Source: "s", Database: "shop", Name: "t"}, discover(t, reader)["t"].ID, dsn)
		require.NoError(t, reader.Close())
	}
}

// TestReplaced sees a file that another one with the same schema_version
// replaced, and a file that is gone.
func TestReplaced(t *testing.T) {
	t.Parallel()
	f, other := newFile(t), newFile(t)
	f.exec(t, "CREATE TABLE t (id int)")
	other.exec(t, "CREATE TABLE t (id text)")
	reader := f.open(t, source.Unlimited{})
	before, err := reader.ChangeToken(t.Context())
	require.NoError(t, err)
	require.Equal(t, "INT", discover(t, reader)["t"].Fields[0].DataType)

	require.NoError(t, os.Rename(other.path, f.path))
	after, err := reader.ChangeToken(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, before, after)
	require.Equal(t, before[:2], after[:2], "schema_version is the same")
	require.Equal(t, "TEXT", discover(t, reader)["t"].Fields[0].DataType)

	require.NoError(t, os.Remove(f.path))
	_, err = reader.Discover(t.Context(), source.Options{}, every, func(*metadata.Table) error { return nil })
	fault, is := errors.AsType[*metadata.Fault](err)
	require.True(t, is)
	require.Equal(t, metadata.FaultMissing, fault.Kind)
	require.NoFileExists(t, f.path)
}

// TestSnapshot reads one state of a file while another connection changes it.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	f.exec(t, "PRAGMA journal_mode = WAL")
	for i := range 50 {
		f.exec(t, fmt.Sprintf("CREATE TABLE t%02d (id int)", i))
	}
	reader := f.open(t, source.Unlimited{})
	tables := 0
	certificate, err := reader.Discover(t.Context(), source.Options{}, every, func(table *metadata.Table) error {
		if tables == 0 {
			f.exec(t, "DROP TABLE t49")
			f.exec(t, "ALTER TABLE t48 ADD COLUMN more int")
		}
		tables++
		require.Len(t, table.Fields, 1)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 50, tables)
	now, err := reader.ChangeToken(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, now, certificate.Token)
	require.Len(t, discover(t, reader), 49)
}

func TestMaxTimesFormats(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	for name, table := range map[string]struct{ kind, value string }{
		"number": {"datetime", "1714979289"}, "fraction": {"TIMESTAMP", "1714979289.0"}, "iso": {"text", "'2024-05-06T07:08:09Z'"},
		"zoned": {"", "'2024-05-06 09:08:09+02:00'"}, "plain": {"datetime", "'2024-05-06 07:08:09'"},
		"counter": {"int", "1714979289"}, "words": {"text", "'yesterday'"}, "unknown": {"datetime", "NULL"},
	} {
		f.exec(t, "CREATE TABLE "+name+" (Updated "+table.kind+")")
		f.exec(t, "INSERT INTO "+name+" VALUES ("+table.value+")")
	}
	f.exec(t, "CREATE TABLE day (updated date)")
	f.exec(t, "INSERT INTO day VALUES ('2024-05-06'), ('2023-05-06')")
	f.exec(t, "CREATE VIEW broken AS SELECT updated FROM nowhere")
	var ids []metadata.TableID
	for _, name := range []string{"number", "fraction", "iso", "zoned", "plain", "counter", "words", "unknown", "day", "broken"} {
		ids = append(ids, id(name))
	}
	times, err := f.open(t, source.Unlimited{}).MaxTimes(t.Context(), source.Options{}, ids, "updated")
	require.NoError(t, err)
	require.Equal(t, map[metadata.TableID]time.Time{
		id("number"): at, id("fraction"): at, id("iso"): at, id("zoned"): at, id("plain"): at,
		id("day"): time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC),
	}, times)
}
