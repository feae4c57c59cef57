package mysql_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/source/mysql"
)

// discover gives the names of a database's tables and the certificate.
func discover(t *testing.T, d *database, reader *mysql.Reader) ([]string, source.Certificate) {
	t.Helper()
	var names []string
	certificate, err := reader.Discover(t.Context(), source.Options{}, d.mine, func(table *metadata.Table) error {
		names = append(names, table.ID.Name)
		return nil
	})
	require.NoError(t, err)
	return names, certificate
}

// TestPrivileges follows an account from no privileges to some and back.
func TestPrivileges(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE a (id int, secret int)")
	d.exec(t, "CREATE TABLE b (id int)")
	user, dsn := d.account(t, "reader")
	reader, err := open(t.Context(), dsn, source.Unlimited{})
	require.NoError(t, err)

	missing, err := reader.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, missing, 1)
	require.Contains(t, missing[0], "grant it SELECT")
	names, nothing := discover(t, d, reader)
	require.Empty(t, names)

	d.exec(t, "GRANT DROP ON b TO "+user)
	missing, err = reader.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, missing, 1)
	require.Contains(t, missing[0], "no column")
	results := readAll(t, reader, d.id("b"), d.id("a"))
	require.Equal(t, metadata.FaultDenied, results["b"].Fault.Kind, "a table without visible columns is not one without columns")
	require.Equal(t, metadata.FaultMissing, results["a"].Fault.Kind)

	d.exec(t, "GRANT SELECT ON "+d.name+".* TO "+user)
	missing, err = reader.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, missing)
	names, all := discover(t, d, reader)
	require.Equal(t, []string{"a", "b"}, names)
	require.True(t, all.Complete)
	require.NotEqual(t, nothing.Privileges, all.Privileges)
	_, again := discover(t, d, reader)
	require.Equal(t, all, again)

	d.exec(t, "ALTER USER "+user+" IDENTIFIED BY 'canary'") // another hash would be the same privileges
	d.exec(t, "REVOKE SELECT ON "+d.name+".* FROM "+user)
	d.exec(t, "GRANT SELECT (id) ON a TO "+user)
	names, some := discover(t, d, reader)
	require.Equal(t, []string{"a", "b"}, names)
	require.NotEqual(t, all.Privileges, some.Privileges, "tables that a changed account does not see must not count as dropped")
	require.Len(t, readAll(t, reader, d.id("a"))["a"].Table.Fields, 1)
}

func TestPasswordIsNoPrivilege(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	user, dsn := d.account(t, "reader")
	reader, err := open(t.Context(), dsn, source.Unlimited{})
	require.NoError(t, err)
	_, before := discover(t, d, reader)
	d.exec(t, "ALTER USER "+user+" IDENTIFIED BY 'other'")
	reader, err = open(t.Context(), strings.Replace(dsn, "canary", "other", 1), source.Unlimited{})
	require.NoError(t, err)
	_, after := discover(t, d, reader)
	require.Equal(t, before.Privileges, after.Privileges)
	d.exec(t, "GRANT PROCESS ON *.* TO "+user)
	_, more := discover(t, d, reader)
	require.NotEqual(t, before.Privileges, more.Privileges)
}

// TestRoles sees that what a role loses changes the digest too.
func TestRoles(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE a (id int)")
	user, dsn := d.account(t, "reader")
	role := d.name + "_role"
	d.exec(t, "CREATE ROLE "+role)
	t.Cleanup(func() { d.exec(t, "DROP ROLE "+role) })
	d.exec(t, "GRANT SELECT ON "+d.name+".* TO "+role)
	d.exec(t, "GRANT "+role+" TO "+user)
	d.exec(t, "SET DEFAULT ROLE "+role+" FOR "+user)
	reader, err := open(t.Context(), dsn, source.Unlimited{})
	require.NoError(t, err)
	names, with := discover(t, d, reader)
	require.Equal(t, []string{"a"}, names)
	d.exec(t, "REVOKE SELECT ON "+d.name+".* FROM "+role)
	names, without := discover(t, d, reader)
	require.Empty(t, names)
	require.NotEqual(t, with.Privileges, without.Privileges)
}

func TestPrivilegesLostDuringRead(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE a (id int)")
	user, dsn := d.account(t, "reader")
	d.exec(t, "GRANT SELECT ON "+d.name+".* TO "+user)
	reader, err := open(t.Context(), dsn, source.Unlimited{})
	require.NoError(t, err)
	certificate, err := reader.Discover(t.Context(), source.Options{}, d.mine, func(*metadata.Table) error {
		d.exec(t, "REVOKE SELECT ON "+d.name+".* FROM "+user)
		return nil
	})
	require.NoError(t, err)
	require.False(t, certificate.Complete)
	require.Contains(t, certificate.Why, "privileges changed")
}

