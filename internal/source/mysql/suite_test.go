package mysql_test

import (
	"context"
	"database/sql"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/source/sourcetest"
	"github.com/semsync/semsync/internal/testkit"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	dsns := map[string]string{}
	sourcetest.Run(t, sourcetest.Engine{
		Open: func(t *testing.T) sourcetest.Database {
			t.Helper()

			database := newDatabase(t)
			dsns[database.name] = database.dsn
			return database.suite(t)
		},
		Quote: quote,
		// Identifiers have no letters beyond the basic plane, and do not end with a space.
		Accepts: func(name string) bool {
			return !strings.ContainsFunc(name, func(r rune) bool { return r > 0xffff }) && !strings.HasSuffix(name, " ")
		},
		Integer:         "int(11)",
		TimeType:        "datetime(6)",
		MaxColumns:      1017, // InnoDB's limit
		KeyNames:        true,
		UniqueIndexKeys: true,
		TableComments:   2048,
		FieldComments:   1024,
		Columns:         columns(),
		Objects: []sourcetest.Object{
			{
				Name: "parted", Kind: metadata.KindPartitionedTable, Partitioning: "RANGE (`y`)", Fields: []string{"x", "y"},
				Setup: []string{"CREATE TABLE parted (x int, y int) PARTITION BY RANGE (y) (PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN MAXVALUE)"},
			},
			{
				Name: "subparted", Kind: metadata.KindPartitionedTable, Fields: []string{"x", "y"},
				Partitioning: "RANGE (`y`) SUBPARTITION BY HASH (`x`)",
				Setup:        []string{"CREATE TABLE subparted (x int, y int) PARTITION BY RANGE (y) SUBPARTITION BY HASH (x) SUBPARTITIONS 2 (PARTITION a VALUES LESS THAN MAXVALUE)"},
			},
			{
				Name: "versioned", Kind: metadata.KindTable, Fields: []string{"x"},
				Setup: []string{"CREATE TABLE versioned (x int) WITH SYSTEM VERSIONING", "CREATE SEQUENCE counter"},
			},
			{
				Name: "memory_table", Kind: metadata.KindTable, Fields: []string{"x", "unseen"},
				Setup: []string{"CREATE TABLE memory_table (x int, unseen int INVISIBLE) ENGINE=MEMORY"},
			},
		},
		CommentOnTable: func(table, comment string) string {
			return "ALTER TABLE " + table + " COMMENT = " + literal(comment)
		},
		CommentOnColumn: func(table, column, comment string) string {
			return "ALTER TABLE " + table + " MODIFY " + column + " int COMMENT " + literal(comment)
		},
		AcceptsComment: func(comment string) bool { return !strings.ContainsRune(comment, '🦊') },
		Analyze:        func(table string) string { return "ANALYZE TABLE " + table },
		BrokenView: func(name string) []string {
			return []string{"CREATE TABLE base (id int)", "CREATE VIEW " + name + " AS SELECT id FROM base", "DROP TABLE base"}
		},
		AddDatabase: func(_ *testing.T, db sourcetest.Database) string {
			name := db.Name + "_second"
			db.Exec("CREATE DATABASE " + name)
			return name
		},
		Block: func(t *testing.T, db sourcetest.Database) func() {
			t.Helper()

			return block(t, db, openPool(t, dsns[db.Name]))
		},
		BlockTable: func(t *testing.T, db sourcetest.Database, _ string) func() {
			t.Helper()

			return block(t, db, openPool(t, dsns[db.Name]))
		},
		RowsRead: func(t *testing.T, db sourcetest.Database, table string) int64 {
			t.Helper()

			db.Exec("SET GLOBAL userstat = 1")
			read, err := strconv.ParseInt(db.Value("SELECT COALESCE(SUM(rows_read), 0) FROM information_schema.table_statistics"+
				" WHERE table_schema = DATABASE() AND table_name = "+literal(table)), 10, 64)
			require.NoError(t, err)
			return read
		},
		Deny: func(t *testing.T, db sourcetest.Database, table string) source.Reader {
			t.Helper()

			made := database{name: db.Name, dsn: dsns[db.Name], pool: openPool(t, dsns[db.Name])}
			user, dsn := made.account(t, "inserter")
			db.Exec("GRANT INSERT ON " + table + " TO " + user)
			reader, err := connect(t, dsn)
			require.NoError(t, err)
			return reader
		},
		Refused: refused(),
	})
}

