package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Check asks one dependency whether it can be used.
type Check struct {
	// Name of the dependency, as /readyz shows it.
	Name string
	// Optional is for a dependency that the program can do without: /readyz
	// tells of it, but stays ready.
	Optional bool
	// Run gives nil when the dependency can be used. It should end with its
	// context; one that does not counts as failed and is not started again
	// until it has ended. The error goes to the log, not to /readyz.
	Run func(ctx context.Context) error
}

// CheckResult is what /readyz shows of a check.
type CheckResult struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Optional bool   `json:"optional,omitempty"`
	// Reason is the class or the kind of the fault, "timeout", or "failed".
	// It is a word from a closed set: the endpoint has no login.
	Reason string `json:"reason,omitempty"`
}

// checker runs one check at a time, however many ask.
type checker struct {
	check   Check
	timeout time.Duration
	logger  *slog.Logger

	mu      sync.Mutex
	running *attempt // guarded by mu; nil when none is
	failing bool     // guarded by mu: the outcome that was logged last
}

// attempt is one run of a check, waited for by all who asked meanwhile.
type attempt struct {
	expired <-chan struct{} // closed when the time for an answer is over
	done    chan struct{}
	err     error // to be read after done
}

var errCheckTimeout = errors.New("no answer in time")

// result runs the check, or joins a run that is under way.
func (c *checker) result(ctx context.Context) CheckResult {
	a := c.join(ctx)
	var err error
	select {
	case <-a.done:
		err = a.err
	case <-a.expired:
		err = errCheckTimeout
	}
	c.note(ctx, err)
	return CheckResult{Name: c.check.Name, OK: err == nil, Optional: c.check.Optional, Reason: reason(err)}
}

// join gives the run that is under way, or a new one. A run belongs to nobody
// who asks, so that one who leaves does not spoil it for the others.
func (c *checker) join(ctx context.Context) *attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running != nil {
		return c.running
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	a := &attempt{expired: ctx.Done(), done: make(chan struct{})}
	c.running = a
	go func() {
		defer cancel()
		a.err = c.check.Run(ctx)
		c.mu.Lock()
		c.running = nil
		c.mu.Unlock()
		close(a.done)
	}()
	return a
}

// note logs a change from good to bad or back.
func (c *checker) note(ctx context.Context, err error) {
	c.mu.Lock()
	changed := c.failing != (err != nil)
	c.failing = err != nil
	c.mu.Unlock()
	switch {
	case !changed:
	case err != nil:
		c.logger.WarnContext(ctx, "a dependency is not ready", "dependency", c.check.Name, "optional", c.check.Optional, "error", err)
	default:
		c.logger.InfoContext(ctx, "a dependency is ready again", "dependency", c.check.Name)
	}
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(err, errCheckTimeout) || errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	fault, ok := errors.AsType[*metadata.Fault](err)
	switch {
	case ok && fault.Class != "":
		return string(fault.Class)
	case ok && fault.Kind != "":
		return string(fault.Kind)
	default:
		return "failed"
	}
}
