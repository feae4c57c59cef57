// Package layer is the contract of the semantic layer's store: the metadata
// that people read, and beside it, in the same database, everything that
// decides: runs, plans, the ledger with its claims and fences, leases and
// the outbox. Its children postgres and sqlite keep the contract, and both run
// the suite in layertest.
//
// # Who may write
//
// A coordinator writes only while it holds the lease of the epoch it was
// elected in: each of its transactions begins by locking the lease row in that
// epoch, and ends with [ErrDeposed] when another one has been elected.
// A worker writes effects only for ledger rows that are leased to it in the
// attempt it claimed them in; rows that are not come back as lost, and nothing of
// theirs is written. A run never overwrites the work of a later run.
// All times are the database's own.
package layer

import (
	"context"
	"errors"
	"time"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/profile"
)

// Facts that callers act upon.
var (
	// ErrDeposed says that another coordinator leads now; nothing was written.
	ErrDeposed = errors.New("another coordinator leads now")
	// ErrNotFound says that there is no such run.
	ErrNotFound = errors.New("no such run")
	// ErrWrongState says that the run is not in a state for what was asked.
	ErrWrongState = errors.New("the run's state does not allow this")
	// ErrNotMigrated says that the layer's tables are missing or older than this program.
	ErrNotMigrated = errors.New("the semantic layer is not set up for this version yet")
)

// Lease is a coordinator's leadership.
type Lease struct {
	Holder string // a UUID per process start
	Epoch  int64  // grows with each election
}

// Leader is what the lease row shows.
type Leader struct {
	Lease
	Live bool // it has not expired
}

// NewRun is a run to be made.
type NewRun struct {
	ID              metadata.RunID
	Trigger         string
	InitiatedBy     string
	Settings        metadata.RunSettings
	ConfigVersionID string
}

// SourcePlan is what planning found out about one source.
type SourcePlan struct {
	Source string
	// Swept is false when the change token alone told that nothing changed.
	Swept    bool
	Complete bool   // absences may be believed
	Why      string // why not
	// Failed is true when the source could not be read to its end, for the reason in Why.
	Failed     bool
	Privileges string
	Token      string
	Discovered int
	Unchanged  int
	Filtered   int
	Missing    int // known tables that were not seen in an incomplete or unproven read
	Known      int // known tables in scope
}

// SourceState is what is remembered of a source between runs.
type SourceState struct {
	Privileges string    // of the last complete read
	Token      string    // of the last run that left nothing undone
	SinceSweep int       // runs since the last full sweep
	LastRun    time.Time // when the last run that completed over it ended; zero when none has
}

// Batch is a batch that wants to be dispatched.
type Batch struct {
	Number     int
	Generation int  // of its last dispatch; 0 when never dispatched
	Overdue    bool // dispatched before, and nothing was heard since
}

// Worker is one worker process's row.
type Worker struct {
	ID          string // a UUID per process start
	Host        string
	PID         int
	Version     string
	Concurrency int
}

// Claimed is one table leased to the caller.
type Claimed struct {
	metadata.PlannedTable
	Attempt     int
	FailCount   int
	RenamedFrom *metadata.TableID // for ReasonRenamed: the name it is known by
	MaybeFrom   *metadata.TableID // for ReasonNew: a table that is gone and was made of the same
	// Gone is set by the committer for a table that will be skipped since it is not there any more.
	Gone bool
}

// Claim is what a worker got of a batch.
type Claim struct {
	Run    metadata.Run
	Tables []Claimed // empty: somebody else has them, or they are done
	// Suspects is true when nothing else is free, and there are tables left which saw a worker die: see ClaimAlone.
	Suspects bool
	// Failed counts the batch's tables that failed for good; it is set when Tables is empty.
	Failed int
}

