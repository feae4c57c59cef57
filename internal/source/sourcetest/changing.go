package sourcetest

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const (
	aTime     = "2024-05-06 07:08:09.123456"
	aTimeText = "2024-05-06T07:08:09.123456Z"
)

func testChanges(b *bench) {
	t := b.t
	reader, able := b.reader.(source.ChangeReader)
	if !able {
		t.Skip("the reader runs no change_query")
	}
	b.create("log", "(d varchar(40), t varchar(80), version_no varchar(20), number int, changed "+b.TimeType+")")
	b.Exec("INSERT INTO log VALUES ('db', 'one', '1.10', 7, '" + aTime + "')")
	b.Exec("INSERT INTO log VALUES ('db', " + text(`two ' " ;`) + ", '1.9', 8, '2024-05-06 07:08:09')")
	collect := func(field string) []string {
		var rows []string
		query := "SELECT d AS database_name, t AS table_name, version_no, number, changed FROM log"
		err := reader.Changes(t.Context(), source.Options{}, query, field, func(database, table, value string) error {
			rows = append(rows, database+"|"+table+"|"+value)
			return nil
		})
		require.NoError(t, err)
		slices.Sort(rows)
		return rows
	}
	require.Equal(t, []string{"db|one|1.10", `db|two ' " ;|1.9`}, collect("version_no"))
	require.Equal(t, []string{"db|one|7", `db|two ' " ;|8`}, collect("number"))
	require.Equal(t, []string{"db|one|" + aTimeText, `db|two ' " ;|2024-05-06T07:08:09Z`}, collect("changed"))

	err := reader.Changes(t.Context(), source.Options{}, "SELECT d AS database_name, t AS table_name, number FROM log", "number",
		func(string, string, string) error { return errYield })
	require.ErrorIs(t, err, errYield)
	nothing := func(string, string, string) error { return nil }
	err = reader.Changes(t.Context(), source.Options{}, "SELECT d AS database_name, t AS table_name FROM log", "changed", nothing)
	requireFault(t, err, metadata.FaultInvalid, "")
	require.ErrorContains(t, err, "changed", "it names the column that is not there")
	err = reader.Changes(t.Context(), source.Options{}, "SELEC nonsense", "changed", nothing)
	requireFault(t, err, metadata.FaultInvalid, "")
	require.Error(t, reader.Changes(t.Context(), source.Options{}, "SELECT * FROM no_such_table", "changed", nothing))
}

// testReadOnly lets a change_query try to write.
func testReadOnly(b *bench) {
	t := b.t
	reader, able := b.reader.(source.ChangeReader)
	if !able {
		t.Skip("the reader runs no change_query")
	}
	b.witness()
	for _, statement := range []string{
		"INSERT INTO witness VALUES (2)",
		"DELETE FROM witness",
		"DROP TABLE witness",
		"SELECT 'a' AS database_name, 'b' AS table_name, 'c' AS changed; DELETE FROM witness",
		"COMMIT; DELETE FROM witness",
	} {
		err := reader.Changes(t.Context(), source.Options{}, statement, "changed", func(string, string, string) error { return nil })
		require.Error(t, err, statement)
		_, is := err.(*metadata.Fault) //nolint:errorlint // the contract says that each error is one
		require.True(t, is, "%T", err)
		b.requireWitness(t)
	}
}

func testMaxTimes(b *bench) {
	t := b.t
	reader, able := b.reader.(source.MaxReader)
	if !able {
		t.Skip("the reader gives no latest times")
	}
	hostile := `x"; DROP TABLE witness; --`
	b.witness()
	b.create("timed", "(id int, changed "+b.TimeType+")")
	b.create("empty", "(id int, changed "+b.TimeType+")")
	b.create("untimed", "(id int)")
	b.create("number", "(changed int)")
	b.create(hostile, "(id int, changed "+b.TimeType+")")
	b.Exec("INSERT INTO timed VALUES (1, '2023-01-01 00:00:00'), (2, '" + aTime + "'), (3, NULL)")
	b.Exec("INSERT INTO number VALUES (7)")
	b.Exec("INSERT INTO " + b.Quote(hostile) + " VALUES (1, '2023-01-02 00:00:00')")
	ids := []metadata.TableID{b.id("timed"), b.id("empty"), b.id("untimed"), b.id("number"), b.id(hostile), b.id("gone")}
	times, err := reader.MaxTimes(t.Context(), source.Options{}, ids, "changed")
	require.NoError(t, err)
	want, err := time.Parse(time.RFC3339Nano, aTimeText)
	require.NoError(t, err)
	require.Len(t, times, 2)
	require.True(t, want.Equal(times[b.id("timed")]), "%v", times)
	require.True(t, time.Date(2023, 1, 2, 0, 0, 0, 0, time.UTC).Equal(times[b.id(hostile)]), "%v", times)
	times, err = reader.MaxTimes(t.Context(), source.Options{}, ids, `no"such'column`)
	require.NoError(t, err)
	require.Empty(t, times)
	b.requireWitness(t)
}

func testToken(b *bench) {
	t := b.t
	reader, able := b.reader.(source.TokenReader)
	if !able {
		t.Skip("the engine has no change token")
	}
	token := func() string {
		token, err := reader.ChangeToken(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, token)
		return token
	}
	b.create("t", "(id int, name varchar(20))")
	last := token()
	require.Equal(t, last, token(), "nothing has changed")
	b.Exec("INSERT INTO t VALUES (1, 'x')")
	require.Equal(t, last, token(), "rows are no schema")

	statements := append([]string{
		"ALTER TABLE t ADD COLUMN more int",
		"ALTER TABLE t RENAME COLUMN more TO less",
		"ALTER TABLE t RENAME TO u",
		"ALTER TABLE u RENAME TO t",
		"CREATE INDEX some_index ON t (id)",
		"CREATE VIEW v AS SELECT id FROM t",
		"DROP VIEW v",
		"CREATE TABLE another (id int NOT NULL, PRIMARY KEY (id))",
		"DROP TABLE another",
		"CREATE TABLE another (id int NOT NULL, PRIMARY KEY (id))",
	}, b.Alterations...)
	if b.CommentOnTable != nil {
		statements = append(statements, b.CommentOnTable("t", "one"), b.CommentOnTable("t", "two"))
	}
	if b.CommentOnColumn != nil {
		statements = append(statements, b.CommentOnColumn("t", "id", "one"), b.CommentOnColumn("t", "id", "two"))
	}
	for _, statement := range statements {
		b.Exec(statement)
		next := token()
		require.NotEqual(t, last, next, statement)
		last = next
	}
	certificate, err := b.reader.Discover(t.Context(), options, b.keep, func(*metadata.Table) error { return nil })
	require.NoError(t, err)
	if certificate.Token != "" {
		require.Equal(t, last, certificate.Token, "the certificate's token is the snapshot's")
	}
}
