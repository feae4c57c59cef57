package sourcetest

import (
	"fmt"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

func testEmpty(b *bench) {
	t := b.t
	require.Empty(t, b.discover(t))
	require.Empty(t, b.read(t))
}

func testColumns(b *bench) {
	t := b.t
	require.NotEmpty(t, b.Columns)
	for _, statement := range b.ColumnSetup {
		b.Exec(statement)
	}
	body := make([]string, len(b.Columns))
	for i, column := range b.Columns {
		body[i] = b.Quote(fmt.Sprintf("c%d", i)) + " " + column.SQL
	}
	b.create("columns", "("+strings.Join(body, ", ")+")")
	table := b.table(t, "columns")
	require.Len(t, table.Fields, len(b.Columns))
	require.Equal(t, metadata.KindTable, table.Kind)
	for i, column := range b.Columns {
		want := column.Want
		want.Name, want.Ordinal = fmt.Sprintf("c%d", i), i+1
		diff := gocmp.Diff(want, table.Fields[i], cmpopts.IgnoreFields(metadata.Field{}, "ObjectID"))
		require.Empty(t, diff, "%s: want (-), got (+)", column.SQL)
	}
}

func testObjects(b *bench) {
	t := b.t
	b.create("plain", "(id int)")
	for _, object := range b.Objects {
		for _, statement := range object.Setup {
			b.Exec(statement)
		}
	}
	found := map[string]*metadata.Table{}
	for _, table := range b.discover(t) {
		found[table.ID.Name] = table
	}
	require.Equal(t, metadata.KindTable, found["plain"].Kind)
	require.Empty(t, found["plain"].Partitioning)
	for _, object := range b.Objects {
		table := found[object.Name]
		require.NotNil(t, table, object.Name)
		require.Equal(t, object.Kind, table.Kind, object.Name)
		require.Equal(t, object.Partitioning, table.Partitioning, object.Name)
		require.Equal(t, object.Fields, fieldNames(table), object.Name)
	}
}

func testView(b *bench) {
	t := b.t
	b.create("t", "(id int NOT NULL, amount int)")
	b.Exec("CREATE VIEW v AS SELECT id AS number, amount FROM t")
	view := b.table(t, "v")
	require.Equal(t, metadata.KindView, view.Kind)
	require.Equal(t, []string{"number", "amount"}, fieldNames(view))
	require.Equal(t, b.Integer, view.Fields[1].DataType)
	require.Empty(t, view.Keys)
	require.Equal(t, int64(-1), view.EstimatedRows, "a view has no rows of its own")
}

func testBrokenView(b *bench) {
	t := b.t
	if b.BrokenView == nil {
		t.Skip("the engine keeps views whole")
	}
	b.create("a", "(id int)")
	for _, statement := range b.BrokenView("m") {
		b.Exec(statement)
	}
	b.create("z", "(id int)")
	tables, err := collect(t.Context(), b.reader, options, func(id metadata.TableID) bool {
		return b.keep(id) && id.Name != "m"
	})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "z"}, names(tables))
	tables = b.discoverWith(t, b.reader)
	require.Subset(t, names(tables), []string{"a", "z"}, "its neighbours are unharmed")

	results := b.read(t, b.id("z"), b.id("m"), b.id("a"))
	require.NotNil(t, results[0].Table)
	require.NotNil(t, results[1].Fault, "a view that cannot be read is a fault, not a view without columns")
	require.NotEqual(t, metadata.FaultMissing, results[1].Fault.Kind)
	require.NotEqual(t, metadata.FaultBug, results[1].Fault.Kind)
	require.NotNil(t, results[2].Table)
}

