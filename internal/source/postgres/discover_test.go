package postgres_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/source/postgres"
)

// one is a limiter of one place that never waits.
type one struct{}

func (one) Acquire(context.Context, int) (func(), error) { return func() {}, nil }
func (one) Limit() int                                   { return 1 }

func (d *database) makeTables(tb testing.TB, n int) {
	tb.Helper()
	d.exec(tb, strings.ReplaceAll(makeTables, "NUMBER", strconv.Itoa(n)))
}

func discover(t *testing.T, reader *postgres.Reader) []*metadata.Table {
	t.Helper()
	var tables []*metadata.Table
	certificate, err := reader.Discover(t.Context(), source.Options{Indexes: true}, all, func(table *metadata.Table) error {
		tables = append(tables, table)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, source.Certificate{Complete: true}, certificate)
	return tables
}

// TestCursors reads more rows than a cursor gives at a time.
func TestCursors(t *testing.T) {
	d := newDatabase(t)
	d.makeTables(t, 250) // 5,000 columns
	want := discover(t, open(t, d.dsn, source.Unlimited{}))
	require.Len(t, want, 250)
	require.Len(t, want[0].Fields, 20)
	require.Len(t, want[0].Keys, 2)
	require.Len(t, want[249].Keys, 3)
	require.Empty(t, cmp.Diff(want, discover(t, open(t, d.dsn, one{}))))
}

// TestWithoutSnapshots has a role that may not share its snapshot.
func TestWithoutSnapshots(t *testing.T) {
	d := newDatabase(t)
	d.makeTables(t, 20)
	want := discover(t, open(t, d.dsn, source.Unlimited{}))
	dsn := d.role(t, "reader")
	reader := open(t, dsn, source.Unlimited{})
	require.Empty(t, cmp.Diff(want, discover(t, reader)), "a role without privileges sees all")
	d.exec(t, "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_export_snapshot() FROM PUBLIC")
	require.Empty(t, cmp.Diff(want, discover(t, reader)))
}

// TestSnapshot changes two comments of a table together, over and over: no
// read may see them differ, though they are answers to two questions.
func TestSnapshot(t *testing.T) {
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE t (c int)")
	ctx, stop := context.WithCancel(t.Context())
	changed := make(chan int, 1)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			_, _ = d.conn.PgConn().Exec(ctx, fmt.Sprintf("COMMENT ON TABLE t IS 'c%d'; COMMENT ON COLUMN t.c IS 'c%d'", n, n)).ReadAll()
		}
		changed <- n
	}()
	seen := map[string]bool{}
	for _, limiter := range []source.Limiter{source.Unlimited{}, one{}} {
		reader := open(t, d.dsn, limiter)
		for range 60 {
			table := discover(t, reader)[0]
			require.Equal(t, table.Comment, table.Fields[0].Comment)
			seen[table.Comment] = true
		}
	}
	stop()
	require.Greater(t, <-changed, 60)
	require.Greater(t, len(seen), 60, "the reads saw it change")
}

func TestSystemAndTemporaryTablesAreLeftOut(t *testing.T) {
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE t (id int)", "CREATE TEMPORARY TABLE passing (id int)", "CREATE TYPE pair AS (a int, b int)",
		"CREATE SEQUENCE numbers", "CREATE SCHEMA pgx", "CREATE TABLE pgx.t (id int)")
	reader := open(t, d.dsn, source.Unlimited{})
	tables := discover(t, reader)
	require.Len(t, tables, 2)
	require.Equal(t, id("pgx", "t"), tables[0].ID)
	require.Equal(t, id("public", "t"), tables[1].ID)
	for _, hidden := range []metadata.TableID{id("pg_catalog", "pg_class"), id("information_schema", "columns"), id("public", "pair"), id("public", "numbers")} {
		require.NoError(t, reader.Read(t.Context(), source.Options{}, []metadata.TableID{hidden}, func(result source.Result) error {
			require.Equal(t, metadata.FaultMissing, result.Fault.Kind, "%v", hidden)
			return nil
		}))
	}
}

// TestNamesThatCannotBe asks for names that no table can have.
func TestNamesThatCannotBe(t *testing.T) {
	d := newDatabase(t)
	long := strings.Repeat("n", 63)
	d.exec(t, "CREATE TABLE "+long+" (id int)", "CREATE TABLE t (id int)")
	ids := []metadata.TableID{
		id("public", "t"), id("public", long+"n"), id("public", "nul\x00"), id("public", "\xff\xfe"), id("", ""), id("public", long),
	}
	got := map[metadata.TableID]bool{}
	err := open(t, d.dsn, source.Unlimited{}).Read(t.Context(), source.Options{}, ids, func(result source.Result) error {
		got[result.ID] = result.Table != nil
		return nil
	})
	require.NoError(t, err)
	require.Len(t, got, len(ids))
	for i, id := range ids {
		require.Equal(t, i == 0 || i == 5, got[id], "%q", id.Name)
	}
}

