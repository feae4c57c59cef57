package metadata

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
)

// FaultKind says what can be done about a fault.
type FaultKind string

// The kinds of fault.
const (
	FaultTransient FaultKind = "transient" // may pass by itself; see Class
	FaultThrottled FaultKind = "throttled" // passes after RetryAfter
	FaultDenied    FaultKind = "denied"    // a permission is missing
	FaultMissing   FaultKind = "missing"   // the object is not there
	FaultInvalid   FaultKind = "invalid"   // the input or the statement is wrong
	FaultConflict  FaultKind = "conflict"  // somebody else was first
	FaultStopped   FaultKind = "stopped"   // cancelled on purpose
	FaultBug       FaultKind = "bug"       // ours
)

// FaultClass is the name under which a transient fault is configured in
// retry_on_errors, and under which any fault is counted.
type FaultClass string

// The transient classes of SPEC 4.3.
const (
	ClassConnectionTimeout FaultClass = "connection_timeout"
	ClassConnectionLost    FaultClass = "connection_lost"
	ClassRateLimit         FaultClass = "rate_limit"
	ClassQueryTimeout      FaultClass = "query_timeout"
	ClassDeadlock          FaultClass = "deadlock"
	ClassSerialization     FaultClass = "serialization"
	ClassUnavailable       FaultClass = "unavailable"
)

// TransientClasses are all classes that may be retried, in a stable order.
var TransientClasses = []FaultClass{
	ClassConnectionTimeout, ClassConnectionLost, ClassRateLimit, ClassQueryTimeout,
	ClassDeadlock, ClassSerialization, ClassUnavailable,
}

// The classes of faults that are final at once.
const (
	ClassPermission  FaultClass = "permission"
	ClassNotFound    FaultClass = "not_found"
	ClassSyntax      FaultClass = "syntax"
	ClassInvalid     FaultClass = "invalid"
	ClassQuarantined FaultClass = "quarantined" // killed its worker twice
	ClassBug         FaultClass = "bug"
)

// Fault is an error with what the fleet needs to decide its fate. Its text
// never holds a secret: whoever makes one redacts the cause first.
type Fault struct { //nolint:errname // a fault is more than an error, and the word is used all over
	Kind       FaultKind
	Class      FaultClass
	Op         string // what was being done, in a few lower-case words
	Subject    string // to what: a table, a source, a file
	Hint       string // what a person can do about it
	RetryAfter time.Duration
	Err        error
}

// Error gives "op subject: cause (hint)".
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Op)
	if f.Subject != "" {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f.Subject)
	}
	if f.Err != nil {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(f.Err.Error())
	}
	if f.Hint != "" {
		fmt.Fprintf(&b, " (%s)", f.Hint)
	}
	return b.String()
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// PanicFault is the fault of a panic, of kind bug. What was thrown is named by its type only, unless the runtime
// threw it: it may hold anything, secrets among it.
func PanicFault(op, subject string, reason any) *Fault {
	cause := fmt.Errorf("panic of type %T", reason)
	if thrown, ok := reason.(runtime.Error); ok {
		cause = fmt.Errorf("panic: %w", thrown)
	}
	return &Fault{Kind: FaultBug, Class: ClassBug, Op: op, Subject: subject, Err: cause}
}

// AsFault gives the fault in err's chain. An error without one becomes a
// fault: stopped for a cancelled context, query_timeout for a passed deadline,
// else a bug, since whoever reads a foreign system must classify its errors.
func AsFault(err error) *Fault {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	switch {
	case errors.Is(err, context.Canceled):
		return &Fault{Kind: FaultStopped, Op: "stopped", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Fault{Kind: FaultTransient, Class: ClassQueryTimeout, Op: "timed out", Err: err}
	default:
		return &Fault{Kind: FaultBug, Class: ClassBug, Err: err}
	}
}
