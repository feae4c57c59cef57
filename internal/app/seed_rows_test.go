package app

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// seedRow is a row of the document with what shows that it is true.
type seedRow struct {
	name, shows string
	check       func(*testing.T)
}

// seedRows are the rows by kind, in the order in which people read them. Queries are asked of a layer with three runs.
func seedRows(history *fleet) map[string][]seedRow {
	return map[string][]seedRow{
		"key": {
			{"sync", "the section reaches the run, and a misspelt key of it is refused", seedSync},
			{"mode", "the key chooses, delta is the default, another word is refused", seedMode},
			{"schedule", "each expression shown has fire times; a serving coordinator fires by itself", seedSchedule},
			{"batch_size", "so many tables make a batch", seedBatchSize},
			{"parallel_workers", "so many tables are looked at at once", seedParallelWorkers},
			{"parallel_mode", "tables, one database's tables, or one table's fields side by side", seedParallelMode},
			{"max_concurrent_queries", "no more questions are at the source at once, however many workers", seedMaxConcurrentQueries},
			{"retry_on_failure", "false makes the first failure final", seedRetryOnFailure},
			{"max_retries", "so many attempts follow the first", seedMaxRetries},
			{"retry_delay", "the wait before the first retry", seedRetryDelay},
			{"retry_backoff", "how waits grow: fixed, linear, exponential", seedRetryBackoff},
			{"retry_on_errors", "a class that is named is tried again, another is final", seedRetryOnErrors},
			{"max_runtime", "a run that hangs is stopped, keeps what it did, and is resumed", seedMaxRuntime},
			{"query_timeout", "the server ends a query that takes longer", seedQueryTimeout},
			{"memory_limit", "beyond it a worker has one batch in hand, not two", seedMemoryLimit},
			{"dry_run_by_default", "a run without --apply writes no metadata", seedDryRunByDefault},
			{"auto_commit", "false makes every change wait for approval", seedAutoCommit},
			{"interactive_mode", "asks before applying; without a terminal it ends with 2", seedInteractiveMode},
			{"skip_validation", "true leaves the rules out", seedSkipValidation},
			{"checkpoint_enabled", "false commits a batch as a whole", seedCheckpointEnabled},
			{"checkpoint_interval", "commits after so many tables", seedCheckpointInterval},
			{"cache_enabled", "workers ask the source nothing that the coordinator has just asked", seedCacheEnabled},
			{"cache_ttl", "what is kept in Redis expires after it", seedCacheTTL},
			{"optimize_for", "a preset sets what the file leaves unset, and no more", seedOptimizeFor},
			{"delta_detection", "another detection makes every table changed, once", seedDeltaDetection},
			{"method", "each method goes by what it is named for, and by nothing else", seedMethod},
			{"algorithm", "md5, sha256 and xxh3 tell a changed table from others", seedAlgorithm},
			{"include_fields", "only what is included makes a table changed", seedIncludeFields},
			{"compare_field", "the field that holds the time of change", seedCompareField},
			{"lookback_window", "what changed within it counts as changed", seedLookbackWindow},
			{"version_field", "the field that holds the version", seedVersionField},
			{"version_comparison", "greater_than and not_equal", seedVersionComparison},
			{"monitoring", "the section's keys take effect together", seedMonitoring},
			{"enabled", "turns monitoring, Slack and approval on and off", seedEnabled},
			{"metrics_endpoint", "metrics arrive at a push gateway", seedMetricsEndpoint},
			{"log_level", "what is below it is not logged, in either case of letters", seedLogLevel},
			{"approval", "changes wait for an approver, and for nobody else", seedApproval},
			{"require_approval_for", "what is named waits, and the rest does not", seedRequireApprovalFor},
			{"notifications", "each channel is told once", seedNotifications},
			{"slack", "a message in Slack's form says what was done", seedSlack},
			{"notify_on", "what is not named is not told", seedNotifyOn},
		},
		"mode": {
			{"full", "every table in scope", seedModeFull},
			{"delta", "new, changed and dropped tables", seedModeDelta},
			{"incremental", "tables never synced before", seedModeIncremental},
		},
		"command": {
			{"--apply", "one run, applied", seedApply},
			{"--dry-run", "prints the changes and writes none", seedDryRun},
			{"--validate-sync-config", "problems by place and key; values and where they came from", seedValidate},
			{"--test-table customers.users", "the run has that table only", seedTestTable},
			{"--apply --profile", "where the time went, by phase", seedProfile},
			{"--batch-size $size --profile", "the loop over batch sizes", seedLoop},
			{"--mode full --apply", "overrides the file's mode", seedModeFlag},
			{"--batch-size 50 --apply", "overrides the file's batch size", seedBatchFlag},
			{"--workers 8 --apply", "overrides the file's workers", seedWorkersFlag},
			{"--test-schedule", "the next five fire times, in both zones", seedTestSchedule},
		},
		"query": queryRows(history),
		"troubleshooting": {
			{"Sync Taking Too Long", "larger batches, delta mode and a smaller scope ask and do less; the profile shows it", seedTakingTooLong},
			{"Sync Failing with Errors", "the cause is named, missing rights too; what passes is tried again", seedFailing},
			{"Checkpoints Not Working", "a killed run goes on at its last checkpoint", seedCheckpointsKept},
			{"Schedule Not Running", "wrong expressions and zones are named; fires are logged", seedScheduleFires},
		},
	}
}

