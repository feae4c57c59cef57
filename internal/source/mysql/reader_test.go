package mysql_test

import (
	"strings"
	"testing"

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
