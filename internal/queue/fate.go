package queue

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/hibiken/asynq"

	"github.com/semsync/semsync/internal/metadata"
)

// Action is what becomes of a delivered batch.
type Action string

// The actions.
const (
	ActionDone    Action = "done"    // the task is removed
	ActionRetry   Action = "retry"   // delivered again after a delay, which counts as a failure
	ActionRequeue Action = "requeue" // delivered again soon, which counts as nothing
	ActionArchive Action = "archive" // set aside for a person to look at
)

// Fate is what becomes of a delivered batch, and when.
type Fate struct {
	Action Action
	// After is the delay that the fault asks for before a retry; 0 leaves it
	// to the queue's default.
	After time.Duration
}

// FateOf says what becomes of a batch whose handler returned err.
func FateOf(err error) Fate {
	if err == nil {
		return Fate{Action: ActionDone}
	}
	if errors.Is(err, asynq.ErrLeaseExpired) { // its process died or was cut off: no fault of the batch
		return Fate{Action: ActionRequeue}
	}
	fault := metadata.AsFault(err)
	switch fault.Kind {
	case metadata.FaultTransient, metadata.FaultThrottled:
		return Fate{Action: ActionRetry, After: max(fault.RetryAfter, 0)}
	case metadata.FaultConflict: // somebody else has the batch
		return Fate{Action: ActionDone}
	case metadata.FaultStopped:
		return Fate{Action: ActionRequeue}
	case metadata.FaultDenied, metadata.FaultMissing, metadata.FaultInvalid, metadata.FaultBug:
		return Fate{Action: ActionArchive}
	default: // a kind that nobody has thought of
		return Fate{Action: ActionArchive}
	}
}

// The delays of a retry whose fault asks for none.
const (
	defaultBackoff = metadata.BackoffExponential
	defaultDelay   = 30 * time.Second
)

// retryDelay is Asynq's RetryDelayFunc. Attempts counts the failures before
// this one.
func retryDelay(attempts int, err error, _ *asynq.Task) time.Duration {
	fate := fateOfDelivery(err)
	switch {
	case fate.Action == ActionRequeue:
		return 0
	case fate.After > 0:
		return wholeSeconds(time.Now(), fate.After)
	default:
		return wholeSeconds(time.Now(), Delay(defaultBackoff, defaultDelay, attempts+1, rand.Float64))
	}
}

// wholeSeconds lengthens a delay from now so that it ends with a second of the
// clock: Asynq cuts fractions off, and would be early.
func wholeSeconds(now time.Time, delay time.Duration) time.Duration {
	at := now.Add(delay)
	if whole := at.Truncate(time.Second); whole.Before(at) {
		at = whole.Add(time.Second)
	}
	return at.Sub(now)
}

// isFailure is Asynq's IsFailure: whether a new delivery counts against the
// task's retries.
func isFailure(err error) bool { return fateOfDelivery(err).Action == ActionRetry }

// fateOfDelivery is FateOf for what Asynq hands us back: our own verdict, or
// an error of its own making.
func fateOfDelivery(err error) Fate {
	if v, ok := errors.AsType[*verdict](err); ok {
		return v.fate
	}
	return FateOf(err)
}