const (
	id   = `[0-9a-f-]{36}`
	at   = `\d{4}-\d\d-\d\dT\S+Z`
	took = `00:00:\d\d\.\d+`
)

// queryRows are the statements with what they answer after three runs: one in delta mode, one in full, one that failed.
func queryRows(history *fleet) (out []seedRow) {
	for _, q := range []struct{ name, shows, want string }{
		{"Monitor Sync Execution", "runs, the last first", id + `\|` + at + `\|` + at + `\|` + took + `\|0\|delta\|failed
` + id + `\|` + at + `\|` + at + `\|` + took + `\|4\|full\|completed
` + id + `\|` + at + `\|` + at + `\|` + took + `\|4\|delta\|completed`},
		{"Sync Performance", "tables a minute of each run", id + `\|delta\|` + at + `\|` + took + `\|0\|0\.00\|failed
` + id + `\|full\|` + at + `\|` + took + `\|4\|[1-9]\d*\.\d\d\|completed
` + id + `\|delta\|` + at + `\|` + took + `\|4\|[1-9]\d*\.\d\d\|completed`},
		{"Failure Analysis", "the share of failed runs by day and mode", at + `\|delta\|2\|1\|50\.00
` + at + `\|full\|1\|0\|0\.00`},
		{"View sync history", "whole rows, the last first", `(` + id + `.*failed.*\n` + id + `.*completed.*\n` + id + `.*completed.*)`},
		{"View performance metrics", "averages by mode", `(delta|full)\|` + took + `\|4\.0+\|[1-9]\d*\.\d+
(delta|full)\|` + took + `\|4\.0+\|[1-9]\d*\.\d+`},
	} {
		out = append(out, seedRow{q.name, q.shows + ", word for word", func(t *testing.T) {
			t.Helper()
			statement := seedQueries(t)[q.name]
			require.NotEmpty(t, statement)
			rows, err := joinedRows(t.Context(), history.layer.DB(), statement)
			require.NoError(t, err)
			require.Regexp(t, "(?s)^"+q.want+"$", strings.Join(rows, "\n"))
		}})
	}
	return out
}

// threeRuns are in a layer in PostgreSQL.
func threeRuns(t *testing.T) *fleet {
	t.Helper()
	f := newEmbedded(t)
	f.layerDSN = testkit.Postgres(t)
	var tables strings.Builder
	for _, table := range shopTables {
		fmt.Fprintf(&tables, "CREATE TABLE %s (id INTEGER);", table)
	}
	mustExec(t, open(t, "sqlite", filepath.Join(f.dir, "shop.db")), tables.String())
	f.source("shop", "sqlite", "shop.db", ", database: customers")
	f.settings(fmt.Sprintf("semantic_database: {url: %q}\n", f.layerDSN))
	f.openLayer()
	f.run(exitOK, "coordinator", "--apply")
	f.run(exitOK, "coordinator", "--apply", "--mode", "full")
	f.run(exitFailed, "coordinator", "--dry-run", "--test-table", "no.such")
	return f
}
