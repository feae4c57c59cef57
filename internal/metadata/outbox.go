package metadata

import "time"

// HappeningKind says what happened to a run.
type HappeningKind string

// The kinds of happening.
const (
	HappeningPlanned  HappeningKind = "run_planned"  // the plan is complete: the run runs, or waits for a person
	HappeningReleased HappeningKind = "run_released" // a person has let a waiting run go on
	HappeningWaits    HappeningKind = "run_waits"    // changes of the run wait for people
	HappeningFinished HappeningKind = "run_finished" // the run has ended
)

// Happening is something that people may want to be told of. It is recorded in
// the transaction that makes it true.
type Happening struct {
	Key  string // the same for the same happening
	Kind HappeningKind
	At   time.Time
	Run  Run // as it was then; a run that was resumed since looks otherwise now
}

// DeliveryKey names one notice on its way to one target.
type DeliveryKey struct {
	Happening string // key of the happening
	Event     string // of notify_on
	Channel   string // slack, email, webhook
	Target    string // a mail address; "" where a channel has one target
}

// Delivery is one notice for one target.
type Delivery struct {
	DeliveryKey
	Notice    []byte // JSON, the same for every target
	Attempts  int    // begun so far
	CreatedAt time.Time
}