func testIndexes(b *bench) {
	t := b.t
	b.create("t", "(id int NOT NULL, a int, b int, PRIMARY KEY (id))")
	b.Exec("CREATE INDEX plain ON t (b, a)")
	b.Exec("CREATE UNIQUE INDEX alone ON t (a)")
	want := map[string]metadata.Index{
		"plain": {Name: "plain", Fields: []string{"b", "a"}},
		"alone": {Name: "alone", Fields: []string{"a"}, Unique: true},
	}
	if b.IndexMethods {
		b.Exec("CREATE INDEX worked ON t ((a + b), id)")
		want["worked"] = metadata.Index{Name: "worked", Fields: []string{"", "id"}}
	}
	if b.UniqueIndexKeys {
		delete(want, "alone")
		b.requireKeys(t, b.table(t, "t"),
			metadata.Key{Kind: metadata.KeyPrimary, Fields: []string{"id"}},
			metadata.Key{Name: "alone", Kind: metadata.KeyUnique, Fields: []string{"a"}})
	}
	got := map[string]metadata.Index{}
	for _, index := range b.table(t, "t").Indexes {
		got[index.Name] = index
	}
	require.Empty(t, gocmp.Diff(want, got, cmpopts.IgnoreFields(metadata.Index{}, "Definition")))

	bare, err := collect(t.Context(), b.reader, source.Options{}, b.keep)
	require.NoError(t, err)
	require.Empty(t, bare[0].Indexes, "indexes were not asked for")
	require.Equal(t, b.table(t, "t").Fields, bare[0].Fields)
}

func testRowEstimates(b *bench) {
	t := b.t
	b.create("t", "(id int)")
	b.create("never_counted", "(id int)")
	b.Exec("INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7)")
	if b.Analyze == nil {
		require.Equal(t, int64(-1), b.table(t, "t").EstimatedRows)
		return
	}
	b.Exec(b.Analyze("t"))
	rows := b.table(t, "t").EstimatedRows
	require.GreaterOrEqual(t, rows, int64(4))
	require.LessOrEqual(t, rows, int64(14))
	require.LessOrEqual(t, b.table(t, "never_counted").EstimatedRows, int64(0))
}

func testObjectIDs(b *bench) {
	t := b.t
	b.create("before", "(id int, old int, other int)")
	b.create("neighbour", "(id int)")
	was := b.table(t, "before")
	b.Exec("ALTER TABLE " + b.Quote("before") + " RENAME TO " + b.Quote("after")) // MariaDB reserves the words
	b.Exec("ALTER TABLE " + b.Quote("after") + " RENAME COLUMN old TO young")
	is := b.table(t, "after")
	require.Equal(t, []string{"id", "young", "other"}, fieldNames(is))
	if !b.StableIDs {
		require.Empty(t, is.ObjectID, "an id that does not outlive a rename is none")
		return
	}
	require.NotEmpty(t, is.ObjectID)
	require.Equal(t, was.ObjectID, is.ObjectID)
	require.NotEqual(t, b.table(t, "neighbour").ObjectID, is.ObjectID)
	for i := range was.Fields {
		require.NotEmpty(t, is.Fields[i].ObjectID)
		require.Equal(t, was.Fields[i].ObjectID, is.Fields[i].ObjectID)
	}
	b.Exec("ALTER TABLE " + b.Quote("after") + " DROP COLUMN young")
	is = b.table(t, "after")
	require.Equal(t, []string{"id", "other"}, fieldNames(is))
	require.Equal(t, was.Fields[2].ObjectID, is.Fields[1].ObjectID)
	require.Equal(t, 2, is.Fields[1].Ordinal, "a dropped column leaves no gap")
}

func testManyColumns(b *bench) {
	t := b.t
	require.Positive(t, b.MaxColumns)
	columns := make([]string, b.MaxColumns)
	want := make([]string, b.MaxColumns)
	for i := range columns {
		want[i] = fmt.Sprintf("c%d", i)
		columns[i] = want[i] + " int"
	}
	b.create("a", "(id int)")
	b.create("wide", "("+strings.Join(columns, ", ")+")")
	b.create("z", "(id int)")
	tables := b.discover(t)
	require.Equal(t, []string{"a", "wide", "z"}, names(tables))
	require.Equal(t, want, fieldNames(tables[1]))
	require.Equal(t, b.MaxColumns, tables[1].Fields[b.MaxColumns-1].Ordinal)
}
