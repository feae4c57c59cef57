package sourcetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// hostileNames are names that break those who splice, split or trim.
var hostileNames = []string{
	"it's", `say "hi"`, "back`tick", "two words", "a.b.c", "100%", "%s%d%!", "🦊 fox", "select", "NULL", "table",
	`x'; DROP TABLE witness; --`, `x"; DROP TABLE witness; --`, "x`; DROP TABLE witness; --", "line\nbreak", "tab\tstop",
	`back\slash`, `\'`, "Ünïcödé", "-- comment", "/* comment */", "$1", "?", ":name", "@name", "{}", "{a,b}", "[brackets]",
	"(a, b)", " leading", "trailing ", "*", "<script>", "a,b", "a/b", "a:b", "a=b", "\u200bzero width", "e\u0301 combined",
	strings.Repeat("n", 63), strings.Repeat("é", 31) + "x",
}

func (b *bench) hostile(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range hostileNames {
		if b.accepts(name) {
			out = append(out, name)
		}
	}
	require.Greater(t, len(out), len(hostileNames)*2/3, "the engine accepts nearly all names")
	return out
}

// requireWitness fails when some statement was more than was meant.
func (b *bench) requireWitness(t *testing.T) {
	t.Helper()
	require.Equal(t, "1", b.Value("SELECT count(*) FROM witness"))
}

func (b *bench) witness() {
	b.create("witness", "(id int)")
	b.Exec("INSERT INTO witness VALUES (1)")
}

func testHostileTables(b *bench) {
	t := b.t
	b.witness()
	hostile := b.hostile(t)
	ids := make([]metadata.TableID, len(hostile))
	for i, name := range hostile {
		ids[i] = b.id(name)
	}
	for _, result := range b.read(t, ids...) { // none is there yet
		require.NotNil(t, result.Fault, "%q", result.ID.Name)
		require.Equal(t, metadata.FaultMissing, result.Fault.Kind, "%q", result.ID.Name)
	}
	for _, name := range hostile {
		b.create(name, "(id int NOT NULL, parent int, PRIMARY KEY (id))")
	}
	want := append([]string{"witness"}, hostile...)
	slices.Sort(want)
	tables := b.discover(t)
	require.Equal(t, want, names(tables))
	for _, table := range tables {
		require.Equal(t, "id", table.Fields[0].Name, "%q", table.ID.Name)
	}
	b.requireWitness(t)
}

func testHostileColumns(b *bench) {
	t := b.t
	b.witness()
	hostile := b.hostile(t)
	columns := make([]string, len(hostile))
	for i, name := range hostile {
		columns[i] = b.Quote(name) + " int"
	}
	b.create("t", "("+strings.Join(columns, ", ")+")")
	for i, name := range hostile {
		if i < 16 { // no engine allows many more indexes
			b.Exec("CREATE INDEX " + b.Quote(fmt.Sprintf("index_%d", i)) + " ON t (" + b.Quote(name) + ")")
		}
	}
	table := b.table(t, "t")
	require.Equal(t, hostile, fieldNames(table))
	for _, index := range table.Indexes {
		var i int
		_, err := fmt.Sscanf(index.Name, "index_%d", &i)
		require.NoError(t, err)
		require.Equal(t, []string{hostile[i]}, index.Fields)
	}
	require.Len(t, table.Indexes, min(16, len(hostile)))
	b.requireWitness(t)
}

func testHostileKeys(b *bench) {
	t := b.t
	b.witness()
	hostile := b.hostile(t)
	for i, name := range hostile {
		b.create(fmt.Sprintf("p%02d", i), fmt.Sprintf("(%s int NOT NULL, PRIMARY KEY (%s))", b.Quote(name), b.Quote(name)))
		b.create(fmt.Sprintf("t%02d", i), fmt.Sprintf(
			"(%[1]s int, u int, CONSTRAINT %[2]s UNIQUE (u), CONSTRAINT %[3]s FOREIGN KEY (%[1]s) REFERENCES %[4]s (%[1]s))",
			b.Quote(name), b.Quote(cut("u"+name)), b.Quote(cut("f"+name)), b.Quote(fmt.Sprintf("p%02d", i))))
	}
	found := map[string]*metadata.Table{}
	for _, table := range b.discover(t) {
		found[table.ID.Name] = table
	}
	for i, name := range hostile {
		b.requireKeys(t, found[fmt.Sprintf("t%02d", i)],
			metadata.Key{Name: cut("u" + name), Kind: metadata.KeyUnique, Fields: []string{"u"}},
			metadata.Key{
				Name: cut("f" + name), Kind: metadata.KeyForeign, Fields: []string{name},
				RefTable: b.id(fmt.Sprintf("p%02d", i)), RefFields: []string{name},
			})
	}
	b.requireWitness(t)
}

// cut keeps a name within 63 bytes without halving a letter.
func cut(name string) string {
	if len(name) > 63 {
		return strings.ToValidUTF8(name[:63], "")
	}
	return name
}

func testOrder(b *bench) {
	t := b.t
	var want []string
	for _, name := range []string{"z", "Ä", "a.b", "a b", "a", "A", "aa", "a-b", "a_b", "Z", "_", "é", "zz", "0", "a0", "ß", "日本", "Aa"} {
		same := func(other string) bool { return b.FoldsCase && strings.EqualFold(name, other) }
		if b.accepts(name) && !slices.ContainsFunc(want, same) {
			want = append(want, name)
			b.create(name, "(id int)")
		}
	}
	slices.Sort(want)
	require.Equal(t, want, names(b.discover(t)))
}

func testDatabases(b *bench) {
	t := b.t
	if b.AddDatabase == nil {
		t.Skip("a source of this engine has one database")
	}
	second := b.AddDatabase(t, b.Database)
	require.NotEqual(t, b.Name, second)
	b.mine[second] = true
	b.create("t", "(id int NOT NULL, PRIMARY KEY (id))")
	b.create("only_first", "(id int)")
	b.Exec("CREATE TABLE " + b.Quote(second) + ".t (other int NOT NULL, PRIMARY KEY (other))")
	b.Exec("CREATE TABLE " + b.Quote(second) + ".u (id int)")
	want := []metadata.TableID{
		b.id("only_first"), b.id("t"),
		{Source: SourceName, Database: second, Name: "t"},
		{Source: SourceName, Database: second, Name: "u"},
	}
	slices.SortFunc(want, metadata.TableID.Compare)
	tables := b.discover(t)
	got := make([]metadata.TableID, len(tables))
	for i, table := range tables {
		got[i] = table.ID
		if table.ID.Name == "t" {
			require.Equal(t, []string{map[string]string{b.Name: "id", second: "other"}[table.ID.Database]}, fieldNames(table))
		}
	}
	require.Equal(t, want, got)

	crossed := b.read(t, metadata.TableID{Source: SourceName, Database: second, Name: "only_first"})
	require.NotNil(t, crossed[0].Fault)
	require.Equal(t, metadata.FaultMissing, crossed[0].Fault.Kind)
}
