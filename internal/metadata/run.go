package metadata

import (
	"time"

	"github.com/google/uuid"
)

// RunID identifies a run; it is a UUIDv7, so that ids sort by creation.
type RunID = uuid.UUID

// Mode says which tables of the scope a run processes.
type Mode string

// The modes.
const (
	ModeFull        Mode = "full"        // every table in scope
	ModeDelta       Mode = "delta"       // new and changed tables; dropped ones are marked removed
	ModeIncremental Mode = "incremental" // only tables never synced before
)

// RunStatus is where a run stands.
type RunStatus string

// The statuses of a run. All after AwaitingApproval are final.
const (
	StatusPlanning            RunStatus = "planning"
	StatusRunning             RunStatus = "running"
	StatusAwaitingApproval    RunStatus = "awaiting_approval"
	StatusCompleted           RunStatus = "completed"
	StatusCompletedWithErrors RunStatus = "completed_with_errors"
	StatusFailed              RunStatus = "failed"
	StatusCancelled           RunStatus = "cancelled"
	StatusTimedOut            RunStatus = "timed_out"
	StatusDryRun              RunStatus = "dry_run"
)

// Final reports whether a run in this status has ended.
func (s RunStatus) Final() bool {
	switch s {
	case StatusPlanning, StatusRunning, StatusAwaitingApproval:
		return false
	case StatusCompleted, StatusCompletedWithErrors, StatusFailed, StatusCancelled, StatusTimedOut, StatusDryRun:
		return true
	default:
		return false
	}
}

// Reason says why a table is in a plan.
type Reason string

// The reasons.
const (
	ReasonNew     Reason = "new"
	ReasonChanged Reason = "changed"
	ReasonForced  Reason = "forced"  // a full run processes it though nothing changed
	ReasonDropped Reason = "dropped" // gone from its source: its rows are marked removed
	ReasonRenamed Reason = "renamed" // known by its stable id under another name
)

// LedgerState is where one table of one run stands.
type LedgerState string

// The states of a ledger row. Done, failed and skipped absorb.
const (
	LedgerPending LedgerState = "pending"
	LedgerLeased  LedgerState = "leased"
	LedgerDone    LedgerState = "done"
	LedgerFailed  LedgerState = "failed"
	LedgerSkipped LedgerState = "skipped"
)

// ParallelMode says what a worker does side by side.
type ParallelMode string

// The parallel modes of SPEC 4.3.
const (
	ParallelTable    ParallelMode = "table"
	ParallelDatabase ParallelMode = "database"
	ParallelField    ParallelMode = "field"
)

// Backoff is the shape of the delay between attempts.
type Backoff string

// The backoffs.
const (
	BackoffFixed       Backoff = "fixed"
	BackoffLinear      Backoff = "linear"
	BackoffExponential Backoff = "exponential"
)

// DeltaMethod is how a changed table is told from an unchanged one.
type DeltaMethod string

// The delta methods.
const (
	DeltaChecksum  DeltaMethod = "checksum"
	DeltaTimestamp DeltaMethod = "timestamp"
	DeltaVersion   DeltaMethod = "version"
)

// DeltaSettings configures delta detection (SPEC 5).
type DeltaSettings struct {
	Method DeltaMethod `json:"method"`
	// Algorithm of the checksum: md5, sha256 or xxh3.
	Algorithm string `json:"algorithm,omitempty"`
	// IncludeFields of the checksum: schema, column_names, column_types, comments, indexes, partitions.
	IncludeFields  []string      `json:"include_fields,omitempty"`
	CompareField   string        `json:"compare_field,omitempty"`
	LookbackWindow time.Duration `json:"lookback_window,omitempty"`
	VersionField   string        `json:"version_field,omitempty"`
	// VersionComparison is greater_than or not_equal.
	VersionComparison string `json:"version_comparison,omitempty"`
	// Rules names the rules by which meaning is worked out, so that other rules make every table changed once.
	Rules string `json:"rules,omitempty"`
}

