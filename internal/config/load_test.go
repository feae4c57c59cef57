package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/sqlstore"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/scope"
)

// whole is a small configuration with nothing missing.
const whole = `sources: [{name: a, driver: sqlite, dsn: a.db}]
scope: {databases: ["*.*"]}
`

func load(t *testing.T, text string, opts LoadOptions) (*Config, error) {
	t.Helper()
	opts.Path, opts.Data = "c.yaml", []byte(text)
	if opts.Environ == nil {
		opts.Environ = []string{}
	}
	return Load(opts)
}

func mustLoad(t *testing.T, text string, opts LoadOptions) *Config {
	t.Helper()
	c, err := load(t, text, opts)
	require.NoError(t, err)
	return c
}

func TestDefaults(t *testing.T) {
	c := mustLoad(t, whole, LoadOptions{})
	want := Default()
	want.Sources = []Source{{Name: "a", Driver: "sqlite", DSN: "a.db"}}
	want.Scope = scope.Config{Databases: []scope.Database{{Pattern: "*.*"}}}
	if diff := cmp.Diff(want.Redacted(), c.Redacted()); diff != "" {
		t.Error(diff)
	}
	require.True(t, c.Embedded())
	require.Empty(t, c.Warnings())
	require.Equal(t, metadata.Secret("a.db"), c.Sources[0].DSN)
	require.Equal(t, Origin{Kind: OriginDefault}, c.Origin("sync.batch_size"))
}

// everything sets every key to something other than its default.
const everything = `
version: 1.2
description: all keys
data_dir: /data
redis: {addr: "r:6379", username: u, password: secret-redis, db: 3, tls: {enabled: true, ca_file: ca, cert_file: c, key_file: k, server_name: s, insecure_skip_verify: true}}
nats: {url: "nats://n:4222", token: secret-nats, tls: {enabled: true}, replicas: 3}
semantic_database: {name: layer, url: "postgres://u:secret-layer@l/layer", create_if_missing: false, write_enabled: false, tables: {field_metadata: FieldMeta}}
sources:
  - {name: wh, driver: postgresql, dsn: "postgres://u:secret-source@w/wh", change_query: "SELECT 1", max_concurrent_queries: 2}
  - {name: f, driver: sqlite3, dsn: f.db, database: files}
scope:
  databases: ["a.*", {name: "b_*", tables: [x], source: wh}]
  include_patterns: ["^f"]
  exclude_patterns: [tmp_*]
sync:
  mode: full
  schedule: {enabled: true, frequency: daily}
  timezone: Europe/Berlin
  catch_up: false
  overlap: queue
  batch_size: 7
  parallel_workers: 3
  parallel_mode: database
  max_concurrent_queries: 4
  retry_on_failure: true
  max_retries: 9
  retry_delay: 1m30s
  retry_backoff: linear
  retry_on_errors: [deadlock]
  max_runtime: 2h
  query_timeout: 1m
  memory_limit: 8GB
  checkpoint_interval: 5
  dry_run_by_default: true
  auto_commit: false
  interactive_mode: true
  skip_validation: true
  cache_enabled: true
  cache_ttl: 2h
  optimize_for: speed
  create_backup: false
  merge_strategy: merge_both
  audit_logging: false
  delta_detection: {method: timestamp, algorithm: md5, include_fields: [schema], compare_field: changed, lookback_window: 2d, version_field: v, version_comparison: not_equal}
  max_dropped_fraction: 0.5
  full_sweep_every: 12
  history_retention: 2w
  monitoring: {enabled: false, metrics_endpoint: "https://push:secret-push@m/metrics", push_interval: 1m, log_level: WARN}
definitions: {data_dictionary_path: dict.yaml, glossary_path: [a, b], relationships_path: "r/*.yaml", governance_path: g}
auto_generation:
  enabled: false
  content_rules: {prefix_auto_generated: "", overwrite_existing: true, overwrite_auto_generated: true, skip_fields_matching: ["_*"]}
  generate: {field_descriptions: false, table_descriptions: false, tags: false, pii_detection: false, business_terms: false, data_classification: false}
  sampling: {enabled: true, max_rows: 5, timeout: 2s, skip_types: [bytea]}
  patterns:
    - {name: p, match: ["*_at", {pattern: "^ts_"}], tag: time, tags: [t2], description_template: "{field_name} of {entity}", pii_category: none, data_classification: internal, confidence: 0.5}
conflict_handling:
  strategy: prefer_existing
  preserve_manual_edits: false
  fields_to_preserve: [owner]
  fields_to_auto_merge: [tags]
  require_approval_for: [description]
  tag_merge_strategy: replace
  description_merge_strategy: append
  mode: fail
  on_schema_changes: {new_fields: warn, removed_fields: error, type_changes: ignore}
validation:
  require_table_description: true
  require_field_description: true
  require_owner_for_tables: true
  require_owner_for_pii_fields: true
  require_business_term_for_metrics: true
  pii_validation: {require_pii_category: true, require_owner: true, require_data_classification: true}
  custom_rules: [{field_pattern: "*_usd", should_have_tag: money, hint: h}]
  fail_on_errors: true
approval:
  enabled: true
  require_approval_for: [owner]
  auto_approve_for: [tags]
  approvers: [a@x]
  approval_mode: chain
  approval_chain: [{name: one, approvers: [a@x], required: false, timeout: 1h, conditions: [owner]}]
  auto_approve_above_confidence: 0.9
  approval_timeout: 1d
  approval_timeout_action: auto_approve
notifications:
  slack: {enabled: true, webhook_url: "https://hooks/secret-slack", channel: "#c", mention_users: [U1], notify_on: [errors]}
  email: {enabled: true, smtp_host: m, smtp_port: 25, username: u, password: secret-mail, from_address: a@x.org, to_addresses: [b@x.org], tls: true, ca_file: ca.pem, notify_on: [errors]}
  webhook: {enabled: true, url: "https://w/secret-hook", headers: {X-Api-Key: secret-header, "a.b.C": secret-dotted}, secret: secret-hmac, notify_on: [errors]}
http: {listen: "0.0.0.0:80", token: secret-http}
worker: {concurrency: 9}
`

