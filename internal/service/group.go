package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Group is a Service made of named services. The zero value is ready for Add.
// Add is not safe for concurrent use; Run is called once, after the last Add.
type Group struct {
	members []*member
	once    sync.Once
	ready   chan struct{}
}

// Add puts a service at the end of the order. Name is for errors and causes.
func (g *Group) Add(name string, s Service) {
	g.members = append(g.members, &member{name: name, service: s, done: make(chan struct{})})
}

// Ready is closed when every service of the group has started and is ready.
func (g *Group) Ready() <-chan struct{} { return g.readyChan() }

// Run starts the services in order and returns when all of them have ended:
// because ctx ended, because one failed, because one returned ErrGroupDone, or
// because each has finished its job. The error holds a *FailedError for each
// service that failed, first the one that made the group stop; it is nil when
// none did.
//
// A service's context carries the values of ctx, but not its end: it is
// cancelled when all services after it have ended, with a cause that holds
// ErrStopping and the reason.
func (g *Group) Run(ctx context.Context) error {
	stopping, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	started := g.start(stopping, stop)
	if started == len(g.members) && stopping.Err() == nil {
		close(g.readyChan())
	}
	for _, m := range g.members[:started] {
		m.await(stopping, m.done)
	}
	for i := started - 1; i >= 0; i-- {
		g.members[i].cancel(fmt.Errorf("%w: %w", ErrStopping, reason(stopping)))
		<-g.members[i].done
	}
	return failures(context.Cause(stopping), g.members[:started])
}

// start runs the members one by one, until all are ready or the group is to
// stop, and gives how many were started.
func (g *Group) start(stopping context.Context, stop context.CancelCauseFunc) int {
	for i, m := range g.members {
		if stopping.Err() != nil {
			return i
		}
		m.start(context.WithoutCancel(stopping), stop)
		m.await(stopping, m.ready())
	}
	return len(g.members)
}

func (g *Group) readyChan() chan struct{} {
	g.once.Do(func() { g.ready = make(chan struct{}) })
	return g.ready
}

// errFinished is the reason when nothing else stopped the group.
var errFinished = errors.New("every service has finished")

func reason(stopping context.Context) error {
	if cause := context.Cause(stopping); cause != nil {
		return cause
	}
	return errFinished
}

// failures joins the members' errors, the one that was the cause first.
func failures(cause error, members []*member) error {
	var first, rest []error
	for _, m := range members {
		switch {
		case m.failed == nil:
		case error(m.failed) == cause: //nolint:errorlint // the very same error, not one like it
			first = append(first, m.failed)
		default:
			rest = append(rest, m.failed)
		}
	}
	return errors.Join(append(first, rest...)...)
}