// RunSettings are the settings a run was started with. They are kept in the
// run's row so that every process works on it by the same ones.
type RunSettings struct {
	Mode         Mode         `json:"mode"`
	DryRun       bool         `json:"dry_run,omitempty"`
	TestTables   []string     `json:"test_tables,omitempty"` // limits the run to these names or globs
	BatchSize    int          `json:"batch_size"`            // tables, at least 1
	Workers      int          `json:"parallel_workers"`      // tables of a batch at once, at least 1
	ParallelMode ParallelMode `json:"parallel_mode"`
	// CheckpointInterval is how many tables are committed at once; 0 means the whole batch.
	CheckpointInterval int           `json:"checkpoint_interval"`
	MaxRetries         int           `json:"max_retries"` // attempts after the first; 0 when retrying is off
	RetryDelay         time.Duration `json:"retry_delay"`
	RetryBackoff       Backoff       `json:"retry_backoff"`
	RetryOn            []FaultClass  `json:"retry_on_errors,omitempty"` // empty means every transient class
	MaxRuntime         time.Duration `json:"max_runtime,omitempty"`     // 0 means none
	QueryTimeout       time.Duration `json:"query_timeout"`
	MaxDroppedFraction float64       `json:"max_dropped_fraction"`   // 0 to 1
	AcceptDrops        bool          `json:"accept_drops,omitempty"` // a person agreed to drops beyond the fraction
	HoldAll            bool          `json:"hold_all,omitempty"`     // every change waits for a person
	Profile            bool          `json:"profile,omitempty"`      // every process says where its time went
	NoLog              bool          `json:"no_log,omitempty"`       // applied changes are not kept, so that nothing can be put back
	// Validate makes the run look for findings (SPEC 4.7) before it ends.
	Validate bool          `json:"validate,omitempty"`
	Delta    DeltaSettings `json:"delta_detection"`
}

// RunCounts is a run's account.
type RunCounts struct {
	Discovered int // tables seen in the sources within the scope
	Unchanged  int // discovered, compared and equal
	Filtered   int // discovered, but left out by the mode or --test-table
	Total      int // planned: New + Changed + Forced + Renamed + Dropped
	New        int
	Changed    int
	Forced     int
	Renamed    int
	Dropped    int
	Done       int
	Failed     int
	Skipped    int
	Fields     int64
	Applied    int64 // changes written
	Pending    int64 // changes waiting for approval
	Retries    int64
}

// Run is one execution of a sync.
type Run struct {
	ID          RunID
	Seq         int64  // order of creation in this layer; a lower one never overwrites a higher one's work
	Trigger     string // manual, schedule, retry
	InitiatedBy string
	Status      RunStatus
	Settings    RunSettings
	Counts      RunCounts
	Error       string // why it failed or what it waits for
	StartedAt   time.Time
	CompletedAt time.Time // zero while it runs
	Duration    time.Duration
	// CancelRequested is set between a person's wish to stop and the end of the tables in hand.
	CancelRequested bool
	// PlanHeld is set while the plan waits for a person, because it would remove too much.
	PlanHeld bool
	Resumes  int // how often it was taken up again after it had ended
	// Validated is set when the run has looked for findings; Findings are how many rules were broken then.
	Validated bool
	Findings  FindingCounts
}

// Waits reports whether nothing will become of the run until a person decides.
func (r *Run) Waits() bool {
	return r.Status == StatusAwaitingApproval && !r.CancelRequested
}

// PlannedTable is one row of a plan on its way into the ledger.
type PlannedTable struct {
	Table    TableID
	ObjectID string
	Reason   Reason
	Batch    int // from 0
	// LastModified and Version are what detection saw; they become the table's
	// state when it is done, so that a later change is later than them.
	LastModified time.Time
	Version      string
	// Shape of a new table without an ObjectID, by which it may be known as one that is gone; "" for any other.
	Shape string
}

// BatchRef names one dispatch of one batch. It is the whole payload of a task.
type BatchRef struct {
	Run        RunID `json:"run"`
	Batch      int   `json:"batch"`
	Generation int   `json:"generation"`
}
