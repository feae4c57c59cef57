package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func TestVariablesInTheFile(t *testing.T) {
	const hostile = "a: [b\nsync: {batch_size: 1} # ${HOME} \"'"
	c := mustLoad(t, `
data_dir: "${DIR}"
description: "$${DIR} ${DIR} ${NONE:-fall back} ${EMPTY:-fell}"
sync:
  batch_size: ${SIZE}
  parallel_workers: "${SIZE}"
  catch_up: ${NO}
  retry_delay: ${DELAY:-7s}
  max_retries: ${EMPTY}
  schedule: ${EMPTY}
  monitoring: {metrics_endpoint: "https://${HOST}/x"}
  delta_detection: {compare_field: "${NUMBER}"}
`, LoadOptions{Partial: true, Environ: []string{
		"DIR=" + hostile, "SIZE=42", "NO=false", "HOST=h:1", "EMPTY=", "NUMBER=null", "SIZE=43",
	}})
	require.Equal(t, hostile, c.DataDir, "a value never becomes YAML, and is not expanded again")
	require.Equal(t, "${DIR} "+hostile+" fall back fell", c.Description)
	require.Equal(t, 42, c.Sync.BatchSize)
	require.Equal(t, 42, c.Sync.ParallelWorkers)
	require.False(t, c.Sync.CatchUp)
	require.Equal(t, 7*time.Second, c.Sync.RetryDelay)
	require.Equal(t, 3, c.Sync.MaxRetries, "empty counts as not set")
	require.True(t, c.Sync.Schedule.Manual())
	require.Equal(t, "https://h:1/x", c.Sync.Monitoring.MetricsEndpoint.Reveal())
	require.Equal(t, "null", c.Sync.DeltaDetection.CompareField)
}

func TestVariablesOverTheFile(t *testing.T) {
	c := mustLoad(t, whole+"sync: {batch_size: 7}", LoadOptions{Environ: []string{
		"SEMSYNC_SYNC_BATCH_SIZE=50", "SEMSYNC_SYNC_CATCH_UP=false", "SEMSYNC_NATS_URL=nats://n:1", "SEMSYNC_REDIS_ADDR=r:1",
		"SEMSYNC_SYNC_RETRY_ON_ERRORS=deadlock, rate_limit", "SEMSYNC_SYNC_MAX_RETRIES=", "SEMSYNC_SYNC_SCHEDULE=interval:5m",
		"SEMSYNC_NOTIFICATIONS_EMAIL_PASSWORD=12345", "SEMSYNC_SYNC_BACTH_SIZE=1", "SEMSYNC_REDIS_PORT_6379_TCP=x",
		"SEMSYNC_DEFINITIONS_GLOSSARY_PATH=a,b",
	}})
	require.Equal(t, 50, c.Sync.BatchSize)
	require.Equal(t, Origin{OriginVariable, "SEMSYNC_SYNC_BATCH_SIZE"}, c.Origin("sync.batch_size"))
	require.False(t, c.Sync.CatchUp)
	require.False(t, c.EmbeddedNATS())
	require.Equal(t, []metadata.FaultClass{"deadlock", "rate_limit"}, c.Sync.RetryOnErrors)
	require.Equal(t, 3, c.Sync.MaxRetries)
	require.Equal(t, Schedule{Interval: 5 * time.Minute}, c.Sync.Schedule)
	require.Equal(t, metadata.Secret("12345"), c.Notifications.Email.Password)
	require.Equal(t, Paths{"a", "b"}, c.Definitions.GlossaryPath)
	var misspelt []string
	for _, w := range c.Warnings() {
		if w.Line == 0 && w.Key == "" {
			misspelt = append(misspelt, w.Error())
		}
	}
	require.Equal(t, []string{"SEMSYNC_SYNC_BACTH_SIZE: is not a variable that sets a key (did you mean SEMSYNC_SYNC_BATCH_SIZE?)"}, misspelt)
}

// TestEveryVariable sets each scalar key through its variable, one at a time.
func TestEveryVariable(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range rootLeaves() {
		require.False(t, seen[Variable(k.path)], "%s has the variable of another key", k.path)
		seen[Variable(k.path)] = true
		if !k.scalar() {
			continue
		}
		value := "9"
		switch {
		case len(k.rules.enum) > 0:
			value = k.rules.enum[0]
			if i := slices.IndexFunc(Default().Effective(), func(s Setting) bool { return s.Key == k.path }); Default().Effective()[i].Value == value {
				value = k.rules.enum[1]
			}
		case k.rules.max != nil && *k.rules.max == 1:
			value = "0.125"
		case k.rules.max != nil && *k.rules.max < 9:
			value = "5"
		case k.typ.Kind() == reflect.Bool:
			value = "true"
			if field(reflect.ValueOf(Default()).Elem(), rootKeys(), k.path).Bool() {
				value = "false"
			}
		case k.typ == durationType:
			value = "11m"
		case k.typ == scheduleType:
			value = "@daily"
		case k.typ == levelType:
			value = "error"
		case k.typ == mailTLSType:
			value = "none"
		}
		l := &loader{env: map[string]string{Variable(k.path): value}, positions: map[string]Position{}}
		variables := l.variables()
		require.NoError(t, l.report.err(), k.path)
		c, err := assemble(layer{}, layer{}, variables, layer{})
		require.NoError(t, err)
		require.Equal(t, OriginVariable, c.Origin(k.path).Kind)
		i := slices.IndexFunc(c.Effective(), func(s Setting) bool { return s.Key == k.path })
		require.NotEqual(t, Default().Effective()[i].Value, c.Effective()[i].Value, k.path)
	}
	require.Greater(t, len(seen), 100)
}

