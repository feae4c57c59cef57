package simulation

import (
	"slices"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Ledger is the layer's database. Each method is one transaction of the real layer, at the time Now.
type Ledger struct {
	Now  time.Duration // the database's clock, since the beginning
	lead struct {
		layer.Lease
		expires time.Duration
		there   bool
	}
	workers   map[string]time.Duration // when their leases expire
	runs      []*Run                   // by run_seq
	states    map[int]State
	content   map[int]Content
	source    sourceState
	fires     map[time.Duration]bool
	outbox    []*Happening
	mark      string
	unguarded Fence  // guards that are taken out
	watch     *watch // nil watches nothing
}

// Run is a row of sync_runs with its plan.
type Run struct {
	ID       int
	Seq      int
	Status   metadata.RunStatus
	Settings Settings
	Counts   metadata.RunCounts // those that the model keeps
	Cancel   bool               // a person wants it to stop
	Resumes  int
	Rows     []*Row // by table
	Batches  map[int]*Batch

	cancelled    time.Duration // when that was
	deadline     time.Duration // 0 is none
	planComplete bool
	plan         SourcePlan
	planned      bool // plan is there
	started      time.Duration
	ended        time.Duration
	planBegan    time.Duration // for the watch
}

// Settings are those of a run's settings that the protocol looks at.
type Settings struct {
	Full       bool // every table, not only those that changed
	BatchSize  int
	Checkpoint int // tables committed at once; 0 is all
	MaxRetries int
	MaxRuntime time.Duration // 0 is none
}

// Row is a row of sync_run_tables.
type Row struct {
	Table       int
	Reason      metadata.Reason
	State       metadata.LedgerState
	Class       metadata.FaultClass
	Batch       int
	Attempt     int
	Owner       string
	Solo        bool
	Crashes     int
	SoloCrashes int
	Fails       int

	holder    int // whose claim it is in, for the watch; 0 is nobody's
	alone     bool
	deaths    int // of workers that had nothing but this table
	claimedAt time.Duration
}

// Batch is a row of sync_run_batches.
type Batch struct {
	Generation int
	Dispatched bool
	Due        time.Duration
}

// State is a row of table_state.
type State struct {
	Version int // of the content, which is its fingerprint
	Seq     int
}

// Content is a row of table_metadata.
type Content struct {
	Version int
	Removed bool
	Seq     int // of the run that wrote it last
}

// SourcePlan is what planning found out about the source.
type SourcePlan struct {
	Swept, Complete                                 bool
	Privileges, Token                               string
	Discovered, Unchanged, Filtered, Missing, Known int
}

type sourceState struct {
	there             bool
	privileges, token string
	sinceSweep, seq   int
}

// NewLedger makes an empty one without the given guards.
func NewLedger(unguarded Fence) *Ledger {
	return &Ledger{
		workers: map[string]time.Duration{}, states: map[int]State{}, content: map[int]Content{}, fires: make(map[time.Duration]bool), unguarded: unguarded,
	}
}

func (l *Ledger) guarded(f Fence) bool { return l.unguarded&f == 0 }

// fence is the first statement of each of a coordinator's transactions.
func (l *Ledger) fence(lease layer.Lease, f Fence) error {
	if l.lead.there && l.lead.Lease == lease {
		return nil
	}
	if l.guarded(f) {
		return layer.ErrDeposed
	}
	l.watch.deposedWrote(lease, f)
	return nil
}

// run gives a run, nil when there is none.
func (l *Ledger) run(id int) *Run {
	for _, r := range l.runs {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// set moves a row to another state.
func (l *Ledger) set(r *Run, row *Row, to metadata.LedgerState, op string) {
	l.watch.moved(r, row, to, op)
	row.State = to
	if to != metadata.LedgerLeased {
		row.holder, row.alone = 0, false
	}
}

func (r *Run) row(table int) *Row {
	i, ok := slices.BinarySearchFunc(r.Rows, table, func(row *Row, table int) int { return row.Table - table })
	if !ok {
		return nil
	}
	return r.Rows[i]
}

func (r *Run) has(batch int, state metadata.LedgerState) bool {
	return slices.ContainsFunc(r.Rows, func(row *Row) bool { return row.Batch == batch && row.State == state })
}

func open(s metadata.LedgerState) bool {
	return s == metadata.LedgerPending || s == metadata.LedgerLeased
}

// Campaign takes the lead when nobody has it.
func (l *Ledger) Campaign(holder string, ttl time.Duration) (layer.Lease, bool) {
	if l.lead.there && l.lead.expires > l.Now {
		return layer.Lease{}, false
	}
	l.lead.Lease = layer.Lease{Holder: holder, Epoch: l.lead.Epoch + 1}
	l.lead.expires, l.lead.there = l.Now+ttl, true
	return l.lead.Lease, true
}

// Renew prolongs the lead.
func (l *Ledger) Renew(lease layer.Lease, ttl time.Duration) error {
	if !l.lead.there || l.lead.Lease != lease {
		return layer.ErrDeposed
	}
	l.lead.expires = l.Now + ttl
	return nil
}

// Resign frees the lead.
func (l *Ledger) Resign(lease layer.Lease) {
	if l.lead.there && l.lead.Lease == lease {
		l.lead.expires = l.Now
	}
}