func TestEveryKeyArrives(t *testing.T) {
	c := mustLoad(t, everything, LoadOptions{})
	unset := map[string]bool{
		"redis.url": true, "nats.credentials": true, "sync.retry_on_failure": true, "sync.checkpoint_enabled": true,
		"validation.warn_only": true, "nats.tls.ca_file": true, "nats.tls.cert_file": true, "nats.tls.key_file": true,
		"nats.tls.server_name": true, "nats.tls.insecure_skip_verify": true, "notifications.email.tls": true,
	}
	plainDefault := Default().Effective()
	for i, s := range c.Effective() {
		if unset[s.Key] || strings.HasPrefix(s.Key, "redis.sentinel.") || strings.HasPrefix(s.Key, "redis.cluster.") {
			continue
		}
		if s.Value == plainDefault[i].Value {
			t.Errorf("%s still has its default %s", s.Key, s.Value)
		}
		require.Contains(t, s.Origin, "file c.yaml:", s.Key)
	}
	require.Equal(t, "FieldMeta", c.SemanticDatabase.Tables["field_metadata"])
	require.Equal(t, metadata.Secret("secret-header"), c.Notifications.Webhook.Headers["X-Api-Key"], "the user's keys keep their case")
	require.Equal(t, metadata.Secret("secret-dotted"), c.Notifications.Webhook.Headers["a.b.C"], "and their dots")
	require.Equal(t, []string{"postgres", "sqlite"}, []string{c.Sources[0].Driver, c.Sources[1].Driver})
	require.Equal(t, []scope.Database{{Pattern: "a.*"}, {Name: "b_*", Tables: []string{"x"}, Source: "wh"}}, c.Scope.Databases)
	require.Equal(t, Schedule{Cron: "0 0 * * *"}, c.Sync.Schedule)
	require.Equal(t, []FieldMatch{{"*_at"}, {"^ts_"}}, c.AutoGeneration.Patterns[0].Match)
	require.Equal(t, Paths{"dict.yaml"}, c.Definitions.DataDictionaryPath)
	require.Equal(t, MailStartTLS, c.Notifications.Email.TLS)
	require.Equal(t, "warning", c.Validation.CustomRules[0].Severity)
	require.False(t, *c.Approval.ApprovalChain[0].Required)
	require.Equal(t, 14*day, c.Sync.HistoryRetention)
	require.False(t, c.Embedded())
}