// Current is what the layer holds of a table when it is committed.
type Current struct {
	Table  *metadata.TableRecord // nil when the layer does not know the table
	Fields []metadata.FieldRecord
	// Former is what there is under the names that proposed renamings say the table had, by those names. Revise gives it.
	Former map[string]merge.Former
}

// Effect is what a commit does to one table.
type Effect struct {
	Claimed Claimed
	// Table is written when TableDirty; its key is always Claimed.Table.
	Table      metadata.TableRecord
	TableDirty bool
	Insert     []metadata.FieldRecord
	Update     []FieldUpdate
	Changes    []metadata.Change
	// Relationships are those that the table's own keys declare. They replace what was found of the table before: nil
	// leaves that alone, an empty list takes it back. Those of a table that is gone go by themselves.
	Relationships []metadata.Relationship
	// Verified are fields of which people say that they looked at them last.
	Verified []Verified
	State    *metadata.TableState // nil deletes the state: the table is gone
	Fields   int                  // live fields, for the account
	Duration time.Duration        // time spent on the table
	// Skip, when not empty, writes nothing and settles the row as skipped with this reason.
	Skip string
}

// Verified says who looked at a field last, and when; "" and zero leave what the layer has.
type Verified struct {
	Field, By string
	At        time.Time
}

// FieldUpdate is a changed field row; OldName is its key, which differs from Record.Name when it was renamed.
type FieldUpdate struct {
	OldName string
	Record  metadata.FieldRecord
}

// Committed says what became of a commit.
type Committed struct {
	Done       int // tables whose effects were written
	Skipped    int // tables settled without effects
	Lost       int // tables that were not the caller's any more: nothing of theirs was written
	Fields     int64
	Changes    int64
	Checkpoint int64 // sequence of the checkpoint within the batch
}

// Outcome settles one claimed table without effects.
type Outcome struct {
	Claimed Claimed
	Final   bool // no further try, whatever is left of them
	Class   metadata.FaultClass
	Error   string
}

// Settled says what became of outcomes.
type Settled struct {
	Retry, Failed, Lost int
	// MaxFailCount is the highest count of failures among tables that will be tried again.
	MaxFailCount int
}

// RunTable is one row of a run's ledger, for people.
type RunTable struct {
	Table      metadata.TableID
	Reason     metadata.Reason
	State      metadata.LedgerState
	Batch      int
	Attempt    int
	FailCount  int
	CrashCount int
	Class      metadata.FaultClass
	Error      string
	Fields     int
	Changes    int
	Duration   time.Duration
}

// Layer is the whole contract. It is safe for concurrent use. A method that
// meets a lost connection, a deadlock or a serialization failure tries again by
// itself for a short while when that is safe, and returns a transient
// *metadata.Fault after that.
type Layer interface {
	Setup
	Leadership
	Runs
	Planning
	Dispatch
	Work
	Reports
	Decisions
	Validation
	Definitions
	Outbox
}

// Setup makes the layer ready.
type Setup interface {
	// Migrate creates and upgrades all tables. Two processes may call it at once.
	Migrate(ctx context.Context) error
	// CheckMigrated gives ErrNotMigrated until Migrate was done by somebody.
	CheckMigrated(ctx context.Context) error
	Ping(ctx context.Context) error
	Close() error
}

// Leadership elects one coordinator.
type Leadership interface {
	// Campaign takes the lease when it is free or expired; ok is false when another one holds it.
	Campaign(ctx context.Context, holder string, ttl time.Duration) (lease Lease, ok bool, err error)
	// Renew prolongs the lease, or gives ErrDeposed.
	Renew(ctx context.Context, l Lease, ttl time.Duration) error
	// Resign frees the lease at once. It is no error to have lost it.
	Resign(ctx context.Context, l Lease) error
	// OutliveOthers ends the leases of the leader, of all workers and of all deliveries at once. Only who knows that
	// every other process on this layer is dead may call it, such as the holder of a data folder's lock.
	OutliveOthers(ctx context.Context) error
	// Leader tells who leads.
	Leader(ctx context.Context) (Leader, error)
}

