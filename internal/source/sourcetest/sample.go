package sourcetest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// sampler gives the bench's reader as one that samples.
func (b *bench) sampler(t *testing.T) source.Sampler {
	t.Helper()
	sampler, is := b.reader.(source.Sampler)
	require.True(t, is, "the reader cannot sample")
	return sampler
}

// sample collects a sample.
func (b *bench) sample(t *testing.T, table *metadata.Table, opts source.SampleOptions) ([][]source.Value, source.Sampled) {
	t.Helper()
	var rows [][]source.Value
	sampled, err := b.sampler(t).Sample(t.Context(), table, opts, func(row []source.Value) error {
		rows = append(rows, slices.Clone(row))
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, len(rows), sampled.Rows)
	return rows, sampled
}

func testSampleValues(b *bench) {
	t := b.t
	b.create("t", "(id int NOT NULL, word varchar(40), long_text text, amount decimal(10,2), at "+b.TimeType+", doc json, PRIMARY KEY (id))")
	b.Exec("INSERT INTO t VALUES (1, 'it''s', " + text(strings.Repeat("é", 300)) + ", 1.50, '2024-05-06 07:08:09', NULL)")
	b.Exec("INSERT INTO t VALUES (2, NULL, '', -2, NULL, NULL)")
	table := b.table(t, "t")
	rows, _ := b.sample(t, table, source.SampleOptions{Fields: []string{"long_text", "word", "id", "at"}})
	require.Len(t, rows, 2)
	if rows[0][0].Text == "2" { // in any order
		slices.Reverse(rows)
	}
	require.Equal(t, []source.Value{{Text: "1"}, {Text: "it's"}, {Text: strings.Repeat("é", 256)}}, rows[0][:3])
	require.Equal(t, []source.Value{{Text: "2"}, {Null: true}, {Text: ""}, {Null: true}}, rows[1])
	require.True(t, strings.HasPrefix(rows[0][3].Text, "2024-05-06 07:08:09"), "a time as ISO 8601")

	all, _ := b.sample(t, table, source.SampleOptions{})
	require.Len(t, all[0], len(source.SampleOptions{}.Wanted(table)))
	some, _ := b.sample(t, table, source.SampleOptions{MaxRows: 1, SkipTypes: []string{"TEXT"}})
	require.Len(t, some, 1)
	require.Len(t, some[0], len(all[0])-1)
	nothing, sampled := b.sample(t, table, source.SampleOptions{Fields: []string{"gone"}})
	require.Empty(t, nothing)
	require.NotEmpty(t, sampled.Skipped)

	b.create("empty", "(id int NOT NULL, PRIMARY KEY (id))")
	rows, sampled = b.sample(t, b.table(t, "empty"), source.SampleOptions{})
	require.Empty(t, rows)
	require.Empty(t, sampled.Skipped)
	b.create("keyless", "(word varchar(40))")
	b.Exec("INSERT INTO keyless VALUES ('x')")
	rows, _ = b.sample(t, b.table(t, "keyless"), source.SampleOptions{})
	require.Equal(t, [][]source.Value{{{Text: "x"}}}, rows)
}

func testSampleHostile(b *bench) {
	t := b.t
	b.witness()
	for i, name := range b.hostile(t) {
		b.create(name, "("+b.Quote(name)+" int NOT NULL, PRIMARY KEY ("+b.Quote(name)+"))")
		b.Exec("INSERT INTO " + b.Quote(name) + " VALUES (" + strconv.Itoa(i) + ")")
	}
	tables := b.discover(t)
	for i, name := range b.hostile(t) {
		place := slices.IndexFunc(tables, func(table *metadata.Table) bool { return table.ID.Name == name })
		rows, _ := b.sample(t, tables[place], source.SampleOptions{})
		require.Equal(t, [][]source.Value{{{Text: strconv.Itoa(i)}}}, rows, "%q", name)
	}
	b.requireWitness(t)
}

// testSampleLarge reads a table of 131,072 rows: few of them, from all over it.
func testSampleLarge(b *bench) {
	t := b.t
	b.create("t", "(id int NOT NULL, word varchar(40), PRIMARY KEY (id))")
	b.Exec("INSERT INTO t VALUES (0, 'word')")
	total := 1
	for range 17 {
		b.Exec(fmt.Sprintf("INSERT INTO t SELECT id + %d, word FROM t", total))
		total *= 2
	}
	if b.Analyze != nil {
		b.Exec(b.Analyze("t"))
	}
	table := b.table(t, "t")
	require.NoError(t, b.reader.Close())
	before := b.rowsRead(t)
	b.reader = b.Connect(source.Unlimited{})
	rows, _ := b.sample(t, table, source.SampleOptions{MaxRows: 100})
	require.NoError(t, b.reader.Close())
	if b.RowsRead != nil {
		read := b.rowsRead(t) - before
		require.GreaterOrEqual(t, read, int64(len(rows)), "the count counts")
		require.LessOrEqual(t, read, int64(total/10))
	}
	require.LessOrEqual(t, len(rows), 100)
	require.GreaterOrEqual(t, len(rows), 50)
	ids := map[int]bool{}
	quarters := map[int]bool{}
	for _, row := range rows {
		id, err := strconv.Atoi(row[0].Text)
		require.NoError(t, err)
		ids[id], quarters[id*4/total] = true, true
	}
	require.Len(t, ids, len(rows), "no row twice")
	require.GreaterOrEqual(t, len(quarters), 3, "from all over the table")

	b.reader = b.Connect(source.Unlimited{})
	again, _ := b.sample(t, table, source.SampleOptions{MaxRows: 100})
	require.Equal(t, rows, again, "an unchanged table gives the same rows")
}

func (b *bench) rowsRead(t *testing.T) int64 {
	t.Helper()
	if b.RowsRead == nil {
		return 0
	}
	return b.RowsRead(t, b.Database, "t")
}

func testSampleSkips(b *bench) {
	t := b.t
	b.create("t", "(id int NOT NULL, PRIMARY KEY (id))")
	b.Exec("CREATE VIEW v AS SELECT id FROM t")
	rows, sampled := b.sample(t, b.table(t, "v"), source.SampleOptions{})
	require.Empty(t, rows)
	require.Contains(t, sampled.Skipped, "view")
	table := b.table(t, "t")
	b.Exec("DROP VIEW v")
	b.Exec("DROP TABLE t")
	_, err := b.sampler(t).Sample(t.Context(), table, source.SampleOptions{}, func([]source.Value) error { return nil })
	requireFault(t, err, metadata.FaultMissing, metadata.ClassNotFound)
	if b.BadValue == nil {
		return
	}
	for _, statement := range b.BadValue {
		b.Exec(statement)
	}
	_, err = b.sampler(t).Sample(t.Context(), b.table(t, "t"), source.SampleOptions{}, func([]source.Value) error { return nil })
	require.Error(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v", err, metadata.AsFault(err).Err), "canary")
}

func testSampleDenied(b *bench) {
	t := b.t
	if b.Deny == nil {
		t.Skip("this engine has no permissions")
	}
	b.create("t", "(id int NOT NULL, PRIMARY KEY (id))")
	table := b.table(t, "t")
	b.reader = b.Deny(t, b.Database, "t")
	_, err := b.sampler(t).Sample(t.Context(), table, source.SampleOptions{}, func([]source.Value) error { return nil })
	requireFault(t, err, metadata.FaultDenied, metadata.ClassPermission)
}

func testSampleBlocked(b *bench) {
	t := b.t
	b.create("t", "(id int NOT NULL, PRIMARY KEY (id))")
	b.Exec("INSERT INTO t VALUES (1)")
	table := b.table(t, "t")
	limiter := newPlaces(1)
	b.reader = b.Connect(limiter)
	unblock := b.BlockTable(t, b.Database, "t")
	t.Cleanup(unblock)
	started := time.Now()
	_, err := b.sampler(t).Sample(t.Context(), table, source.SampleOptions{Timeout: 300 * time.Millisecond},
		func([]source.Value) error { return nil })
	requireFault(t, err, metadata.FaultTransient, metadata.ClassQueryTimeout)
	require.Less(t, time.Since(started), prompt)
	unblock()
	rows, _ := b.sample(t, table, source.SampleOptions{})
	require.Len(t, rows, 1, "the reader is as good as before")
	limiter.requireFree(t)
}

func testSampleEnds(b *bench) {
	t := b.t
	b.create("t", "(id int NOT NULL, PRIMARY KEY (id))")
	for i := range 20 {
		b.Exec(fmt.Sprintf("INSERT INTO t VALUES (%d)", i))
	}
	table := b.table(t, "t")
	yielded := 0
	sampled, err := b.sampler(t).Sample(t.Context(), table, source.SampleOptions{}, func([]source.Value) error {
		yielded++
		return errYield
	})
	require.True(t, err == errYield, "as it is: %v", err) //nolint:errorlint,testifylint // the very same error
	require.Equal(t, 1, yielded)
	require.Equal(t, 1, sampled.Rows)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.sampler(t).Sample(ctx, table, source.SampleOptions{}, func([]source.Value) error { return nil })
	requireFault(t, err, metadata.FaultStopped, "")
	rows, _ := b.sample(t, table, source.SampleOptions{})
	require.Len(t, rows, 20, "the reader is as good as before")
}
