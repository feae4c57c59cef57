package service

import (
	"context"
	"errors"
)

// member is one service of a group on its way through its life.
type member struct {
	name    string
	service Service
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when Run has returned
	failed  *FailedError  // to be read after done is closed
}

// start runs the service in a goroutine of its own. Its failure, or its wish
// that the group ends, becomes the cause of stop.
func (m *member) start(ctx context.Context, stop context.CancelCauseFunc) {
	ctx, m.cancel = context.WithCancelCause(ctx)
	go func() {
		defer close(m.done)
		defer m.cancel(nil) // frees the context's resources when nobody stopped it
		err := m.service.Run(ctx)
		switch {
		case err == nil || wanted(ctx, err):
		case errors.Is(err, ErrGroupDone):
			stop(ErrGroupDone)
		default:
			m.failed = &FailedError{Service: m.name, Err: err}
			stop(m.failed)
		}
	}()
}

// wanted reports whether err says no more than that the context was cancelled.
func wanted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, ErrStopping))
}

// ready gives the channel that tells when the next member may start.
func (m *member) ready() <-chan struct{} {
	if r, ok := m.service.(Readier); ok {
		return r.Ready()
	}
	open := make(chan struct{})
	close(open)
	return open
}

// await blocks until the channel is closed, the service has ended, or the
// group is to stop.
func (m *member) await(stopping context.Context, c <-chan struct{}) {
	select {
	case <-c:
	case <-m.done:
	case <-stopping.Done():
	}
}