// Runs makes, lists and stops runs.
type Runs interface {
	// CreateRun adds a run that waits to be planned. Making the same id twice makes it once.
	CreateRun(ctx context.Context, r NewRun) error
	// Fire makes a run for a fire time of a schedule, once per time however many call; made tells whether this call did.
	// A nil run records the time as passed without a run.
	Fire(ctx context.Context, l Lease, schedule string, at time.Time, r *NewRun) (made bool, err error)
	// LastFire is the latest fire time recorded for the schedule; zero when none.
	LastFire(ctx context.Context, schedule string) (time.Time, error)
	// Run gives a run with its counts as the ledger has them now.
	Run(ctx context.Context, id metadata.RunID) (metadata.Run, error)
	// ListRuns gives the latest runs, newest first.
	ListRuns(ctx context.Context, limit int) ([]metadata.Run, error)
	// ActiveRuns gives the runs that have not ended, oldest first.
	ActiveRuns(ctx context.Context) ([]metadata.Run, error)
	// RequestCancel asks the run to stop after the tables in hand: what nobody has begun is skipped at once.
	RequestCancel(ctx context.Context, id metadata.RunID, by string) error
	// Reopen makes an ended run active again with what is left of it: skipped tables, and failed
	// ones too when failed is true. It gives how many tables are to be done again.
	// ErrWrongState when it has not ended or has nothing left.
	Reopen(ctx context.Context, id metadata.RunID, failed, acceptDrops bool) (int, error)
	// Dead lists tables that failed for good, of one run or (nil) of all, that nobody dropped from the list.
	Dead(ctx context.Context, id *metadata.RunID, limit int) ([]DeadTable, error)
	// DropDead takes failed tables off the list of the dead; it gives how many.
	DropDead(ctx context.Context, id metadata.RunID) (int, error)
	// SaveConfigVersion records a redacted configuration under its hash, once.
	SaveConfigVersion(ctx context.Context, id, hash string, content []byte) error
}

// DeadTable is a table that ran out of tries.
type DeadTable struct {
	Run metadata.RunID
	RunTable
}

// Planning writes a plan. All methods are fenced by the lease.
type Planning interface {
	// States streams the recorded states of a source in byte order of database and name.
	States(ctx context.Context, source string, yield func(metadata.TableState) error) error
	SourceState(ctx context.Context, source string) (SourceState, error)
	// BeginPlan removes what an earlier attempt at planning left behind.
	BeginPlan(ctx context.Context, l Lease, run metadata.RunID) error
	// AppendPlan adds rows; nobody can claim them before CompletePlan.
	AppendPlan(ctx context.Context, l Lease, run metadata.RunID, rows []metadata.PlannedTable) error
	// CompletePlan makes the plan visible in one transaction: it pairs tables that
	// went and came under the same stable id into renames, counts, makes the batches and
	// sets the run running; or awaiting approval when hold, which gets the number of
	// tables that would be marked removed by source, says why. hold may be nil.
	CompletePlan(ctx context.Context, l Lease, run metadata.RunID, sources []SourcePlan, hold func(drops map[string]int) string) (metadata.RunCounts, error)
	// FailPlan ends a run that cannot be planned.
	FailPlan(ctx context.Context, l Lease, run metadata.RunID, reason string) error
}

