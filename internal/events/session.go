package events

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// session is a stretch of time in which the stream can be used.
type session struct {
	stream jetstream.Stream
	// last is the stream's last sequence when the session began, before the
	// publisher sent anything in it.
	last uint64
	gone chan struct{} // closed when the session has ended
}

// errGone is the cause that ends what is done within a session.
var errGone = errors.New("the connection or the stream was lost")

// requestTimeout bounds each question to the server, in which it may have to
// elect a leader for the stream.
const requestTimeout = 5 * time.Second

// bound gives a context that ends with the session. Cancel frees it.
func (s *session) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() { // ends with the session or by cancel
		select {
		case <-s.gone:
			cancel(errGone)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// gate holds the current session and lets others wait for one.
type gate struct {
	mu      sync.Mutex
	current *session      // nil while there is none
	opened  chan struct{} // closed when current is set; replaced when it is unset
}

func newGate() *gate { return &gate{opened: make(chan struct{})} }

// open makes s the current session.
func (g *gate) open(s *session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.current = s
	close(g.opened)
}

// shut ends session s if it is the current one, or whichever is current when s
// is nil, and reports whether there was anything to end.
func (g *gate) shut(s *session) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.current == nil || (s != nil && s != g.current) {
		return false
	}
	close(g.current.gone)
	g.current = nil
	g.opened = make(chan struct{})
	return true
}

// peek gives the current session, or nil.
func (g *gate) peek() *session {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.current
}

// wait blocks until there is a session. Its error is the context's cause.
func (g *gate) wait(ctx context.Context) (*session, error) {
	for {
		g.mu.Lock()
		current, opened := g.current, g.opened
		g.mu.Unlock()
		if current != nil {
			return current, nil
		}
		select {
		case <-opened:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
