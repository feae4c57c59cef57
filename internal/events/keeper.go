package events

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/semsync/semsync/internal/wire"
)

// duplicatesWindow is how long the stream remembers the ids of what was
// published, so that an event sent again after a lost answer is kept once.
const duplicatesWindow = 2 * time.Minute

// keep opens a session whenever there is a connection and none is open, until
// ctx ends.
func (b *Bus) keep(ctx context.Context) {
	var wait backoff
	for {
		var retry <-chan time.Time
		if b.gate.peek() == nil && b.conn.IsConnected() {
			if err := b.openSession(ctx); err != nil {
				retry = time.After(wait.next())
				b.troubled(ctx, err)
			} else {
				wait = backoff{}
				b.trouble.Store(false)
			}
		}
		select {
		case <-ctx.Done():
			b.gate.shut(nil)
			return
		case <-b.poke:
		case <-retry:
		}
	}
}

// settle is how long the keeper leaves a server alone that has just lost the
// stream. For some milliseconds of a deletion the server still answers for the
// stream and even makes consumers on it, which then never get anything.
const settle = 100 * time.Millisecond

// lose ends a session and has the keeper look for the next one.
func (b *Bus) lose(s *session) {
	if b.gate.shut(s) {
		time.AfterFunc(settle, b.nudge)
	}
}

// nudge wakes the keeper.
func (b *Bus) nudge() {
	select {
	case b.poke <- struct{}{}:
	default:
	}
}

func (b *Bus) openSession(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := b.ensureStream(ctx)
	if err != nil {
		return err
	}
	b.gate.open(&session{stream: stream, last: stream.CachedInfo().State.LastSeq, gone: make(chan struct{})})
	return nil
}

// ensureStream makes the stream, or brings an old one up to the configuration.
// A stream that cannot be changed is used as it is.
func (b *Bus) ensureStream(ctx context.Context) (jetstream.Stream, error) {
	want := b.streamConfig()
	stream, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = b.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was first
			return b.js.Stream(ctx, want.Name)
		}
	}
	if err != nil || sameLimits(stream.CachedInfo().Config, want) {
		return stream, err
	}
	updated, err := b.js.UpdateStream(ctx, want)
	if err != nil {
		b.logger.WarnContext(ctx, "the event stream keeps its old settings", "stream", want.Name, "error", b.redact.text(err.Error()))
		return stream, nil
	}
	return updated, nil
}

func (b *Bus) streamConfig() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        b.cfg.Stream,
		Description: "progress of semsync's runs; hints only, may be deleted",
		Subjects:    []string{subjectPrefix + ">"},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		Storage:     jetstream.FileStorage,
		MaxAge:      b.cfg.MaxAge,
		MaxBytes:    b.cfg.MaxBytes,
		MaxMsgSize:  wire.MaxEvent + 1<<10, // and its headers
		Replicas:    b.cfg.Replicas,
		Duplicates:  min(duplicatesWindow, b.cfg.MaxAge),
	}
}

func sameLimits(have, want jetstream.StreamConfig) bool {
	return have.MaxAge == want.MaxAge && have.MaxBytes == want.MaxBytes && have.MaxMsgSize == want.MaxMsgSize &&
		have.Replicas == want.Replicas && have.Duplicates == want.Duplicates && slices.Equal(have.Subjects, want.Subjects)
}

// troubled logs once that the server is there but the stream cannot be had.
func (b *Bus) troubled(ctx context.Context, err error) {
	if ctx.Err() != nil || b.trouble.Swap(true) {
		return
	}
	b.logger.WarnContext(ctx, "the event stream cannot be used; events wait and are dropped when too many wait",
		"stream", b.cfg.Stream, "error", b.redact.text(err.Error()))
}
