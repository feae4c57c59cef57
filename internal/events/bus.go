package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/semsync/semsync/internal/metadata"
)

// Bus sends and receives events. It is safe for concurrent use.
type Bus struct {
	cfg    Config
	logger *slog.Logger
	redact redactor
	conn   *nats.Conn
	js     jetstream.JetStream
	gate   *gate
	poke   chan struct{} // wakes the keeper

	mu     sync.RWMutex
	closed bool                    // guarded by mu
	buffer chan metadata.Event     // sending is guarded by mu, since Close closes it
	subs   map[*subscription]bool  // guarded by mu
	halt   context.CancelCauseFunc // ends the publisher and the keeper

	publisher, keeper sync.WaitGroup
	counts            counts
	trouble           atomic.Bool // the stream could not be had at the last try
	away              atomic.Bool // the connection is down and that has been logged
}

// counts is what a Bus has done since it was made.
type counts struct {
	published, dropped, received, duplicate, undecodable atomic.Uint64
}

// ErrClosed is returned by a Bus that has been closed.
var ErrClosed = errors.New("the event bus is closed")

// Connect makes a Bus. It tries each address once, for 2 s at most; a server
// that is away then is looked for until Close, and what is published meanwhile
// waits in the buffer. An error is a *metadata.Fault of kind invalid, for settings that can
// never work. Ctx is not needed any longer when Connect has returned.
func Connect(ctx context.Context, cfg Config, logger *slog.Logger) (*Bus, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	servers, err := cfg.servers()
	if err != nil {
		return nil, err
	}
	b := &Bus{
		cfg: cfg, logger: logger, redact: newRedactor(cfg, servers),
		gate: newGate(), poke: make(chan struct{}, 1),
		buffer: make(chan metadata.Event, cfg.Buffer), subs: map[*subscription]bool{},
	}
	if err := b.dial(); err != nil {
		return nil, &metadata.Fault{
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "connect to nats", Err: b.redact.err(err),
		}
	}
	running, halt := context.WithCancelCause(context.WithoutCancel(ctx))
	b.halt = halt
	b.keeper.Go(func() { b.keep(running) })
	b.publisher.Go(func() { b.publish(running) })
	return b, nil
}

// Connected reports whether there is a connection to the server now.
func (b *Bus) Connected() bool { return b.conn.IsConnected() }

// Published is the number of events that the stream has confirmed.
func (b *Bus) Published() uint64 { return b.counts.published.Load() }

// Dropped is the number of events that were given up: the buffer was full, the
// Bus was closed, the event broke the wire's rules, or the stream refused it.
func (b *Bus) Dropped() uint64 { return b.counts.dropped.Load() }

// Close sends what is buffered, ends the subscriptions and the connection. It
// waits for the sending until ctx ends, and not at all when there is no
// connection. What could not be sent is dropped, counted and told in the
// error, as is a subscriber's function that has not returned in time. A
// second call does nothing.
func (b *Bus) Close(ctx context.Context) error {
	subs, first := b.shut()
	if !first {
		return nil
	}
	before := b.Dropped()
	if !b.conn.IsConnected() {
		b.halt(ErrClosed)
	}
	sent := waited(ctx, &b.publisher)
	b.halt(ErrClosed)
	b.publisher.Wait()
	b.keeper.Wait()
	for _, s := range subs {
		s.cancel(ErrClosed)
	}
	left := 0
	for _, s := range subs {
		select {
		case <-s.done:
		case <-ctx.Done():
			left++
		}
	}
	b.js.CleanupPublisher()
	b.conn.Close()
	return closeError(ctx, b.Dropped()-before, sent, left)
}

// shut makes the Bus refuse what is new, and gives the subscriptions to end.
func (b *Bus) shut() (subs []*subscription, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, false
	}
	b.closed = true
	close(b.buffer)
	for s := range b.subs {
		subs = append(subs, s)
	}
	return subs, true
}

func closeError(ctx context.Context, dropped uint64, sent bool, left int) error {
	var errs []error
	if dropped > 0 {
		errs = append(errs, fmt.Errorf("%d events were not sent", dropped))
	}
	if !sent || left > 0 {
		errs = append(errs, context.Cause(ctx))
	}
	if left > 0 {
		errs = append(errs, fmt.Errorf("%d subscribers have not returned", left))
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("close event bus: %w", errors.Join(errs...))
}

// waited reports whether the group was done before ctx ended.
func waited(ctx context.Context, group *sync.WaitGroup) bool {
	done := make(chan struct{})
	go func() { // ends when the group does, which the caller sees to
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}
