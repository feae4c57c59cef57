package notify

import (
	"context"
	"slices"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Channel is one medium with its targets. It is safe for concurrent use.
type Channel interface {
	// Name is slack, email or webhook.
	Name() string
	// Targets are who gets a notice, each with a delivery of its own; one "" where there is only one.
	Targets() []string
	// Wants tells whether the channel is told of an event.
	Wants(e Event) bool
	// Send delivers a notice to a target and waits for the answer. The error is a *metadata.Fault: transient or throttled
	// ones are worth another try; none of them holds a secret.
	Send(ctx context.Context, n *Notice, target string) error
}

// sendTimeout bounds one attempt.
const sendTimeout = 15 * time.Second

// events is what a channel is told of.
type events []Event

// Wants tells whether the event is among them.
func (e events) Wants(event Event) bool { return slices.Contains(e, event) }

// fault is what went wrong with a notice.
func fault(kind metadata.FaultKind, class metadata.FaultClass, channel, hint string, err error) *metadata.Fault {
	return &metadata.Fault{Kind: kind, Class: class, Op: "send a notice to", Subject: channel, Hint: hint, Err: err}
}

// retryable tells whether a later try may help, and how long to wait at least.
func retryable(err error) (bool, time.Duration) {
	f := metadata.AsFault(err)
	switch f.Kind {
	case metadata.FaultTransient, metadata.FaultThrottled, metadata.FaultStopped:
		return true, f.RetryAfter
	case metadata.FaultDenied, metadata.FaultMissing, metadata.FaultInvalid, metadata.FaultConflict, metadata.FaultBug:
		return false, 0
	default:
		return false, 0
	}
}