func TestNoSecretIsEverShown(t *testing.T) {
	c := mustLoad(t, everything, LoadOptions{})
	js, err := c.MarshalJSON()
	require.NoError(t, err)
	all := fmt.Sprintf("%v %+v %#v %s %q %s %s %v %v", c, c, c, c, c, c.String(), js, c.Effective(), c.Warnings())
	all += fmt.Sprintf("%+v %#v %v", c.Sources, c.Notifications, c.Redis)
	require.NotContains(t, all, "secret-")
	require.Contains(t, all, "[redacted]")

	// The same secrets in a file full of mistakes.
	broken := strings.ReplaceAll(everything, "mode: full", "mode: fool\n  no_such_key: 1")
	for _, bad := range []string{
		broken,
		strings.ReplaceAll(everything, "redis: {addr", "redis: {url: \":secret-redis\", addr"),
		strings.ReplaceAll(everything, "postgres://u:secret-source@w/wh", "postgres://u:secret-source@w:port/wh"),
		strings.ReplaceAll(everything, "https://hooks/secret-slack", "ht tp://hooks/secret-slack"),
		strings.ReplaceAll(everything, "driver: postgresql, dsn", "driver: mysql, dsn"),
		strings.ReplaceAll(everything, `"postgres://u:secret-layer@l/layer"`, `"mongodb://u:secret-layer@l/layer"`),
		strings.ReplaceAll(everything, "nats://n:4222", "secret-nats"),
		strings.ReplaceAll(everything, `"r:6379"`, `"redis://:secret-redis@r"`),
		strings.ReplaceAll(everything, "secret-header", `"secret-header\n"`),
		strings.ReplaceAll(everything, "token: secret-http", "token: [secret-http]"),
		strings.ReplaceAll(everything, "batch_size: 7", "batch_size: ${CANARY}"),
		strings.ReplaceAll(everything, "timezone: Europe/Berlin", "timezone: ${CANARY}\n  query_timeout: ${CANARY}"),
		strings.ReplaceAll(everything, "schedule: {enabled: true, frequency: daily}", "schedule: ${CANARY}"),
		strings.ReplaceAll(everything, "mode: full", "mode: ${CANARY}"),
		strings.ReplaceAll(everything, "tmp_*", "\"(${CANARY}\""),
	} {
		_, err := load(t, bad, LoadOptions{Environ: []string{"CANARY=secret-environment"}})
		require.Error(t, err)
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), "secret-")
	}
	_, err = load(t, whole, LoadOptions{Environ: []string{"SEMSYNC_SYNC_MODE=secret-environment"}})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret-")
}