// Dispatch is the coordinator's side of the ledger. Methods with a lease are fenced by it.
type Dispatch interface {
	// Reap sets free what dead workers had, and quarantines tables that killed theirs while worked on alone.
	// It gives how many rows it touched.
	Reap(ctx context.Context, l Lease) (int, error)
	// DueBatches gives batches with tables to do that nobody works on and whose time has come.
	DueBatches(ctx context.Context, run metadata.RunID, limit int) ([]Batch, error)
	// MarkDispatched raises the generation of the batches and gives what to enqueue; it must be
	// called before enqueueing, so that a crash in between leaves a batch that becomes due again.
	MarkDispatched(ctx context.Context, l Lease, run metadata.RunID, batches []int, again time.Duration) ([]metadata.BatchRef, error)
	// Postpone moves the time when the batches become due, for those that the queue still has.
	Postpone(ctx context.Context, l Lease, run metadata.RunID, batches []int, again time.Duration) error
	// RedispatchAll makes every batch that has anything left due at once: the queue was lost.
	RedispatchAll(ctx context.Context, l Lease) (int, error)
	// QueueMark and SetQueueMark keep the mark that the queue must show too.
	QueueMark(ctx context.Context) (string, error)
	SetQueueMark(ctx context.Context, l Lease, mark string) error
	// Prune removes some of the runs that ended longer ago than age, with their ledger, changes and notices; it gives how many.
	// The latest run stays, and so do runs with changes that wait for a person.
	Prune(ctx context.Context, l Lease, age time.Duration) (int, error)
	// Advance refreshes the run's row from the ledger, stops it when its time is over or its
	// cancellation's grace has passed, and ends it when nothing is left. final is true for the one call that ended it.
	// A run that has all its tables done and is to be validated does not end before EndValidation; see NeedsValidation.
	Advance(ctx context.Context, l Lease, run metadata.RunID, grace time.Duration) (r metadata.Run, final bool, err error)
}

// Work is a worker's side of the ledger.
type Work interface {
	// Heartbeat keeps the worker's leases alive for ttl and gives which of the given runs it must stop working on.
	Heartbeat(ctx context.Context, w Worker, ttl time.Duration, runs []metadata.RunID) (stop []metadata.RunID, err error)
	// LiveWorkers counts workers whose heartbeat has not expired.
	LiveWorkers(ctx context.Context) (int, error)
	// Claim leases what is free of a batch, but for tables that saw a worker die.
	Claim(ctx context.Context, worker string, ref metadata.BatchRef) (Claim, error)
	// ClaimAlone leases one table that saw a worker die. The caller works on nothing else until it is settled, so
	// that a further death is this table's.
	ClaimAlone(ctx context.Context, worker string, ref metadata.BatchRef) (Claim, error)
	// Commit writes the effects of a checkpoint in one transaction. think gets what the layer holds of each
	// table, in the order of claimed, and gives the effects; it may be called again when the
	// transaction has to be tried again.
	Commit(ctx context.Context, worker string, run metadata.Run, claimed []Claimed, think func([]Current) ([]Effect, error)) (Committed, error)
	// Settle records failures in one transaction: tables with tries left become free again after
	// delay(highest fail count), others fail for good.
	Settle(ctx context.Context, worker string, run metadata.Run, batch int, outcomes []Outcome, delay func(failCount int) time.Duration) (Settled, error)
	// Release gives back all that the worker holds of the batch, or of all batches when batch is nil.
	Release(ctx context.Context, worker string, run *metadata.RunID, batch *int) (int, error)
	// NextBatch gives a due batch straight from the ledger, for when the queue is away; ok is false when there is none.
	NextBatch(ctx context.Context) (ref metadata.BatchRef, ok bool, err error)
	// SaveProfile keeps what a process did in a run, in place of what it said before.
	SaveProfile(ctx context.Context, run metadata.RunID, process string, lines []profile.Line) error
	// Gone removes the worker's row at the end of its life.
	Gone(ctx context.Context, worker string) error
}

