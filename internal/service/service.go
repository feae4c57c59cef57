package service

import (
	"context"
	"errors"
	"fmt"
)

// Service is anything that runs for as long as the program does.
type Service interface {
	// Run works until ctx ends, releases what it holds, leaves no goroutine
	// behind and returns. An error means that it could not go on. Nil, or the
	// context's own error after ctx has ended, means a wanted end. A service
	// that returns nil early has finished its job; see also ErrGroupDone.
	Run(ctx context.Context) error
}

// Readier is what a Service also is when it takes a while until it can be
// used. A Group starts the next service only when Ready is closed.
type Readier interface {
	// Ready gives the same channel at every call; it is closed once, when the
	// service can be used.
	Ready() <-chan struct{}
}

// Func makes a Service of a function.
type Func func(ctx context.Context) error

// Run calls the function.
func (f Func) Run(ctx context.Context) error { return f(ctx) }

var (
	// ErrGroupDone is returned by a service whose end is the wanted end of
	// the whole group, such as a run that was asked for on the command line.
	ErrGroupDone = errors.New("the group's work is done")
	// ErrStopping is in the chain of the cause with which the services of a
	// Group are cancelled; the reason follows it in the chain.
	ErrStopping = errors.New("stopping")
)

// FailedError says which service of a group failed.
type FailedError struct {
	Service string
	Err     error
}

// Error gives "service NAME: cause".
func (e *FailedError) Error() string { return fmt.Sprintf("service %s: %v", e.Service, e.Err) }

// Unwrap gives the cause.
func (e *FailedError) Unwrap() error { return e.Err }