func columns() []sourcetest.Column {
	return []sourcetest.Column{
		{SQL: "int AUTO_INCREMENT PRIMARY KEY", Want: metadata.Field{DataType: "int(11)", Identity: metadata.IdentityByDefault}},
		{SQL: "bigint unsigned NOT NULL", Want: metadata.Field{DataType: "bigint(20) unsigned"}},
		{SQL: "varchar(20) DEFAULT 'it''s'", Want: metadata.Field{DataType: "varchar(20)", Nullable: true, Default: "'it''s'"}},
		{SQL: "varchar(20) DEFAULT 'NULL'", Want: metadata.Field{DataType: "varchar(20)", Nullable: true, Default: "'NULL'"}},
		{SQL: "varchar(20) DEFAULT ''", Want: metadata.Field{DataType: "varchar(20)", Nullable: true, Default: "''"}},
		{SQL: "varchar(20) DEFAULT NULL", Want: metadata.Field{DataType: "varchar(20)", Nullable: true}},
		{SQL: "text NOT NULL", Want: metadata.Field{DataType: "text"}},
		{SQL: "decimal(10,2) DEFAULT 1.5", Want: metadata.Field{DataType: "decimal(10,2)", Nullable: true, Default: "1.50"}},
		{SQL: "timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3)", Want: metadata.Field{DataType: "timestamp(3)", Default: "current_timestamp(3)"}},
		{SQL: "enum('a','b''c','ü') DEFAULT 'a'", Want: metadata.Field{DataType: `enum('a','b''c','ü')`, Nullable: true, Default: "'a'"}},
		{SQL: "set('x','y')", Want: metadata.Field{DataType: "set('x','y')", Nullable: true}},
		{SQL: "uuid DEFAULT uuid()", Want: metadata.Field{DataType: "uuid", Nullable: true, Default: "uuid()"}},
		{SQL: "json", Want: metadata.Field{DataType: "longtext", Nullable: true}},
		{SQL: "int COMMENT 'what it''s for'", Want: metadata.Field{DataType: "int(11)", Nullable: true, Comment: "what it's for"}},
		{SQL: "int AS (c1 + 1) STORED", Want: metadata.Field{DataType: "int(11)", Nullable: true, Default: "`c1` + 1", Identity: metadata.GeneratedStored}},
		{SQL: "int AS (c1 + 2) VIRTUAL", Want: metadata.Field{DataType: "int(11)", Nullable: true, Default: "`c1` + 2", Identity: metadata.GeneratedVirtual}},
		{SQL: "int INVISIBLE", Want: metadata.Field{DataType: "int(11)", Nullable: true}},
		{SQL: "geometry", Want: metadata.Field{DataType: "geometry", Nullable: true}},
		{SQL: "bit(3) DEFAULT b'101'", Want: metadata.Field{DataType: "bit(3)", Nullable: true, Default: "b'101'"}},
	}
}