func TestProblems(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "sync: {batch_sise: 5}", "c.yaml:1:8: sync.batch_sise: is not a known key (did you mean batch_size?)"},
		{"key of another section", "batch_size: 5", "c.yaml:1:1: batch_size: is not a known key (did you mean sync.batch_size?)"},
		{"unknown key in a list", "sources: [{name: a, drivr: sqlite}]", "c.yaml:1:21: sources[0].drivr: is not a known key (did you mean driver?)"},
		{"case of keys counts", "Sync: {}", "c.yaml:1:1: Sync: is not a known key (did you mean sync?)"},
		{"duration without unit", "sync: {retry_delay: 30}", `c.yaml:1:21: sync.retry_delay: "30" has no unit (write 30s for seconds, 30m for minutes)`},
		{"negative duration", "sync: {retry_delay: -5s}", `"-5s" must not be negative`},
		{"endless duration", "sync: {max_runtime: 999999999w}", "is too long"},
		{"enum", "sync: {mode: deltaa}", `c.yaml:1:14: sync.mode: "deltaa" is not a choice (write one of full, delta, incremental; did you mean delta?)`},
		{"range", "sync: {batch_size: 0}", `sync.batch_size: "0" is out of range (write a number from 1 to 10000)`},
		{"range above", "sync: {batch_size: 10001}", "out of range"},
		{"fraction", "sync: {max_dropped_fraction: 1.5}", "write a number from 0 to 1"},
		{"not a number", "sync: {max_dropped_fraction: .nan}", "must be a number"},
		{"float for int", "sync: {batch_size: 1.5}", "must be a whole number"},
		{"quoted int", `sync: {batch_size: "5"}`, "must be a whole number"},
		{"huge int", "sync: {batch_size: 99999999999999999999}", "must be a whole number"},
		{"yes", "sync: {catch_up: yes}", `must be true or false, not "yes" (write true or false, without quotes)`},
		{"list for word", "sync: {mode: [full]}", "sync.mode: must be text, not a list"},
		{"word for list", "sync: {retry_on_errors: deadlock}", "must be a list, not text"},
		{"word for section", "sync: full", "sync: must hold keys and values, not text"},
		{"cron", `sync: {schedule: "61 * * * *"}`, "is not a cron expression"},
		{"cron of six fields", `sync: {schedule: "0 0 2 * * *"}`, "expected exactly 5 fields"},
		{"cron that never fires", `sync: {schedule: "0 0 31 2 *"}`, `c.yaml:1:18: sync.schedule: "0 0 31 2 *" can never fire (no month has such a day)`},
		{"cron with zone", `sync: {schedule: "TZ=UTC"}`, "names a time zone (set it in sync.timezone)"},
		{"@every", `sync: {schedule: "@every 1h"}`, "interval:30m"},
		{"interval without unit", `sync: {schedule: "interval:30"}`, "write interval:30m for minutes"},
		{"interval of nothing", `sync: {schedule: "interval:0s"}`, "shorter than 1s"},
		{"empty schedule object", "sync: {schedule: {enabled: true}}", "says neither a frequency nor a cron expression"},
		{"custom without cron", "sync: {schedule: {frequency: custom}}", "says neither a frequency nor a cron expression"},
		{"cron in an object", `sync: {schedule: {cron: "bad"}}`, "c.yaml:1:25: sync.schedule.cron"},
		{"time zone", "sync: {timezone: Mars/Olympus}", "sync.timezone: is not a time zone"},
		{"size", "sync: {memory_limit: 8XB}", `"8XB" is not a size (write a size such as 8GB or 512MiB)`},
		{"log level", "sync: {monitoring: {log_level: loud}}", "is not a log level"},
		{"pattern", `scope: {exclude_patterns: [a, "(b"]}`, "c.yaml:1:31: scope.exclude_patterns[1]: the pattern does not compile as a regular expression: missing closing )"},
		{"template", `auto_generation: {patterns: [{name: a, pattern: b, description_template: "{feld_name}"}]}`, "{feld_name} is not a variable (did you mean {field_name}?)"},
		{"template brace", `auto_generation: {patterns: [{name: a, pattern: b, description_template: "{entity"}]}`, "has a brace without its partner"},
		{"pattern without name", `auto_generation: {patterns: [{pattern: b, tag: c}]}`, "auto_generation.patterns[0].name: is missing"},
		{"field pattern", `auto_generation: {patterns: [{name: a, pattern: "[", tag: c}]}`, "the pattern does not compile"},
		{"rule pattern", `validation: {custom_rules: [{field_pattern: "(", should_have_tag: c}]}`, "validation.custom_rules[0].field_pattern"},
		{"twice the same key", "sync: {mode: full, mode: delta}", "c.yaml:1:20: mode: the key is already set in line 1"},
		{"two documents", "sync: {}\n---\nsync: {}\n", "more than one YAML document"},
		{"not YAML", "sync: {", "is not YAML"},
		{"a list at the top", "[a]", "the file must hold keys and values, not a list"},
		{"a key that is a list", "? [a]\n: b\n", "a key must be plain text, not a list"},
		{"self", "a: &a [*a]", "has an alias inside its own anchor"},
		{"deep", "a: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), "is nested more than 100 deep"},
		{"version", `version: "2.0"`, "this program reads version 1 only"},
		{"both names", "conflict_handling: {}\nconflict_resolution: {}", "is another name of conflict_resolution"},
		{"same source twice", "sources: [{name: a, driver: sqlite, dsn: a}, {name: a, driver: sqlite, dsn: b}]", "sources[1].name: sources[0] has the same name"},
		{"unknown driver", "sources: [{name: a, driver: oracle, dsn: a}]", `"oracle" is not a choice`},
		{"name of a source", "sources: [{name: 'a:b', driver: sqlite, dsn: a}]", "is not a name for a source"},
		{"empty dsn", "sources: [{name: a, driver: sqlite, dsn: ''}]", "sources[0].dsn: is empty (write the path of the file)"},
		{"dsn of another kind", "sources: [{name: a, driver: mysql, dsn: 'postgres://h/d'}]", "is not a connection string for mysql"},
		{"the layer as a source", "sources: [{name: a, driver: sqlite, dsn: ./semsync-data/semantic_layer_v1.db}]", "c.yaml:1:42: sources[0].dsn: points at the semantic layer itself"},
		{"the layer as a source, PostgreSQL", "semantic_database: {url: 'postgres://u:p@localhost/d'}\nsources: [{name: a, driver: postgres, dsn: 'host=127.0.0.1 dbname=d user=other'}]", "points at the semantic layer itself"},
		{"change query", "sources: [{name: a, driver: sqlite, dsn: a, change_query: 'DELETE FROM x'}]", "is not a SELECT"},
		{"source of a scope", "sources: [{name: a, driver: sqlite, dsn: a}]\nscope: {databases: [{name: x, source: b}]}", "scope.databases[0].source: no source has that name (the sources are a)"},
		{"two ways to Redis", "redis: {addr: 'a:1', cluster: {addrs: ['b:1']}}", "says in 2 ways where Redis is"},
		{"sentinel", "redis: {sentinel: {addrs: ['b:1']}}", "redis.sentinel: is incomplete"},
		{"address", "redis: {addr: redis}", "redis.addr: is not an address"},
		{"nats", "nats: {url: 'http://x'}", "nats.url: is not a NATS address"},
		{"certificate without key", "nats: {tls: {cert_file: c}}", "nats.tls: has a client certificate without its key"},
		{"layer's name", "semantic_database: {name: a/b}", "semantic_database.name"},
		{"renamed table", "semantic_database: {tables: {Field_metadata: x}}", "the layer has no such table"},
		{"two with one name", "semantic_database: {tables: {field_metadata: x, glossary: x}}", "has the same new name as field_metadata"},
		{"listening to all", "http: {listen: ':80'}", "listens beyond this machine without a token"},
		{"nothing compared", "sync: {delta_detection: {include_fields: []}}", "no table would ever change"},
		{"bare method", "sync: {delta_detection: sum}", `sync.delta_detection.method: "sum" is not a choice`},
		{"contradiction", "validation: {fail_on_errors: true, warn_only: true}", "contradicts fail_on_errors"},
		{"chain without stages", "approval: {approval_mode: chain}", "approval.approval_chain: is missing"},
		{"in both lists", "approval: {require_approval_for: [tags], auto_approve_for: [tags]}", "is in require_approval_for too"},
		{"mail", "notifications: {email: {to_addresses: [nobody]}}", "notifications.email.to_addresses[0]: is not a mail address"},
		{"header", "notifications: {webhook: {headers: {'a b': c}}}", "is not a header"},
		{"variable", "data_dir: ${NOT_SET}", "c.yaml:1:11: data_dir: the environment variable NOT_SET is not set (set it, or write ${NOT_SET:-default})"},
		{"open variable", "data_dir: ${NOT", "has a ${ without }"},
		{"variable's name", "data_dir: ${1}", "has a variable whose name is not one"},
		{"empty variable for a number", "sync: {batch_size: '${X}x'}", "must be a whole number, not the value from the environment"},
		{"unused overlay", "environments: {dev: {sync: {mod: full}}}", "c.yaml:1:29: environments.dev.sync.mod: is not a known key (did you mean mode?)"},
		{"environments", "environments: [dev]", "environments: must hold names, not a list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(t, tt.text, LoadOptions{Partial: true, Environ: []string{"X=1"}})
			problems, ok := errors.AsType[Problems](err)
			require.True(t, ok, "%v", err)
			require.Contains(t, err.Error(), tt.want)
			require.Len(t, problems, 1, "one mistake is one problem")
			require.NotEmpty(t, problems[0].Hint, "it says what to do")
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := load(t, `version: "3"
sync:
  batch_size: many
  mode: fast
sources:
  - {name: a, driver: sqlite, dsn: "${NO_SUCH_DSN}"}
  - {name: a, driver: mongo, dsn: x}
  - {driver: sqlite}
scope: {include_patterns: ["("]}
notifications: {slack: {enabled: true}, email: {enabled: true}}
`, LoadOptions{Environ: []string{"SEMSYNC_SYNC_MAX_RETRIES=lots"}, Flags: map[string]any{"sync.parallel_workers": 0, "no.key": 1}})
	problems, ok := errors.AsType[Problems](err)
	require.True(t, ok)
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%s:%d %s", p.File, p.Line, p.Key))
	}
	want := []string{
		"c.yaml:1 version", "c.yaml:3 sync.batch_size", "c.yaml:4 sync.mode", "c.yaml:6 sources[0].dsn",
		"c.yaml:7 sources[1].name", "c.yaml:7 sources[1].driver", "c.yaml:8 sources[2].dsn", "c.yaml:8 sources[2].name",
		"c.yaml:9 scope.include_patterns[0]", "c.yaml:10 notifications.slack.webhook_url",
		"c.yaml:10 notifications.email.from_address", "c.yaml:10 notifications.email.smtp_host", "c.yaml:10 notifications.email.to_addresses",
		"SEMSYNC_SYNC_MAX_RETRIES:0 sync.max_retries", "command line:0 no.key", "command line:0 sync.parallel_workers",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff, "\n", err)
	}
	var one Problem
	require.ErrorAs(t, err, &one)
}