// TestCutHalfway ends the connections after ever more of the answers.
func TestCutHalfway(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	for i := range 20 {
		d.exec(t, fmt.Sprintf("CREATE TABLE t%02d (id int PRIMARY KEY, name varchar(20), FOREIGN KEY (id) REFERENCES t%02d (id))", i, max(0, i-1)))
	}
	config, err := driver.ParseDSN(d.dsn)
	require.NoError(t, err)
	wire := newWire(t, config.Addr)
	config.Addr = wire.address
	wire.left.Store(1 << 40)
	reader, err := open(t.Context(), config.FormatDSN(), source.Unlimited{})
	require.NoError(t, err)
	for _, amount := range []int64{0, 50, 200, 500, 1000, 1500, 2000, 3000, 4000} {
		wire.left.Store(amount)
		certificate, err := reader.Discover(t.Context(), source.Options{Indexes: true}, d.mine, func(*metadata.Table) error { return nil })
		fault, is := errors.AsType[*metadata.Fault](err)
		require.True(t, is, "%d bytes: %v", amount, err)
		require.Equal(t, metadata.ClassConnectionLost, fault.Class, "%d bytes: %v", amount, err)
		require.False(t, certificate.Complete, "%d bytes", amount)
		require.NotContains(t, err.Error(), config.Passwd)
	}
	wire.left.Store(1 << 40)
	names, certificate := discover(t, d, reader)
	require.Len(t, names, 20)
	require.True(t, certificate.Complete)
}

// wire passes connections on to a server and cuts all of them when the server
// has sent so much.
type wire struct {
	address string
	left    atomic.Int64
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{address: listener.Addr().String()}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			running.Go(func() {
				defer upstream.Close()
				_, _ = io.Copy(upstream, client)
			})
			running.Go(func() {
				defer client.Close()
				w.pass(client, upstream)
			})
		}
	})
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		running.Wait()
	})
	return w
}

func (w *wire) pass(client io.Writer, upstream io.Reader) {
	piece := make([]byte, 64)
	for {
		n, err := upstream.Read(piece)
		if err != nil || w.left.Add(-int64(n)) < 0 {
			return
		}
		if _, err := client.Write(piece[:n]); err != nil {
			return
		}
	}
}

func readAll(t *testing.T, reader *mysql.Reader, ids ...metadata.TableID) map[string]source.Result {
	t.Helper()
	results := map[string]source.Result{}
	err := reader.Read(t.Context(), source.Options{}, ids, func(result source.Result) error {
		results[result.ID.Name] = result
		return nil
	})
	require.NoError(t, err)
	return results
}

// TestCase has databases and tables whose names the server's collation takes
// for equal.
func TestCase(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	lower, upper := d.name+"_x", d.name+"_X"
	d.exec(t, "CREATE DATABASE "+lower)
	d.exec(t, "CREATE DATABASE "+upper)
	for _, table := range []string{lower + ".a", lower + ".`é`", upper + ".A", upper + ".e", upper + ".a"} {
		d.exec(t, "CREATE TABLE "+table+" (`"+strings.Trim(strings.SplitN(table, ".", 2)[1], "`")+"` int, y int) PARTITION BY HASH (y)")
	}
	want := map[string]string{lower + ".a": "a", lower + ".é": "é", upper + ".A": "A", upper + ".e": "e", upper + ".a": "a"}
	for _, limiter := range []source.Limiter{source.Unlimited{}, onePlace{}} {
		reader, err := open(t.Context(), d.dsn, limiter)
		require.NoError(t, err)
		got := map[string]string{}
		var ids []metadata.TableID
		_, err = reader.Discover(t.Context(), source.Options{},
			func(id metadata.TableID) bool { return id.Database == lower || id.Database == upper },
			func(table *metadata.Table) error {
				got[table.ID.String()] = table.Fields[0].Name
				ids = append(ids, table.ID)
				require.Len(t, table.Fields, 2)
				require.Equal(t, "HASH (`y`)", table.Partitioning)
				return nil
			})
		require.NoError(t, err)
		require.Equal(t, want, got)
		for name, result := range readAll(t, reader, ids[1]) {
			require.Equal(t, ids[1].Name, name)
			require.Equal(t, name, result.Table.Fields[0].Name)
		}
	}
}

