package config

import (
	"slices"
	"time"
	_ "time/tzdata" // images without a zone database still know every zone

	"github.com/semsync/semsync/internal/metadata"
)

// backoffCap is the longest wait between two attempts.
const backoffCap = time.Hour

func (k *checker) sync() {
	s := &k.Sync
	if _, err := time.LoadLocation(s.Timezone); err != nil || s.Timezone == "" || s.Timezone == "Local" {
		k.problem("sync.timezone", "write an IANA name such as Europe/Berlin or UTC", "is not a time zone")
	}
	if s.QueryTimeout == 0 {
		k.problem("sync.query_timeout", "write a duration such as 10m", "must not be 0")
	}
	if s.Monitoring.MetricsEndpoint != "" {
		k.webURL("sync.monitoring.metrics_endpoint", s.Monitoring.MetricsEndpoint)
		if s.Monitoring.PushInterval < time.Second {
			k.problem("sync.monitoring.push_interval", "write a duration such as 15s", "must be at least 1s")
		}
	}
	if s.CacheEnabled && s.CacheTTL == 0 {
		k.problem("sync.cache_ttl", "write a duration such as 1h", "must not be 0 while the cache is on")
	}
	if s.MemoryLimit > 0 && s.MemoryLimit < 64<<20 {
		k.warn("sync.memory_limit", "write a size such as 1GB", "a worker needs about 64MiB for itself")
	}
	k.retries()
	k.batches()
	k.committing()
}

func (k *checker) retries() {
	s := &k.Sync
	if !s.RetryOnFailure {
		for _, key := range []string{"sync.max_retries", "sync.retry_delay", "sync.retry_backoff", "sync.retry_on_errors"} {
			if kind := k.Origin(key).Kind; kind != OriginDefault && kind != OriginPreset {
				k.warn(key, "set retry_on_failure to true", "has no effect because retry_on_failure is false")
			}
		}
		return
	}
	if s.MaxRetries > 0 && s.RetryDelay == 0 {
		k.warn("sync.retry_delay", "write a duration such as 30s", "failed tables are tried again at once")
	}
	if s.RetryDelay > backoffCap {
		k.warn("sync.retry_delay", "write 1h or less", "waits are never longer than 1h")
	}
	if len(s.RetryOnErrors) == 0 {
		k.warn("sync.retry_on_errors", "remove it to retry all transient errors", "is an empty list, which means all transient errors")
	}
	if s.MaxRuntime > 0 && s.MaxRetries > 0 && s.RetryDelay >= s.MaxRuntime {
		k.warn("sync.retry_delay", "shorten it", "is not shorter than max_runtime, so that nothing is ever tried again")
	}
}

func (k *checker) batches() {
	s := &k.Sync
	if s.CheckpointEnabled && s.CheckpointInterval > s.BatchSize && k.set("sync.checkpoint_interval") {
		k.warn("sync.checkpoint_interval", "write batch_size or less",
			"is larger than batch_size, so that a batch is committed as a whole")
	}
	if !s.CheckpointEnabled && k.Origin("sync.checkpoint_interval").Kind == OriginFile {
		k.warn("sync.checkpoint_interval", "set checkpoint_enabled to true", "has no effect because checkpoint_enabled is false")
	}
	if s.ParallelWorkers > s.BatchSize {
		k.warn("sync.parallel_workers", "write batch_size or less", "is larger than batch_size, so that some have nothing to do")
	}
	if s.MaxRuntime > 0 && s.MaxRuntime < s.QueryTimeout {
		k.warn("sync.max_runtime", "shorten query_timeout", "is shorter than query_timeout")
	}
	if s.Schedule.Interval > 0 && s.MaxRuntime > s.Schedule.Interval {
		k.warn("sync.max_runtime", "shorten it, or the interval will be missed", "is longer than the schedule's interval")
	}
	if s.Schedule.Interval > 0 && k.set("sync.timezone") {
		k.warn("sync.timezone", "remove it", "has no effect on an interval")
	}
}

func (k *checker) committing() {
	s := &k.Sync
	if s.InteractiveMode && !s.Schedule.Manual() {
		k.warn("sync.interactive_mode", "remove the schedule", "a scheduled run has nobody to ask and is never applied")
	}
	if s.DryRunByDefault && !s.Schedule.Manual() {
		k.warn("sync.dry_run_by_default", "set it to false", "every scheduled run is a dry one")
	}
	if s.Mode == metadata.ModeFull && s.Schedule.Interval > 0 && s.Schedule.Interval < time.Hour {
		k.warn("sync.mode", "set it to delta", "a full sync reads every table each time")
	}
	if !k.SemanticDatabase.WriteEnabled && !s.DryRunByDefault {
		k.warn("semantic_database.write_enabled", "set it to true", "every run is a dry one")
	}
	if s.MaxDroppedFraction == 1 {
		k.warn("sync.max_dropped_fraction", "write 0.25", "a source that shows no tables at all makes every table removed")
	}
}

func (k *checker) delta() {
	d, key := &k.Sync.DeltaDetection, "sync.delta_detection"
	uses := map[metadata.DeltaMethod][]string{
		metadata.DeltaChecksum:  {"algorithm", "include_fields"},
		metadata.DeltaTimestamp: {"compare_field", "lookback_window"},
		metadata.DeltaVersion:   {"version_field", "version_comparison"},
	}
	for method, names := range uses {
		for _, name := range names {
			if method != d.Method && k.set(join(key, name)) {
				k.warn(join(key, name), "set method to "+string(method), "has no effect with the method %s", d.Method)
			}
		}
	}
	if d.Method == metadata.DeltaChecksum && len(d.IncludeFields) == 0 {
		k.problem(key+".include_fields", "remove it, or name what to compare", "is empty, so that no table would ever change")
	}
	if d.Method == metadata.DeltaTimestamp && d.CompareField == "" {
		k.problem(key+".compare_field", "write the column's name", "is empty")
	}
	if d.Method == metadata.DeltaVersion && d.VersionField == "" {
		k.problem(key+".version_field", "write the field's name", "is empty")
	}
	if duplicate := firstDuplicate(d.IncludeFields); duplicate >= 0 {
		k.warn(at(key+".include_fields", duplicate), "remove it", "is there twice")
	}
}

// firstDuplicate gives the place of the first entry that is there before, or -1.
func firstDuplicate(list []string) int {
	for i, s := range list {
		if slices.Contains(list[:i], s) {
			return i
		}
	}
	return -1
}