// TestKeysOfPartitions has a foreign key on a partitioned table, which the
// server keeps once more for each partition, and one that was not validated.
func TestKeysOfPartitions(t *testing.T) {
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
		"CREATE TABLE part PARTITION OF parted FOR VALUES FROM (1) TO (10)",
		"CREATE TABLE rest PARTITION OF parted DEFAULT",
		"CREATE TABLE child (parent int, boss int, code int, more int, CONSTRAINT far FOREIGN KEY (parent) REFERENCES parted (id))",
		"ALTER TABLE child ADD CONSTRAINT near UNIQUE (code) INCLUDE (more)",
		"ALTER TABLE child ADD CONSTRAINT unsure FOREIGN KEY (boss) REFERENCES child (code) NOT VALID",
		"ALTER TABLE child ADD CONSTRAINT positive CHECK (boss > 0)",
		"CREATE UNIQUE INDEX one ON child (more, lower(code::text)) INCLUDE (boss) WHERE boss > 7")
	tables := discover(t, open(t, d.dsn, source.Unlimited{}))
	want := []metadata.Key{
		{Name: "far", Kind: metadata.KeyForeign, Fields: []string{"parent"}, RefTable: id("public", "parted"), RefFields: []string{"id"}},
		{Name: "unsure", Kind: metadata.KeyForeign, Fields: []string{"boss"}, RefTable: id("public", "child"), RefFields: []string{"code"}},
		{Name: "near", Kind: metadata.KeyUnique, Fields: []string{"code"}},
	}
	require.Empty(t, cmp.Diff(want, tables[0].Keys))
	require.Empty(t, cmp.Diff([]metadata.Index{{
		Name: "one", Unique: true, Fields: []string{"more", ""},
		Definition: "CREATE UNIQUE INDEX one ON public.child USING btree (more, lower((code)::text)) INCLUDE (boss) WHERE (boss > 7)",
	}}, tables[0].Indexes))
}

// TestSettingsOfTheRole has settings that change how the server prints.
func TestSettingsOfTheRole(t *testing.T) {
	d := newDatabase(t)
	d.exec(t, "CREATE SCHEMA mine", "CREATE TYPE mine.mood AS ENUM ('sad')", "CREATE TYPE public.tone AS ENUM ('low')",
		"CREATE TABLE mine.t (feeling mine.mood DEFAULT 'sad', pitch tone DEFAULT 'low', at timestamptz DEFAULT '2024-05-06 00:00:00+00')")
	reader := open(t, d.dsn, source.Unlimited{})
	want := discover(t, reader)
	token, err := reader.ChangeToken(t.Context())
	require.NoError(t, err)
	require.Equal(t, "mine.mood", want[0].Fields[0].DataType)
	require.Equal(t, "tone", want[0].Fields[1].DataType)
	dsn := d.role(t, "reader")
	for _, setting := range []string{
		"search_path = mine", "standard_conforming_strings = off", "quote_all_identifiers = on", "TimeZone = 'Asia/Tokyo'",
		"DateStyle = 'German'", "IntervalStyle = 'sql_standard'", "jit = on", "enable_nestloop = off", "client_encoding = 'LATIN1'",
	} {
		d.exec(t, "ALTER ROLE "+d.name+"_reader SET "+setting)
	}
	other := open(t, dsn, source.Unlimited{})
	require.Empty(t, cmp.Diff(want, discover(t, other)))
	again, err := other.ChangeToken(t.Context())
	require.NoError(t, err)
	require.Equal(t, token, again)
}

