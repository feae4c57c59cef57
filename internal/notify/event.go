package notify

import "github.com/semsync/semsync/internal/metadata"

// Event is what a notice is about, as notify_on names it.
type Event string

// The events.
const (
	SyncStarted        Event = "sync_started"
	SyncCompleted      Event = "sync_completed"
	SyncFailed         Event = "sync_failed" // failed, out of time or cancelled
	Errors             Event = "errors"      // tables or sources that could not be done
	Conflicts          Event = "conflicts"   // a person and semsync changed the same
	PIIDetected        Event = "pii_detected"
	SchemaChanges      Event = "schema_changes"
	ValidationFailures Event = "validation_failures"
	ApprovalRequired   Event = "approval_required"
	NewTables          Event = "new_tables"
	DeprecatedFields   Event = "deprecated_fields" // gone from the source, or tagged so
	test               Event = "test"
)

// Known are all events that can be asked for.
var Known = []Event{
	SyncStarted, SyncCompleted, SyncFailed, Errors, Conflicts, PIIDetected, SchemaChanges, ValidationFailures, ApprovalRequired, NewTables, DeprecatedFields,
}

// bad tells whether somebody should look at once.
func (e Event) bad() bool {
	switch e {
	case SyncFailed, Errors, Conflicts, ValidationFailures, ApprovalRequired:
		return true
	case SyncStarted, SyncCompleted, PIIDetected, SchemaChanges, NewTables, DeprecatedFields, test:
		return false
	default:
		return false
	}
}

// fromChanges tells whether the event is found in the change log.
func (e Event) fromChanges() bool {
	switch e {
	case Conflicts, PIIDetected, SchemaChanges, NewTables, DeprecatedFields:
		return true
	case SyncStarted, SyncCompleted, SyncFailed, Errors, ValidationFailures, ApprovalRequired, test:
		return false
	default:
		return false
	}
}

// eventsOf are the events that the run itself shows; the others depend on what it logged.
func eventsOf(h metadata.Happening) []Event {
	r := h.Run
	if h.Kind != metadata.HappeningFinished {
		if r.Status == metadata.StatusAwaitingApproval {
			return []Event{ApprovalRequired}
		}
		return []Event{SyncStarted}
	}
	out := []Event{SyncCompleted}
	switch r.Status {
	case metadata.StatusFailed, metadata.StatusTimedOut, metadata.StatusCancelled:
		out[0] = SyncFailed
	case metadata.StatusPlanning, metadata.StatusRunning, metadata.StatusAwaitingApproval,
		metadata.StatusCompleted, metadata.StatusCompletedWithErrors, metadata.StatusDryRun:
	}
	if r.Counts.Failed > 0 || r.Status == metadata.StatusCompletedWithErrors || (r.Status == metadata.StatusDryRun && r.Error != "") {
		out = append(out, Errors)
	}
	return out
}
