package sqlstore

import (
	"context"
	"database/sql"
	"regexp"
	"text/template"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/semsync/semsync/internal/metadata"
)

// Dialect is what differs between the engines that can hold a layer.
type Dialect struct {
	Goose goose.Dialect
	// MigrationLock keeps two processes from migrating at once; nil where the engine does so by itself.
	MigrationLock lock.SessionLocker
	// Qualify gives the quoted, qualified name of a table or view.
	Qualify func(table string) string
	// Funcs fills the braces of the statements; see the functions that query.go requires.
	Funcs template.FuncMap
	// Rewrite adapts a finished statement, its parameters for instance; nil leaves it.
	Rewrite func(query string) string
	// CommitIsolation is the level of the transaction that commits a checkpoint: a concurrent
	// edit of a row that it writes must make it fail.
	CommitIsolation sql.IsolationLevel
	// Begin is run at the start of every transaction; "" for nothing.
	Begin string
	// Planned is run after a plan has been written, so that the engine knows how large the ledger is; "" for nothing.
	Planned string
	// OneWriter makes writing transactions of this process wait for one another in Go,
	// which is fairer and cheaper than the engine's own polling.
	OneWriter bool
	// Copy writes new rows within the transaction of the connection, faster than statements can;
	// nil inserts them one by one, with lists as JSON.
	Copy func(ctx context.Context, conn *sql.Conn, c Copied) error
	// Time gives a moment as a parameter.
	Time func(time.Time) any
	// Classify turns the driver's error into a fault.
	Classify func(op string, err error) *metadata.Fault
}

// Tables are the names of the layer's tables and views, which can be renamed by configuration.
var Tables = []string{
	"change_votes", "config_versions", "coordinator_lease", "declared_previews", "declared_tables", "field_lineage", "field_metadata", "field_relationships", "field_usage", "glossary",
	"governance", "impact_analysis", "metadata_changes", "outbox", "outbox_deliveries", "queue_mark", "run_profile", "schedule_fires", "source_state", "sync_checkpoints",
	"sync_history", "sync_run_batches", "sync_run_sources", "sync_run_tables", "sync_runs", "table_dependencies", "table_metadata",
	"table_state", "validation_errors", "workers",
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// QuestionMarks turns $1 into ?1 for engines that number parameters so.
func QuestionMarks(query string) string { return parameter.ReplaceAllString(query, "?$1") }