func refused() []sourcetest.Refusal {
	at := func(change func(t *testing.T, config *driver.Config)) func(t *testing.T) (source.Reader, error) {
		return func(t *testing.T) (source.Reader, error) {
			t.Helper()

			config, err := driver.ParseDSN(testkit.MariaDB(t))
			require.NoError(t, err)
			change(t, config)
			return connect(t, config.FormatDSN())
		}
	}
	plain := func(dsn string) func(t *testing.T) (source.Reader, error) {
		return func(t *testing.T) (source.Reader, error) {
			t.Helper()
			return connect(t, dsn)
		}
	}
	return []sourcetest.Refusal{
		{
			Name: "wrong password", Kind: metadata.FaultDenied, Class: metadata.ClassPermission, Secret: "canary",
			Open: at(func(_ *testing.T, config *driver.Config) { config.Passwd = "canary" }),
		},
		{
			Name: "no such database", Kind: metadata.FaultMissing, Class: metadata.ClassNotFound, Secret: "canary",
			Open: at(func(_ *testing.T, config *driver.Config) {
				config.DBName = "nowhere"
				config.ConnectionAttributes = "password:canary"
			}),
		},
		{
			Name: "nobody listens", Kind: metadata.FaultTransient, Class: metadata.ClassUnavailable, Secret: "canary",
			Open: at(func(t *testing.T, config *driver.Config) {
				t.Helper()

				listener, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				config.Addr, config.Passwd = listener.Addr().String(), "canary"
				require.NoError(t, listener.Close())
			}),
		},
		{
			Name: "no socket", Kind: metadata.FaultTransient, Class: metadata.ClassUnavailable, Secret: "canary",
			Open: plain("root:canary@unix(/nonexistent/socket)/"),
		},
		{
			Name: "silence", Kind: metadata.FaultTransient, Class: metadata.ClassQueryTimeout, Secret: "canary",
			Open: func(t *testing.T) (source.Reader, error) {
				t.Helper()

				listener, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and says nothing
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, listener.Close()) })
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				_, err = open(ctx, "root:canary@tcp("+listener.Addr().String()+")/", source.Unlimited{})
				return nil, err
			},
		},
		{
			Name: "silence for the DSN's time-out", Kind: metadata.FaultTransient, Class: metadata.ClassConnectionTimeout, Secret: "canary",
			Open: func(t *testing.T) (source.Reader, error) {
				t.Helper()
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, listener.Close()) })
				return connect(t, "root:canary@tcp("+listener.Addr().String()+")/?timeout=100ms")
			},
		},
		{
			Name: "another protocol", Kind: metadata.FaultTransient, Class: metadata.ClassConnectionLost, Secret: "canary",
			Open: func(t *testing.T) (source.Reader, error) {
				t.Helper()
				return connect(t, "root:canary@tcp("+hangUp(t)+")/")
			},
		},
		{
			Name: "no slash", Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Secret: "canary",
			Open: plain("root:canary"),
		},
		{
			Name: "no at sign", Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Secret: "canary",
			Open: plain("root:canary(127.0.0.1:1)/db"),
		},
		{
			Name: "bad setting", Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Secret: "canary",
			Open: plain("root:p@tcp(127.0.0.1:1)/db?parseTime=canary"),
		},
		{
			Name: "bad session variable", Kind: metadata.FaultInvalid, Secret: "canary",
			Open: at(func(_ *testing.T, config *driver.Config) { config.Params = map[string]string{"no_such_variable": "1"} }),
		},
	}
}

// hangUp listens and closes each connection at once.
func hangUp(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connection.Close()
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		<-ended
	})
	return listener.Addr().String()
}

// block renames t together with a table that is in use: MariaDB takes the
// exclusive lock on t and then waits for the other one.
func block(t *testing.T, db sourcetest.Database, pool *sql.DB) func() {
	t.Helper()
	db.Exec("CREATE TABLE used (id int)")
	user, err := pool.Begin()
	require.NoError(t, err)
	var rows int
	require.NoError(t, user.QueryRow("SELECT COUNT(*) FROM used").Scan(&rows))
	renamed := make(chan error, 1)
	go func() {
		_, err := pool.Exec("RENAME TABLE t TO t_, t_ TO t, used TO used_")
		renamed <- err
	}()
	require.Eventually(t, func() bool {
		return db.Value("SELECT COUNT(*) FROM information_schema.processlist"+
			" WHERE db = DATABASE() AND state LIKE 'Waiting for table metadata lock%'") == "1"
	}, 10*time.Second, 10*time.Millisecond)
	return sync.OnceFunc(func() {
		require.NoError(t, user.Rollback())
		require.NoError(t, <-renamed)
		db.Exec("DROP TABLE used_")
	})
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(text) + "'"
}
