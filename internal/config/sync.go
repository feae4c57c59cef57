package config

import (
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Sync says how and when a sync runs.
type Sync struct {
	// Mode: full processes every table in scope; delta new and changed ones, and marks
	// dropped ones removed; incremental only tables never synced before.
	Mode metadata.Mode `json:"mode" yaml:"mode" mapstructure:"mode" jsonschema:"enum=full,enum=delta,enum=incremental"`
	// Schedule is a cron expression of 5 fields or a name such as @daily, interval:30m, or null for manual runs only. It
	// may also be an object of enabled, frequency (hourly, daily, weekly, custom) and cron.
	Schedule Schedule `json:"schedule" yaml:"schedule" mapstructure:"schedule"`
	// Timezone is the IANA name of the zone that the schedule is read in.
	Timezone string `json:"timezone" yaml:"timezone" mapstructure:"timezone"`
	// CatchUp makes up once for fire times that were missed while no coordinator ran.
	CatchUp bool `json:"catch_up" yaml:"catch_up" mapstructure:"catch_up"`
	// Overlap is what a fire does while a run is active.
	Overlap string `json:"overlap" yaml:"overlap" mapstructure:"overlap" jsonschema:"enum=skip,enum=queue"`
	// BatchSize is how many tables make a batch.
	BatchSize int `json:"batch_size" yaml:"batch_size" mapstructure:"batch_size" jsonschema:"minimum=1,maximum=10000"`
	// ParallelWorkers is how many tables of a batch are worked on at once.
	ParallelWorkers int `json:"parallel_workers" yaml:"parallel_workers" mapstructure:"parallel_workers" jsonschema:"minimum=1,maximum=1024"`
	// ParallelMode: table works on any tables side by side; database on databases side by side, one
	// table of each at a time; field on one table's fields side by side.
	ParallelMode metadata.ParallelMode `json:"parallel_mode" yaml:"parallel_mode" mapstructure:"parallel_mode" jsonschema:"enum=table,enum=database,enum=field"`
	// MaxConcurrentQueries bounds the queries in flight at one source, over the whole fleet.
	MaxConcurrentQueries int `json:"max_concurrent_queries" yaml:"max_concurrent_queries" mapstructure:"max_concurrent_queries" jsonschema:"minimum=1,maximum=10000"`
	// RetryOnFailure false makes the first failure of a table final.
	RetryOnFailure bool `json:"retry_on_failure" yaml:"retry_on_failure" mapstructure:"retry_on_failure"`
	// MaxRetries is how many attempts follow the first, per batch.
	MaxRetries int `json:"max_retries" yaml:"max_retries" mapstructure:"max_retries" jsonschema:"minimum=0,maximum=100"`
	// RetryDelay is the wait before the first retry, with up to 20 % jitter.
	RetryDelay time.Duration `json:"retry_delay" yaml:"retry_delay" mapstructure:"retry_delay"`
	// RetryBackoff is how the wait grows with each retry; it never passes 1 h.
	RetryBackoff metadata.Backoff `json:"retry_backoff" yaml:"retry_backoff" mapstructure:"retry_backoff" jsonschema:"enum=fixed,enum=linear,enum=exponential"`
	// RetryOnErrors are the classes of error that are retried; errors of other classes are final at once.
	RetryOnErrors []metadata.FaultClass `json:"retry_on_errors" yaml:"retry_on_errors" mapstructure:"retry_on_errors" jsonschema:"enum=connection_timeout,enum=connection_lost,enum=rate_limit,enum=query_timeout,enum=deadlock,enum=serialization,enum=unavailable"`
	// MaxRuntime stops a run after this time; it can be resumed. 0 or null means no limit.
	MaxRuntime time.Duration `json:"max_runtime" yaml:"max_runtime" mapstructure:"max_runtime"`
	// QueryTimeout bounds each query, on the server's side too where the engine can.
	QueryTimeout time.Duration `json:"query_timeout" yaml:"query_timeout" mapstructure:"query_timeout"`
	// MemoryLimit is a worker's soft limit, such as 8GB; it takes less work at once as it
	// nears it. 0 or null means none.
	MemoryLimit ByteSize `json:"memory_limit" yaml:"memory_limit" mapstructure:"memory_limit"`
	// CheckpointEnabled false commits a batch as a whole.
	CheckpointEnabled bool `json:"checkpoint_enabled" yaml:"checkpoint_enabled" mapstructure:"checkpoint_enabled"`
	// CheckpointInterval is after how many tables of a batch the work is committed.
	CheckpointInterval int `json:"checkpoint_interval" yaml:"checkpoint_interval" mapstructure:"checkpoint_interval" jsonschema:"minimum=1,maximum=10000"`
	// DryRunByDefault makes runs dry unless --apply is given.
	DryRunByDefault bool `json:"dry_run_by_default" yaml:"dry_run_by_default" mapstructure:"dry_run_by_default"`
	// AutoCommit false makes every change of a run wait for approval.
	AutoCommit bool `json:"auto_commit" yaml:"auto_commit" mapstructure:"auto_commit"`
	// InteractiveMode shows the plan and asks before it is applied.
	InteractiveMode bool `json:"interactive_mode" yaml:"interactive_mode" mapstructure:"interactive_mode"`
	// SkipValidation leaves out the rules of the validation section.
	SkipValidation bool `json:"skip_validation" yaml:"skip_validation" mapstructure:"skip_validation"`
	// CacheEnabled keeps the schemas that the coordinator read in Redis, so that workers need not read them again.
	CacheEnabled bool `json:"cache_enabled" yaml:"cache_enabled" mapstructure:"cache_enabled"`
	// CacheTTL is how long a cached schema is good for.
	CacheTTL time.Duration `json:"cache_ttl" yaml:"cache_ttl" mapstructure:"cache_ttl"`
	// OptimizeFor sets what the file leaves unset. speed: batch_size 200, parallel_workers 16, cache_enabled,
	// checkpoint_interval 200. reliability: batch_size 20, parallel_workers 2,
	// checkpoint_interval 10, max_retries 5.
	OptimizeFor string `json:"optimize_for" yaml:"optimize_for" mapstructure:"optimize_for" jsonschema:"enum=none,enum=speed,enum=reliability"`
	// CreateBackup keeps what a run overwrites, so that it can be rolled back.
	CreateBackup bool `json:"create_backup" yaml:"create_backup" mapstructure:"create_backup"`
	// MergeStrategy says whose text wins: people's, the rules', or both side by side.
	MergeStrategy string `json:"merge_strategy" yaml:"merge_strategy" mapstructure:"merge_strategy" jsonschema:"enum=manual_wins,enum=auto_overwrites,enum=merge_both"`
	// AuditLogging keeps every applied change in metadata_changes.
	AuditLogging bool `json:"audit_logging" yaml:"audit_logging" mapstructure:"audit_logging"`
	// DeltaDetection says how a changed table is told from an unchanged one. A method's name alone does too.
	DeltaDetection DeltaDetection `json:"delta_detection" yaml:"delta_detection" mapstructure:"delta_detection"`
	// MaxDroppedFraction is the share of a source's known tables, 0 to 1, that may be gone at once
	// before the run stops for approval.
	MaxDroppedFraction float64 `json:"max_dropped_fraction" yaml:"max_dropped_fraction" mapstructure:"max_dropped_fraction" jsonschema:"minimum=0,maximum=1"`
	// FullSweepEvery is after how many runs a complete comparison is done though a cheap proof says that nothing changed.
	FullSweepEvery int `json:"full_sweep_every" yaml:"full_sweep_every" mapstructure:"full_sweep_every" jsonschema:"minimum=1,maximum=100000"`
	// HistoryRetention is how long finished runs are kept. 0 means for ever.
	HistoryRetention time.Duration `json:"history_retention" yaml:"history_retention" mapstructure:"history_retention"`
	// Monitoring of runs beyond the scrape endpoint, which is always there.
	Monitoring Monitoring `json:"monitoring" yaml:"monitoring" mapstructure:"monitoring"`
}

// DeltaDetection says how a changed table is told from an unchanged one.
type DeltaDetection struct {
	// Method: checksum compares fingerprints of schemas, timestamp a time of change, version a version.
	Method metadata.DeltaMethod `json:"method" yaml:"method" mapstructure:"method" jsonschema:"enum=checksum,enum=timestamp,enum=version"`
	// Algorithm of the checksum.
	Algorithm string `json:"algorithm" yaml:"algorithm" mapstructure:"algorithm" jsonschema:"enum=md5,enum=sha256,enum=xxh3"`
	// IncludeFields are the parts of a schema that the checksum covers. schema stands for nullability, defaults, keys and kind.
	IncludeFields []string `json:"include_fields" yaml:"include_fields" mapstructure:"include_fields" jsonschema:"enum=schema,enum=column_names,enum=column_types,enum=comments,enum=indexes,enum=partitions"`
	// CompareField is the column, of the change query or of the table itself, that holds the time of change.
	CompareField string `json:"compare_field" yaml:"compare_field" mapstructure:"compare_field"`
	// LookbackWindow makes tables that changed within it before now count as changed.
	LookbackWindow time.Duration `json:"lookback_window" yaml:"lookback_window" mapstructure:"lookback_window"`
	// VersionField is the column of the change query, or the key in the table's comment, that holds the version.
	VersionField string `json:"version_field" yaml:"version_field" mapstructure:"version_field"`
	// VersionComparison says which difference of versions is a change.
	VersionComparison string `json:"version_comparison" yaml:"version_comparison" mapstructure:"version_comparison" jsonschema:"enum=greater_than,enum=not_equal"`
}

// Monitoring of runs beyond the scrape endpoint.
type Monitoring struct {
	// Enabled false pushes no metrics.
	Enabled bool `json:"enabled" yaml:"enabled" mapstructure:"enabled"`
	// MetricsEndpoint is the URL of a Prometheus Pushgateway. Empty means none.
	MetricsEndpoint metadata.Secret `json:"metrics_endpoint" yaml:"metrics_endpoint" mapstructure:"metrics_endpoint"`
	// PushInterval is the time between two pushes.
	PushInterval time.Duration `json:"push_interval" yaml:"push_interval" mapstructure:"push_interval"`
	// LogLevel is debug, info, warn or error, in either case. --log-level wins over it.
	LogLevel LogLevel `json:"log_level" yaml:"log_level" mapstructure:"log_level"`
}

// RunSettings gives the settings that a run started now would have.
// dry_run_by_default and write_enabled decide over DryRun.
func (c *Config) RunSettings() metadata.RunSettings {
	s := &c.Sync
	out := metadata.RunSettings{
		Mode: s.Mode, DryRun: s.DryRunByDefault || !c.SemanticDatabase.WriteEnabled,
		BatchSize: s.BatchSize, Workers: s.ParallelWorkers, ParallelMode: s.ParallelMode,
		CheckpointInterval: s.CheckpointInterval, MaxRetries: s.MaxRetries, RetryDelay: s.RetryDelay,
		RetryBackoff: s.RetryBackoff, RetryOn: append([]metadata.FaultClass(nil), s.RetryOnErrors...),
		MaxRuntime: s.MaxRuntime, QueryTimeout: s.QueryTimeout, MaxDroppedFraction: s.MaxDroppedFraction,
		HoldAll: !s.AutoCommit, NoLog: !s.CreateBackup && !s.AuditLogging,
		Validate: !s.SkipValidation && c.Validation.asks(), Delta: s.DeltaDetection.settings(),
	}
	if !s.RetryOnFailure {
		out.MaxRetries = 0
	}
	if !s.CheckpointEnabled {
		out.CheckpointInterval = 0
	}
	return out
}

// settings gives only what the method uses, so that a setting without effect
// does not make every table changed.
func (d *DeltaDetection) settings() metadata.DeltaSettings {
	out := metadata.DeltaSettings{Method: d.Method}
	switch d.Method {
	case metadata.DeltaChecksum:
		out.Algorithm, out.IncludeFields = d.Algorithm, append([]string(nil), d.IncludeFields...)
	case metadata.DeltaTimestamp:
		out.CompareField, out.LookbackWindow = d.CompareField, d.LookbackWindow
	case metadata.DeltaVersion:
		out.VersionField, out.VersionComparison = d.VersionField, d.VersionComparison
	}
	return out
}