func TestOrderOfLayers(t *testing.T) {
	text := whole + `
sync: {batch_size: 1, max_retries: 1, retry_delay: 1s, cache_ttl: 1m, schedule: "@daily", query_timeout: 1m}
notifications: {webhook: {headers: {A: base, B: base}}}
environments:
  prod:
    conflict_handling: {mode: fail}
    sync: {max_retries: 2, retry_delay: 2s, cache_ttl: 2m, schedule: null}
    notifications: {webhook: {headers: {B: prod, C: prod}}}
    scope: {databases: [x]}
  dev: {sync: {retry_delay: "${ONLY_IN_DEV}"}}
  empty:
`
	environment := []string{"SEMSYNC_SYNC_RETRY_DELAY=3s", "SEMSYNC_SYNC_CACHE_TTL=3m"}
	flags := map[string]any{"sync.cache_ttl": "4m", "sync.parallel_workers": 9, "sync.retry_on_errors": []string{"deadlock"}}
	c := mustLoad(t, text, LoadOptions{Env: "prod", Environ: environment, Flags: flags})
	require.Equal(t, 1, c.Sync.BatchSize)
	require.Equal(t, 2, c.Sync.MaxRetries)
	require.Equal(t, 3*time.Second, c.Sync.RetryDelay)
	require.Equal(t, 4*time.Minute, c.Sync.CacheTTL)
	require.Equal(t, 9, c.Sync.ParallelWorkers)
	require.Equal(t, []metadata.FaultClass{"deadlock"}, c.Sync.RetryOnErrors)
	require.True(t, c.Sync.Schedule.Manual(), "null takes a value back")
	require.Equal(t, map[string]metadata.Secret{"A": "base", "B": "prod", "C": "prod"}, c.Notifications.Webhook.Headers)
	require.Len(t, c.Scope.Databases, 1)
	require.Equal(t, "fail", c.ConflictResolution.Mode)
	for key, want := range map[string]string{
		"sync.batch_size": "file c.yaml:4:20", "sync.max_retries": "environment environments.prod c.yaml:9:25",
		"sync.retry_delay": "variable SEMSYNC_SYNC_RETRY_DELAY", "sync.cache_ttl": "flag", "sync.schedule": "default", "sync.mode": "default",
	} {
		require.Equal(t, want, c.Origin(key).String(), key)
	}

	c = mustLoad(t, text, LoadOptions{})
	require.Equal(t, 1, c.Sync.MaxRetries)
	mustLoad(t, text, LoadOptions{Env: "empty"})
	_, err := load(t, text, LoadOptions{Env: "dev"})
	require.ErrorContains(t, err, "environments.dev.sync.retry_delay: the environment variable ONLY_IN_DEV is not set")
	_, err = load(t, text, LoadOptions{Env: "prd"})
	require.ErrorContains(t, err, "environments.prd: there is no such environment (the file has prod, dev, empty)")
	_, err = load(t, whole, LoadOptions{Env: "prd"})
	require.ErrorContains(t, err, "the file has no environments")
}

func TestPresets(t *testing.T) {
	c := mustLoad(t, "sync: {optimize_for: speed, batch_size: 50}", LoadOptions{Partial: true})
	require.Equal(t, []any{50, 16, true, 200, 3}, presetValues(c))
	require.Equal(t, Origin{OriginPreset, "optimize_for speed"}, c.Origin("sync.parallel_workers"))
	require.Equal(t, OriginFile, c.Origin("sync.batch_size").Kind)

	c = mustLoad(t, "sync: {optimize_for: speed}", LoadOptions{
		Partial: true, Environ: []string{"SEMSYNC_SYNC_OPTIMIZE_FOR=reliability", "SEMSYNC_SYNC_CHECKPOINT_INTERVAL=11"},
		Flags: map[string]any{"sync.max_retries": 0},
	})
	require.Equal(t, []any{20, 2, false, 11, 0}, presetValues(c))
}

func presetValues(c *Config) []any {
	s := &c.Sync
	return []any{s.BatchSize, s.ParallelWorkers, s.CacheEnabled, s.CheckpointInterval, s.MaxRetries}
}

