package postgres_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// adventureWorks is a public sample schema, which is not part of the project.
var adventureWorks = filepath.Join("..", "..", "..", "..", "shared", "data", "adventureworks-postgres.sql")

func TestAdventureWorks(t *testing.T) {
	if _, err := os.Stat(adventureWorks); err != nil {
		t.Skip("the AdventureWorks schema is not on this machine")
	}
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not installed")
	}
	d := newDatabase(t)
	out, err := exec.CommandContext(t.Context(), psql, "-q", "-d", d.dsn, "-f", adventureWorks).CombinedOutput()
	require.NoError(t, err, "%s", out)

	schemas := map[string]int{} // number of tables
	tables, fields, comments, keys := 0, 0, 0, 0
	for _, table := range discover(t, open(t, d.dsn, source.Unlimited{})) {
		if table.Kind == metadata.KindTable {
			schemas[table.ID.Database]++
			tables++
		}
		fields, keys = fields+len(table.Fields), keys+len(table.Keys)
		if table.Comment != "" {
			comments++
		}
		for _, field := range table.Fields {
			if field.Comment != "" {
				comments++
			}
		}
	}
	require.GreaterOrEqual(t, tables, 68)
	require.Len(t, schemas, 5)
	count := func(from, oid, and string) int {
		n, err := strconv.Atoi(d.value(t, "SELECT count(*) FROM "+from+
			" JOIN pg_class c ON c.oid = "+oid+" JOIN pg_namespace n ON n.oid = c.relnamespace"+
			" WHERE n.nspname !~ '^(pg_|information_schema)' AND c.relkind IN ('r', 'v', 'm', 'f', 'p')"+and))
		require.NoError(t, err)
		return n
	}
	require.Equal(t, count("pg_description d", "d.objoid", " AND d.classoid = 'pg_class'::regclass"), comments)
	require.Equal(t, count("pg_attribute a", "a.attrelid", " AND a.attnum > 0 AND NOT a.attisdropped"), fields)
	require.Equal(t, count("pg_constraint k", "k.conrelid", " AND k.contype IN ('p', 'u', 'f')"), keys)
	require.GreaterOrEqual(t, comments, 400)
}

func TestCheckTellsWhatIsMissing(t *testing.T) {
	d := newDatabase(t)
	dsn := d.role(t, "reader")
	reader := open(t, dsn, source.Unlimited{})
	missing, err := reader.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, missing)

	d.exec(t, "REVOKE SELECT ON pg_catalog.pg_description, pg_catalog.pg_attrdef FROM PUBLIC")
	missing, err = reader.Check(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"the role may not read pg_attrdef, pg_description: grant it SELECT on them"}, missing)
	certificate, err := reader.Discover(t.Context(), source.Options{}, all, func(*metadata.Table) error { return nil })
	require.Equal(t, metadata.FaultDenied, metadata.AsFault(err).Kind, "%v", err)
	require.False(t, certificate.Complete)

	d.exec(t, "REVOKE CONNECT ON DATABASE "+d.name+" FROM PUBLIC")
	missing, err = open(t, dsn, source.Unlimited{}).Check(t.Context())
	require.NoError(t, err)
	require.Len(t, missing, 1)
	require.Contains(t, missing[0], "permission denied for database")
	require.NotContains(t, missing[0], "secret")

	_, err = open(t, "host=/nonexistent", source.Unlimited{}).Check(t.Context())
	require.Equal(t, metadata.ClassUnavailable, metadata.AsFault(err).Class)
}

// TestTokenStays does what changes no schema.
func TestTokenStays(t *testing.T) {
	d := newDatabase(t)
	d.makeTables(t, 3)
	d.exec(t, "CREATE TABLE t (id int PRIMARY KEY DEFAULT 7, name text)")
	reader := open(t, d.dsn, source.Unlimited{})
	token, err := reader.ChangeToken(t.Context())
	require.NoError(t, err)
	for _, statement := range []string{
		"INSERT INTO t SELECT g, 'x' FROM generate_series(1, 10000) g", "ANALYZE t", "VACUUM t", "ANALYZE", "VACUUM FREEZE",
		"TRUNCATE t", "CREATE TEMPORARY TABLE passing (id int PRIMARY KEY DEFAULT 7, name text)", "DROP TABLE passing",
		"CREATE TEMPORARY TABLE passing (id int PRIMARY KEY DEFAULT 7, name text)", "GRANT SELECT ON t TO PUBLIC",
		"REINDEX TABLE t", "VACUUM FULL t",
	} {
		d.exec(t, statement)
		next, err := reader.ChangeToken(t.Context())
		require.NoError(t, err)
		require.Equal(t, token, next, statement)
	}
}

// TestMaxTimesLeavesOut has tables that must not keep others from being read.
func TestMaxTimesLeavesOut(t *testing.T) {
	d := newDatabase(t)
	d.exec(t, "CREATE DOMAIN moment AS timestamptz",
		"CREATE TABLE dated (changed date)", "INSERT INTO dated VALUES ('2024-05-06')",
		"CREATE TABLE zoned (changed moment)", "INSERT INTO zoned VALUES ('2024-05-06 07:08:09+02')",
		"CREATE TABLE endless (changed timestamp)", "INSERT INTO endless VALUES ('infinity')",
		"CREATE TABLE past (changed timestamp)", "INSERT INTO past VALUES ('1900-01-01 00:00:00.5')",
		"CREATE VIEW fails AS SELECT now() + (1 / (count(*) - count(*))) * interval '1 s' AS changed FROM dated",
		"CREATE TABLE denied (changed timestamp)")
	dsn := d.role(t, "reader")
	d.exec(t, "GRANT SELECT ON dated, zoned, endless, past, fails TO "+d.name+"_reader")
	var ids []metadata.TableID
	for _, name := range []string{"denied", "fails", "dated", "endless", "past", "zoned", "gone"} {
		ids = append(ids, id("public", name))
	}
	times, err := open(t, dsn, source.Unlimited{}).MaxTimes(t.Context(), source.Options{}, ids, "changed")
	require.NoError(t, err)
	require.Equal(t, map[metadata.TableID]time.Time{
		id("public", "dated"): time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC),
		id("public", "zoned"): time.Date(2024, 5, 6, 5, 8, 9, 0, time.UTC),
		id("public", "past"):  time.Date(1900, 1, 1, 0, 0, 0, 500_000_000, time.UTC),
	}, times)
	times, err = open(t, dsn, source.Unlimited{}).MaxTimes(t.Context(), source.Options{}, nil, "changed")
	require.NoError(t, err)
	require.Empty(t, times)
}