// TestLockedTable reads beside a table that somebody has locked. The server
// prints indexes and generated columns only once it has a lock of its own.
func TestLockedTable(t *testing.T) {
	d := newDatabase(t)
	d.makeTables(t, 9)
	d.exec(t, "CREATE TABLE parted (id int DEFAULT 7) PARTITION BY RANGE (id, abs(id))",
		"CREATE TABLE part PARTITION OF parted FOR VALUES FROM (1, 1) TO (10, 10)", "CREATE INDEX one ON s1.t_1 (c1)")
	reader := open(t, d.dsn, source.Unlimited{})
	read := func() map[metadata.TableID]*metadata.Table {
		tables := map[metadata.TableID]*metadata.Table{}
		_, err := reader.Discover(t.Context(), source.Options{}, all, func(table *metadata.Table) error {
			tables[table.ID] = table
			return nil
		})
		require.NoError(t, err)
		return tables
	}
	want := read()
	d.exec(t, "BEGIN", "LOCK TABLE s1.t_1 IN ACCESS EXCLUSIVE MODE", "LOCK TABLE part IN ACCESS EXCLUSIVE MODE")
	require.Empty(t, cmp.Diff(want, read()))

	opts := source.Options{Indexes: true, QueryTimeout: 400 * time.Millisecond}
	var locked []metadata.TableID
	err := reader.Read(t.Context(), opts, slices.Collect(maps.Keys(want)), func(result source.Result) error {
		if result.Table == nil {
			locked = append(locked, result.ID)
			require.Equal(t, metadata.ClassQueryTimeout, result.Fault.Class)
			require.Equal(t, "src:s1.t_1", result.Fault.Subject)
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []metadata.TableID{id("s1", "t_1")}, locked)
	certificate, err := reader.Discover(t.Context(), opts, all, func(*metadata.Table) error { return nil })
	require.Equal(t, metadata.ClassQueryTimeout, metadata.AsFault(err).Class, "%v", err)
	require.False(t, certificate.Complete)
}

// TestConnectionsLostDuringDiscover ends the reader's sessions at the server.
func TestConnectionsLostDuringDiscover(t *testing.T) {
	for name, limiter := range map[string]source.Limiter{"at once": source.Unlimited{}, "in turn": one{}} {
		t.Run(name, func(t *testing.T) {
			d := newDatabase(t)
			d.makeTables(t, 400)
			for i := 309; i < 400; i += 10 { // more than the connections have in their buffers
				d.exec(t, fmt.Sprintf("DO $$ BEGIN EXECUTE format('COMMENT ON COLUMN s9.t_%d.c1 IS %%L', repeat('x', 1 << 20)); END $$", i))
			}
			reader := open(t, d.dsn, limiter)
			yielded := 0
			opts := source.Options{Application: "test"}
			certificate, err := reader.Discover(t.Context(), opts, all, func(*metadata.Table) error {
				if yielded++; yielded == 1 {
					ended := d.value(t, "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"+
						" WHERE datname = current_database() AND application_name = 'semsync/test'")
					require.NotEqual(t, "0", ended)
				}
				return nil
			})
			require.False(t, certificate.Complete)
			require.NotEmpty(t, certificate.Why)
			require.Less(t, yielded, 400)
			fault := metadata.AsFault(err)
			require.Equal(t, metadata.FaultTransient, fault.Kind, "%v", err)
			require.Equal(t, metadata.ClassConnectionLost, fault.Class, "%v", err)
			require.Len(t, discover(t, reader), 400, "the reader is as good as before")
		})
	}
}

// TestOtherEncoding has a database whose bytes sort otherwise than UTF-8.
func TestOtherEncoding(t *testing.T) {
	d := newDatabase(t)
	name := d.name + "_cyrillic"
	d.exec(t, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'KOI8R' LC_COLLATE 'C' LC_CTYPE 'C'")
	dsn := strings.Replace(d.dsn, "/"+d.name, "/"+name, 1)
	other := &database{dsn: dsn, name: name, conn: connect(t, dsn)}
	want := []string{"z", "а", "б", "ц", "ю", "я"} // of which KOI8-R has ю first
	for _, table := range want {
		other.exec(t, `CREATE TABLE "`+table+`" ("`+table+`" int)`)
	}
	for _, limiter := range []source.Limiter{source.Unlimited{}, one{}} {
		reader := open(t, dsn, limiter)
		var got []string
		for _, table := range discover(t, reader) {
			got = append(got, table.ID.Name)
			require.Equal(t, table.ID.Name, table.Fields[0].Name)
		}
		require.Equal(t, want, got)
		missing := 0
		ids := []metadata.TableID{id("public", "я"), id("public", "no 🦊 here"), id("public", "z")}
		require.NoError(t, reader.Read(t.Context(), source.Options{}, ids, func(result source.Result) error {
			if result.Table == nil {
				missing++
				require.Equal(t, ids[1], result.ID)
			}
			return nil
		}))
		require.Equal(t, 1, missing)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	d := newDatabase(t)
	d.makeTables(t, 50)
	before := goleak.IgnoreCurrent()
	reader, err := postgres.Open(t.Context(), source.Config{Name: "src", DSN: metadata.Secret(d.dsn)}, source.Unlimited{})
	require.NoError(t, err)
	discover(t, reader)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = reader.Discover(ctx, source.Options{}, all, func(*metadata.Table) error { cancel(); return nil })
	require.Equal(t, metadata.FaultStopped, metadata.AsFault(err).Kind)
	require.NoError(t, reader.Close())
	goleak.VerifyNone(t, before)
	require.Equal(t, "1", d.value(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"), "only the test's connection")
}