func TestRunSettings(t *testing.T) {
	c := mustLoad(t, `
sync: {retry_on_failure: false, max_retries: 5, checkpoint_enabled: false, delta_detection: timestamp, dry_run_by_default: true}
`, LoadOptions{Partial: true})
	got := c.RunSettings()
	require.Zero(t, got.MaxRetries)
	require.Zero(t, got.CheckpointInterval)
	require.True(t, got.DryRun)
	require.Equal(t, metadata.DeltaSettings{Method: "timestamp", CompareField: "last_modified"}, got.Delta)

	got = Default().RunSettings()
	require.Equal(t, metadata.RunSettings{
		Mode: "delta", BatchSize: 100, Workers: 4, ParallelMode: "table", CheckpointInterval: 100, MaxRetries: 3,
		RetryDelay: 30 * time.Second, RetryBackoff: "exponential", RetryOn: metadata.TransientClasses,
		QueryTimeout: 10 * time.Minute, MaxDroppedFraction: 0.25,
		Delta: metadata.DeltaSettings{
			Method: "checksum", Algorithm: "sha256",
			IncludeFields: []string{"schema", "column_names", "column_types", "comments"},
		},
	}, got)
}

func TestWarnings(t *testing.T) {
	for _, tt := range []struct{ text, key string }{
		{"sync: {batch_size: 10, parallel_workers: 2, checkpoint_interval: 20}", "sync.checkpoint_interval"},
		{"sync: {max_runtime: 5m}", "sync.max_runtime"},
		{"sync: {retry_on_failure: false, retry_delay: 5m}", "sync.retry_delay"},
		{"sync: {retry_delay: 2h}", "sync.retry_delay"},
		{"sync: {parallel_workers: 500}", "sync.parallel_workers"},
		{"sync: {schedule: '@daily', interactive_mode: true}", "sync.interactive_mode"},
		{"sync: {schedule: '@daily', dry_run_by_default: true}", "sync.dry_run_by_default"},
		{"sync: {delta_detection: {lookback_window: 1h}}", "sync.delta_detection.lookback_window"},
		{"sync: {memory_limit: 1MB}", "sync.memory_limit"},
		{"sync: {max_dropped_fraction: 1}", "sync.max_dropped_fraction"},
		{"scope: {exclude_patterns: ['analytics.*']}", "scope.exclude_patterns[0]"},
		{"scope: {databases: [{name: a, all_tables: true, tables: [x]}]}", "scope.databases[0].tables"},
		{"redis: {tls: {insecure_skip_verify: true}}", "redis.tls.insecure_skip_verify"},
		{"conflict_resolution: {fields_to_preserve: [ownr]}", "conflict_resolution.fields_to_preserve[0]"},
		{"approval: {approval_chain: [{name: a, approvers: [b]}]}", "approval.approval_chain"},
		{"notifications: {email: {password: x, tls: none}}", "notifications.email.tls"},
		{"semantic_database: {write_enabled: false}", "semantic_database.write_enabled"},
		{"auto_generation: {patterns: [{name: a, pattern: b}]}", "auto_generation.patterns[0]"},
	} {
		c := mustLoad(t, tt.text, LoadOptions{Partial: true})
		require.Len(t, c.Warnings(), 1, "%s: %v", tt.text, c.Warnings())
		require.Equal(t, tt.key, c.Warnings()[0].Key)
		require.Equal(t, 1, c.Warnings()[0].Line)
	}
	c := mustLoad(t, whole+"redis: {addr: 'r:1'}", LoadOptions{})
	var keys []string
	for _, w := range c.Warnings() {
		keys = append(keys, w.Key)
	}
	require.ElementsMatch(t, []string{"nats", "semantic_database"}, keys, "a mixture names what is missing")
	c = mustLoad(t, whole+"semantic_database: {url: 'sqlite:x.db'}", LoadOptions{})
	require.Empty(t, c.Warnings())
}

func TestSamples(t *testing.T) {
	environment := []string{
		"REDIS_PASSWORD=r", "LAYER_DSN=postgres://u:p@layer/l", "WAREHOUSE_DSN=postgres://u:p@wh/w",
		"CRM_DSN=u:p@tcp(crm:3306)/crm", "BILLING_DSN=host=b dbname=billing", "SLACK_WEBHOOK_URL=https://hooks.slack.com/x", "SEMSYNC_API_TOKEN=t",
	}
	files, err := filepath.Glob("../../examples/config/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 2)
	for _, file := range files {
		for _, env := range append([]string{""}, overlayNames(t, file)...) {
			c, err := Load(LoadOptions{Path: file, Env: env, Environ: environment})
			require.NoError(t, err)
			if env == "" {
				require.Empty(t, c.Warnings(), file)
			}
			require.Equal(t, filepath.Base(file) == "embedded.yaml", c.Embedded())
		}
	}
}

func overlayNames(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var r reporter
	environments := take(parseDocument(data, file, &r), "environments")
	var out []string
	for i := 0; environments != nil && i < len(environments.Content); i += 2 {
		out = append(out, environments.Content[i].Value)
	}
	return out
}