// Reports reads for people.
type Reports interface {
	// RunTables streams ledger rows of a run in the given states (all when none) in order of name.
	RunTables(ctx context.Context, run metadata.RunID, states []metadata.LedgerState, yield func(RunTable) error) error
	// Changes streams the change log of a run.
	Changes(ctx context.Context, run metadata.RunID, yield func(metadata.Change) error) error
	// Fields streams live field rows in order of name.
	Fields(ctx context.Context, yield func(metadata.FieldRecord) error) error
	// Profiles gives what each process did in a profiled run.
	Profiles(ctx context.Context, run metadata.RunID) (map[string][]profile.Line, error)
	// Digest is a hash over everything people read in the layer, without times and run ids, so that two layers can be compared.
	Digest(ctx context.Context) (string, error)
}

// Validation keeps validation_errors true, and lets findings decide over a run. The leader does, for each run
// with RunSettings.Validate that has all its tables done and would end as completed or completed_with_errors:
//
//	Advance (does not end it) -> Validate, page by page -> EndValidation -> Advance (ends it)
//
// A crash anywhere leaves a run that Advance does not end, so that whoever leads next begins the pass again. That
// is no harm: a page writes only what differs from what the table has, each page is a transaction of
// its own, and findings are told apart by their key, of which at most one is open. EndValidation and the last
// Advance are one statement and one transaction. A run that is taken up again is validated again.
type Validation interface {
	// SQLNames tells how people write statements for this layer.
	SQLNames() SQLNames
	// Validate gives check every live table with its live fields, in order of name and ordinal, and makes the open findings
	// of validation_errors what check gives: one that still holds keeps its row, one that does not is resolved, others are added
	// under the run. Rows that people added themselves are left alone. It reads and writes in pages, each in a
	// transaction fenced by the lease; check may be called again for a page that has to be tried again.
	Validate(ctx context.Context, l Lease, run metadata.RunID, check Check) (metadata.FindingCounts, error)
	// EndValidation records how the pass over the layer came out, unless the run has ended or was taken up again meanwhile. Fenced by the lease.
	EndValidation(ctx context.Context, l Lease, run metadata.Run, v Validated) error
	// Preview gives check the live tables as Validate does, with the changes that a dry run planned for each, and the tables that are
	// only planned, as nil; it writes nothing. It yields the findings that have no open row yet, and counts those that would be resolved.
	Preview(ctx context.Context, run metadata.RunID, check PlannedCheck, yield func(metadata.Finding) error) (resolved int, err error)
	// Findings streams open findings in order of table, field and type; severity "" means any.
	Findings(ctx context.Context, severity metadata.Severity, yield func(OpenFinding) error) error
}

// Check gives the findings of one table. It is called in the middle of a transaction, which its error rolls back; it must not panic.
type Check func(t *metadata.TableRecord, fields []metadata.FieldRecord) ([]metadata.Finding, error)

// PlannedCheck gives the findings of one table as it would be after the changes. t is nil for a table that the layer does not have.
type PlannedCheck func(t *metadata.TableRecord, fields []metadata.FieldRecord, changes []metadata.Change) ([]metadata.Finding, error)

// SQLNames are what a statement for the layer needs.
type SQLNames struct {
	Engine string // postgres or sqlite3
	Tables string // the quoted, qualified name of table_metadata
	Fields string // of field_metadata
}

// Validated is how a pass came out.
type Validated struct {
	Findings metadata.FindingCounts
	// Status that the run gets instead of completed, "" when the findings do not matter to it.
	Status metadata.RunStatus
	Reason string // for Status
}

// OpenFinding is a row of validation_errors.
type OpenFinding struct {
	ID  int64
	Run metadata.RunID // that found it first; zero when a person added it
	metadata.Finding
	CreatedAt time.Time
}

// Worked tells whether all tables of a run are settled.
func Worked(r metadata.Run) bool {
	c := r.Counts
	return c.Total == c.Done+c.Failed+c.Skipped
}

// NeedsValidation tells whether a run that Advance left open waits for Validate and EndValidation.
func NeedsValidation(r metadata.Run) bool {
	return r.Settings.Validate && !r.Settings.DryRun && !r.Validated && r.Status == metadata.StatusRunning && Worked(r)
}
