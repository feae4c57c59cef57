package events

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/wire"
)

const (
	subjectPrefix = "semsync.v1.run."
	// window is how many events are under way at once. At 1 ms to the server
	// that allows for a quarter of a million events a second.
	window = 256
	// ackTimeout is how long an event may go unanswered until the stream is
	// looked for and the event sent again.
	ackTimeout = 2 * time.Second
	// maxRefusals is how often the stream may refuse the events of a window
	// before they are given up, so that they do not hold up the rest.
	maxRefusals = 5
)

// Publish hands an event over for sending. It never blocks and never fails:
// when the buffer is full or the Bus is closed, the event is dropped and
// counted.
func (b *Bus) Publish(e metadata.Event) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		b.counts.dropped.Add(1)
		return
	}
	select {
	case b.buffer <- e:
	default:
		b.counts.dropped.Add(1)
	}
}

// publish sends what is buffered until the buffer is closed and empty. When
// ctx ends, what is left is dropped.
func (b *Bus) publish(ctx context.Context) {
	for first := range b.buffer {
		b.send(ctx, b.fill(first))
	}
}

// fill encodes the first event and those that wait behind it, up to a window.
func (b *Bus) fill(first metadata.Event) []*nats.Msg {
	msgs := make([]*nats.Msg, 0, 1+min(len(b.buffer), window-1))
	for e, ok := first, true; ok; {
		if msg := b.encode(e); msg != nil {
			msgs = append(msgs, msg)
		}
		if len(msgs) == window {
			break
		}
		select {
		case e, ok = <-b.buffer:
		default:
			ok = false
		}
	}
	return msgs
}

// encode gives nil for an event that breaks the wire's rules.
func (b *Bus) encode(e metadata.Event) *nats.Msg {
	data, err := wire.EncodeEvent(e)
	if err != nil {
		b.counts.dropped.Add(1)
		b.logger.Error("an event cannot be sent", "kind", string(e.Kind), "error", err)
		return nil
	}
	msg := nats.NewMsg(subjectPrefix + e.Run.String() + "." + string(e.Kind))
	msg.Data = data
	msg.Header.Set(jetstream.MsgIDHeader, e.ID())
	return msg
}

// send keeps at it until the stream has every message, has refused too often,
// or ctx has ended.
func (b *Bus) send(ctx context.Context, msgs []*nats.Msg) {
	var wait backoff
	for refusals := 0; len(msgs) > 0 && refusals < maxRefusals; {
		s, err := b.gate.wait(ctx)
		if err != nil {
			break
		}
		left, refused := b.offer(ctx, s, msgs)
		if refused {
			refusals++
		}
		if len(left) == len(msgs) && !wait.pause(ctx) {
			break
		}
		msgs = left
	}
	b.counts.dropped.Add(uint64(len(msgs)))
}

// offer sends the messages and waits for the answers. It gives the messages
// without a good one, and whether any of them was refused although the stream
// is there.
func (b *Bus) offer(ctx context.Context, s *session, msgs []*nats.Msg) (left []*nats.Msg, refused bool) {
	answers := make([]jetstream.PubAckFuture, 0, len(msgs))
	for _, msg := range msgs {
		answer, err := b.js.PublishMsgAsync(msg, jetstream.WithRetryAttempts(0))
		if err != nil {
			b.lose(s)
			break
		}
		answers = append(answers, answer)
	}
	left = append(left, msgs[len(answers):]...)
	for i, answer := range answers {
		err := await(ctx, answer)
		switch {
		case err == nil:
			b.counts.published.Add(1)
			continue
		case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrDisconnected),
			errors.Is(err, jetstream.ErrAsyncPublishTimeout): // it may be stored; its id keeps it from being so twice
			b.lose(s)
		default:
			refused = true
		}
		left = append(left, msgs[i])
	}
	return left, refused
}

func await(ctx context.Context, answer jetstream.PubAckFuture) error {
	select {
	case <-answer.Ok():
		return nil
	case err := <-answer.Err():
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