type onePlace struct{ source.Unlimited }

func (onePlace) Limit() int { return 1 }

// TestLastModified reads times with a DSN that sets a time zone.
func TestLastModified(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	config, err := driver.ParseDSN(d.dsn)
	require.NoError(t, err)
	config.Params = map[string]string{"time_zone": "'+05:30'"}
	reader, err := open(t.Context(), config.FormatDSN(), source.Unlimited{})
	require.NoError(t, err)
	var before time.Time
	clock := d.with(t, func(c *driver.Config) { c.ParseTime = true })
	require.NoError(t, clock.QueryRow("SELECT UTC_TIMESTAMP()").Scan(&before))
	d.exec(t, "CREATE TABLE t (id int, changed timestamp(6) NULL)")
	modified := readAll(t, reader, d.id("t"))["t"].Table.LastModified
	require.WithinRange(t, modified, before, before.Add(time.Minute))
	require.Equal(t, time.UTC, modified.Location())

	d.exec(t, "INSERT INTO t VALUES (1, '2024-01-02 03:04:05.5')")
	latest, err := reader.MaxTimes(t.Context(), []metadata.TableID{d.id("t")}, "CHANGED")
	require.NoError(t, err)
	require.Equal(t, time.Date(2024, 1, 2, 3, 4, 5, 5e8, time.UTC), latest[d.id("t")])
}

// TestMaxTimesOfMany leaves out what cannot be read, and nothing else.
func TestMaxTimesOfMany(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	user, dsn := d.account(t, "reader")
	d.exec(t, "GRANT SELECT ON "+d.name+".* TO "+user)
	var ids []metadata.TableID
	for i, kind := range []string{"date", "datetime", "timestamp(6) NULL", "datetime(3)", "date", "varchar(30)"} {
		name := fmt.Sprintf("t%d", i)
		d.exec(t, "CREATE TABLE "+name+" (Changed "+kind+")")
		d.exec(t, "INSERT INTO "+name+" VALUES ('2024-01-02'), (NULL)")
		ids = append(ids, d.id(name))
	}
	d.exec(t, "CREATE VIEW v AS SELECT changed FROM t0")
	d.exec(t, "CREATE VIEW w AS SELECT changed FROM t0")
	d.exec(t, "CREATE TABLE base (changed date)")
	d.exec(t, "CREATE VIEW broken AS SELECT changed FROM base")
	d.exec(t, "DROP TABLE base")
	// Its definer may read it, but nobody who asks may: the view fails when it is run.
	d.exec(t, "CREATE VIEW failing AS SELECT CAST(changed AS date) AS changed FROM t1 WHERE changed > (SELECT id FROM (SELECT 1 AS id UNION SELECT 2) x)")
	ids = append(ids, d.id("v"), d.id("w"), d.id("broken"), d.id("failing"), d.id("gone"))
	reader, err := open(t.Context(), dsn, source.Unlimited{})
	require.NoError(t, err)
	times, err := reader.MaxTimes(t.Context(), ids, "changed")
	require.NoError(t, err)
	want := map[metadata.TableID]time.Time{}
	for _, name := range []string{"t0", "t1", "t2", "t3", "t4", "v", "w"} {
		want[d.id(name)] = time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	}
	require.Equal(t, want, times)
}

// TestViewOfLostAccount has a view whose definer is gone.
func TestViewOfLostAccount(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	user, _ := d.account(t, "definer")
	d.exec(t, "CREATE TABLE a (id int)")
	d.exec(t, "CREATE DEFINER="+user+" VIEW v AS SELECT id FROM a")
	d.exec(t, "DROP USER "+user)
	reader, err := open(t.Context(), d.dsn, source.Unlimited{})
	require.NoError(t, err)
	names, certificate := discover(t, d, reader)
	require.Equal(t, []string{"a", "v"}, names)
	require.True(t, certificate.Complete)
	results := readAll(t, reader, d.id("a"), d.id("v"))
	require.NotNil(t, results["a"].Table)
	require.Len(t, results["v"].Table.Fields, 1, "it compiles, though nobody can run it")
}

// TestBrokenViewIsDiscovered has it in the plan, so that its fault is reported.
func TestBrokenViewIsDiscovered(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE base (id int)")
	d.exec(t, "CREATE VIEW broken AS SELECT id FROM base")
	d.exec(t, "DROP TABLE base")
	tables := d.discover(t)
	require.Equal(t, []*metadata.Table{{ID: d.id("broken"), Kind: metadata.KindView, EstimatedRows: -1}}, tables)
}