func TestWhatIsMissing(t *testing.T) {
	_, err := load(t, "", LoadOptions{})
	require.ErrorContains(t, err, "c.yaml:1:1: scope: says nothing to look at")
	require.ErrorContains(t, err, "sources: is missing")
	_, err = load(t, "", LoadOptions{Partial: true})
	require.NoError(t, err)
	_, err = Load(LoadOptions{Path: filepath.Join(t.TempDir(), "none.yaml")})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Load(LoadOptions{Path: t.TempDir()})
	require.ErrorContains(t, err, "is a folder")
}

func TestTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "big.yaml")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(100<<20)) // a sparse file: nobody may read it
	require.NoError(t, f.Close())
	start := time.Now()
	_, err = Load(LoadOptions{Path: path})
	require.ErrorContains(t, err, "more than the 1048576 that are allowed")
	require.Less(t, time.Since(start), time.Second)
}

func TestYAMLBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	_, err := load(t, b.String(), LoadOptions{})
	require.ErrorContains(t, err, "holds more than 200000 values once its aliases are expanded")
}

func TestAnchorsAndMergeKeys(t *testing.T) {
	c := mustLoad(t, `
environments: {x: {sync: &base {batch_size: 5, max_retries: 7}}}
sync:
  <<: *base
  max_retries: 8
notifications:
  slack: {notify_on: &on [errors]}
  email: {notify_on: *on}
`, LoadOptions{Partial: true})
	require.Equal(t, 5, c.Sync.BatchSize)
	require.Equal(t, 8, c.Sync.MaxRetries)
	require.Equal(t, []string{"errors"}, c.Notifications.Email.NotifyOn)
}

// TestEveryTableOfTheLayerCanBeRenamed keeps the list equal to the layer's own.
func TestEveryTableOfTheLayerCanBeRenamed(t *testing.T) {
	require.Equal(t, sqlstore.Tables, layerTables)
	c := mustLoad(t, "semantic_database: {tables: {outbox_deliveries: sent_notices, outbox: outbox_deliveries}}", LoadOptions{Partial: true})
	require.Equal(t, "sent_notices", c.SemanticDatabase.Tables["outbox_deliveries"])
	_, err := load(t, "semantic_database: {tables: {outbox: outbox_deliveries}}", LoadOptions{Partial: true})
	require.ErrorContains(t, err, "semantic_database.tables.outbox: has the same new name as outbox_deliveries")
}
