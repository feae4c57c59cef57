package sourcetest

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// createMany makes tables of three columns named from_000 and so on.
func (b *bench) createMany(from, to int) {
	for i := from; i < to; i++ {
		b.create(fmt.Sprintf("many_%03d", i), "(id int NOT NULL, name varchar(20) DEFAULT 'x', amount int, PRIMARY KEY (id), UNIQUE (name))")
	}
}

func testKeep(b *bench) {
	t := b.t
	b.createMany(0, 20)
	whole := b.discover(t)
	require.Len(t, whole, 20)
	asked := map[string]int{}
	tables, err := collect(t.Context(), b.reader, options, func(id metadata.TableID) bool {
		if id.Source != SourceName || !b.keep(id) {
			return false
		}
		asked[id.Name]++
		return id.Name[len(id.Name)-1]%3 == 0
	})
	require.NoError(t, err)
	require.Len(t, asked, 20, "keep is asked about every table")
	for name, times := range asked {
		require.Equal(t, 1, times, name)
	}
	var want []*metadata.Table
	for _, table := range whole {
		if table.ID.Name[len(table.ID.Name)-1]%3 == 0 {
			want = append(want, table)
		}
	}
	require.Empty(t, gocmp.Diff(want, tables), "a kept table is the same without its neighbours")

	none, err := collect(t.Context(), b.reader, options, func(metadata.TableID) bool { return false })
	require.NoError(t, err)
	require.Empty(t, none)
}

func testMissing(b *bench) {
	t := b.t
	b.create("a", "(id int)")
	b.create("z", "(id int)")
	nowhere := metadata.TableID{Source: SourceName, Database: "no such database", Name: "a"}
	results := b.read(t, b.id("z"), b.id("gone"), nowhere, b.id("a"), b.id(""))
	for _, result := range results {
		if result.ID.Database == b.Name && (result.ID.Name == "a" || result.ID.Name == "z") {
			require.Nil(t, result.Fault, "%v", result.ID)
			require.Equal(t, []string{"id"}, fieldNames(result.Table))
			continue
		}
		require.NotNil(t, result.Fault, "%v", result.ID)
		require.Equal(t, metadata.FaultMissing, result.Fault.Kind)
		require.Equal(t, metadata.ClassNotFound, result.Fault.Class)
	}
	all := b.read(t, b.id("gone"), b.id("lost"))
	require.NotNil(t, all[0].Fault)
	require.NotNil(t, all[1].Fault)
}

func testReadSome(b *bench) {
	t := b.t
	b.createMany(0, 30)
	results := b.read(t, b.id("many_021"), b.id("many_003"), b.id("many_029"))
	require.Equal(t, "many_003", results[0].Table.ID.Name)
	require.Equal(t, "many_021", results[1].Table.ID.Name)
	require.Equal(t, "many_029", results[2].Table.ID.Name)
	for _, result := range results {
		require.Equal(t, []string{"id", "name", "amount"}, fieldNames(result.Table))
		require.Len(t, result.Table.Keys, 2)
	}
	b.Exec("DROP TABLE many_003")
	results = b.read(t, b.id("many_021"), b.id("many_003"))
	require.Equal(t, metadata.FaultMissing, results[0].Fault.Kind)
	require.NotNil(t, results[1].Table)
}

func testQueries(b *bench) {
	t := b.t
	b.createMany(0, 3)
	b.discoverWith(t, b.reader) // the first may ask what the server is
	few := b.queriesOfDiscover(t, 3)
	fewRead := b.queriesOfRead(t, 3)
	require.Positive(t, few)
	require.Positive(t, fewRead)
	b.createMany(3, 300)
	require.Equal(t, few, b.queriesOfDiscover(t, 300), "queries of Discover for 300 tables")
	require.Equal(t, fewRead, b.queriesOfRead(t, 300), "queries of Read for 300 tables")
}

func (b *bench) queriesOfDiscover(t *testing.T, tables int) int64 {
	t.Helper()
	before := b.reader.Queries()
	require.Len(t, b.discoverWith(t, b.reader), tables)
	return b.reader.Queries() - before
}

func (b *bench) queriesOfRead(t *testing.T, tables int) int64 {
	t.Helper()
	ids := make([]metadata.TableID, tables)
	for i := range ids {
		ids[i] = b.id(fmt.Sprintf("many_%03d", i))
	}
	before := b.reader.Queries()
	for _, result := range b.read(t, ids...) {
		require.NotNil(t, result.Table)
	}
	return b.reader.Queries() - before
}

func testCheck(b *bench) {
	t := b.t
	missing, err := b.reader.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, missing)
	require.NoError(t, b.Connect(source.Unlimited{}).Close())
}
