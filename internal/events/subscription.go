package events

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/wire"
)

const (
	// heartbeat is how often the server tells that a consumer lives; after two
	// without, it is made anew.
	heartbeat = 5 * time.Second
	// inactive is when the server forgets a consumer whose reader has died.
	inactive = 30 * time.Second
	// remembered is how many ids a subscription keeps to drop duplicates.
	remembered = 8192
)

// subscription is one reader with its place in the stream. Only its own
// goroutine touches its fields after start.
type subscription struct {
	bus     *Bus
	run     *metadata.RunID // nil for all
	newOnly bool
	fn      func(metadata.Event)

	first   *session  // the session in which Subscribe was called, nil when there was none
	created time.Time // of the stream that next refers to; zero before the first look
	next    uint64    // sequence to go on with
	seen    *seen

	progress bool // something came since the consumer was made

	placed chan struct{} // closed when the place in the stream is known
	once   sync.Once
	cancel context.CancelCauseFunc
	done   chan struct{}
}

// Subscribe calls fn for each event of a run, or of all runs when run is nil,
// from the oldest that the stream holds on, one at a time, until ctx ends, the
// Bus is closed or stop is called. Stop returns when fn will not be called any
// more, so fn must not call it; ending ctx from fn is fine. Reconnects, a
// stream that was wiped, duplicates and messages that cannot be read are dealt
// with; after those, events may come out of order.
//
// The error is ErrClosed, or the cause of an ended ctx. A server that is away
// is none: events come when it does.
func (b *Bus) Subscribe(ctx context.Context, run *metadata.RunID, fn func(metadata.Event)) (stop func(), err error) {
	return b.subscribe(ctx, run, false, fn)
}

// SubscribeNew is Subscribe without the events that the stream held before.
// When the server is connected, it returns after its place has been marked, so
// that whatever is published from then on is seen.
func (b *Bus) SubscribeNew(ctx context.Context, run *metadata.RunID, fn func(metadata.Event)) (stop func(), err error) {
	return b.subscribe(ctx, run, true, fn)
}

func (b *Bus) subscribe(ctx context.Context, run *metadata.RunID, newOnly bool, fn func(metadata.Event)) (func(), error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s := &subscription{
		bus: b, run: run, newOnly: newOnly, fn: fn, first: b.gate.peek(), seen: newSeen(remembered),
		placed: make(chan struct{}), done: make(chan struct{}),
	}
	if run != nil {
		s.run = new(*run)
	}
	running, cancel := context.WithCancelCause(ctx)
	s.cancel = cancel
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		cancel(ErrClosed)
		return nil, ErrClosed
	}
	b.subs[s] = true
	b.mu.Unlock()
	go s.follow(running)
	if newOnly && b.conn.IsConnected() {
		s.awaitPlace()
	}
	return s.stop, nil
}

// awaitPlace blocks until the place is marked, for as long as one question to
// the server may take.
func (s *subscription) awaitPlace() {
	timer := time.NewTimer(requestTimeout)
	defer timer.Stop()
	select {
	case <-s.placed:
	case <-s.done:
	case <-timer.C:
	}
}

// stop ends the subscription and waits for its goroutine.
func (s *subscription) stop() {
	s.cancel(nil)
	<-s.done
}

// follow reads in session after session until ctx ends.
func (s *subscription) follow(ctx context.Context) {
	defer close(s.done)
	defer s.cancel(nil)
	defer s.forget()
	var wait backoff
	for {
		current, err := s.bus.gate.wait(ctx)
		if err != nil {
			return
		}
		s.progress = false
		err = s.read(ctx, current)
		if missing(err) {
			s.bus.lose(current)
		}
		if s.progress {
			wait = backoff{}
		}
		if !wait.pause(ctx) {
			return
		}
	}
}

func (s *subscription) forget() {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	delete(s.bus.subs, s)
}

// missing reports whether the stream, and not only the consumer, is to be
// looked for.
func missing(err error) bool {
	return errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrConsumerDeleted) ||
		errors.Is(err, jetstream.ErrNoHeartbeat) || errors.Is(err, jetstream.ErrJetStreamNotEnabled)
}

// read makes a consumer at the subscription's place and delivers what it gets,
// until the session ends or the consumer is lost.
func (s *subscription) read(ctx context.Context, current *session) error {
	ctx, cancel := current.bound(ctx)
	defer cancel()
	consumer, err := s.consumer(ctx, current)
	if err != nil {
		return err
	}
	defer s.drop(ctx, consumer)
	messages, err := consumer.Messages(
		jetstream.PullMaxMessages(window), jetstream.PullHeartbeat(heartbeat), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	if err != nil {
		return err
	}
	defer messages.Stop()
	s.once.Do(func() { close(s.placed) })
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.deliver(msg)
	}
}

func (s *subscription) consumer(ctx context.Context, current *session) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	info, err := current.stream.Info(ctx)
	if err != nil {
		return nil, err
	}
	s.place(info, current)
	return s.bus.js.CreateConsumer(ctx, s.bus.cfg.Stream, jetstream.ConsumerConfig{
		Description:       "reader " + s.bus.cfg.Name,
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       s.next,
		AckPolicy:         jetstream.AckNonePolicy,
		FilterSubject:     s.subject(),
		MemoryStorage:     true,
		Replicas:          1,
		InactiveThreshold: inactive,
	})
}

// drop deletes the consumer of a subscription that ends; those of a lost
// connection are left to the server.
func (s *subscription) drop(ctx context.Context, consumer jetstream.Consumer) {
	if errors.Is(context.Cause(ctx), errGone) || !s.bus.conn.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = s.bus.js.DeleteConsumer(ctx, s.bus.cfg.Stream, consumer.CachedInfo().Name) // the server forgets it by itself later
}

func (s *subscription) subject() string {
	if s.run == nil {
		return subjectPrefix + ">"
	}
	return subjectPrefix + s.run.String() + ".>"
}

// place works out where to go on in the stream as it is now.
func (s *subscription) place(info *jetstream.StreamInfo, current *session) {
	known := !s.created.IsZero()
	switch {
	case known && info.Created.Equal(s.created) && s.next <= info.State.LastSeq+1:
		return
	case known, !s.newOnly: // another stream, an older copy of it, or the first look
		s.next = 1
	case current == s.first:
		s.next = info.State.LastSeq + 1
	default: // subscribed before this session began
		s.next = current.last + 1
	}
	s.created = info.Created
}

// deliver decodes a message and calls fn, unless the event has been seen.
func (s *subscription) deliver(msg jetstream.Msg) {
	s.progress = true
	if meta, err := msg.Metadata(); err == nil {
		s.next = meta.Sequence.Stream + 1
	}
	e, err := wire.DecodeEvent(msg.Data())
	switch {
	case err != nil, s.run != nil && e.Run != *s.run:
		s.bus.counts.undecodable.Add(1)
	case s.seen.again(e):
		s.bus.counts.duplicate.Add(1)
	default:
		s.bus.counts.received.Add(1)
		s.fn(e)
	}
}
