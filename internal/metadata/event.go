package metadata

import (
	"strconv"
	"time"
)

// EventKind says what an event tells.
type EventKind string

// The kinds of event, which are the last token of their subject.
const (
	EventPlanned    EventKind = "planned"    // the plan is complete
	EventClaimed    EventKind = "claimed"    // a worker took a batch
	EventCheckpoint EventKind = "checkpoint" // tables were committed
	EventFailed     EventKind = "failed"     // tables failed, for good or for now
	EventBatchDone  EventKind = "batch_done" // nothing of the batch is left
	EventFinished   EventKind = "finished"   // the run is final
	EventCancel     EventKind = "cancel"     // a person wants the run to stop
)

// Event is a hint that something happened to a run. The ledger is the truth;
// an event may come twice, late, out of order or never.
type Event struct {
	Run      RunID
	Batch    int // -1 for events of the run as a whole
	Sequence int64
	Kind     EventKind
	At       time.Time
	Worker   string // id of the process that sent it
	Status   RunStatus
	Done     int // tables committed by this event
	Failed   int
	Retried  int
	Fields   int64
	Message  string // safe to show; never an identifier in a subject
}

// ID is the same for the same happening, so that readers and the stream can
// drop duplicates: run/batch/sequence/kind.
func (e Event) ID() string {
	return e.Run.String() + "/" + strconv.Itoa(e.Batch) + "/" + strconv.FormatInt(e.Sequence, 10) + "/" + string(e.Kind)
}
