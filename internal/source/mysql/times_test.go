package mysql_test

import (
	"fmt"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

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
	latest, err := reader.MaxTimes(t.Context(), source.Options{}, []metadata.TableID{d.id("t")}, "CHANGED")
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
	times, err := reader.MaxTimes(t.Context(), source.Options{}, ids, "changed")
	require.NoError(t, err)
	want := map[metadata.TableID]time.Time{}
	for _, name := range []string{"t0", "t1", "t2", "t3", "t4", "v", "w"} {
		want[d.id(name)] = time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	}
	require.Equal(t, want, times)
}
