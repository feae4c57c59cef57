package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// TestServersEndSlowQueries: query_timeout is the server's too, so that it ends a query itself and says so.
func TestServersEndSlowQueries(t *testing.T) {
	t.Parallel()
	const asks = ", change_query: \"SELECT '%s' AS database_name, 't1' AS table_name, now() AS last_modified %s\""
	pgDSN, mariaDSN := testkit.Postgres(t), testkit.MariaDBAccount(t)
	mustExec(t, open(t, "pgx", pgDSN), "CREATE TABLE t1 (id int)")
	mustExec(t, open(t, "mysql", mariaDSN), "CREATE TABLE t1 (id int)")
	cfg, err := mysql.ParseDSN(mariaDSN)
	require.NoError(t, err)
	for _, c := range []struct{ driver, dsn, query, says string }{
		{"postgres", pgDSN, fmt.Sprintf(asks, "public", "FROM pg_sleep(30)"), "canceling statement due to statement timeout"},
		{"mysql", mariaDSN, fmt.Sprintf(asks, cfg.DBName, "FROM information_schema.columns a, information_schema.columns b, information_schema.columns c"), "max_statement_time exceeded"},
	} {
		t.Run(c.driver, func(t *testing.T) {
			t.Parallel()
			f := embeddedOver(t, c.driver, c.dsn, c.query, "  query_timeout: 1s\n  delta_detection: {method: timestamp}\n")
			p := f.start("coordinator", "--apply")
			f.eventually(20*time.Second, "the server says that it ended the query", func() bool { return strings.Contains(p.log.String(), c.says) })
		})
	}
}
