package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGateNarrowsAsMemoryGetsScarce(t *testing.T) {
	var used atomic.Uint64
	g := newGate(1000)
	g.used, g.poll = used.Load, time.Millisecond
	first, err := g.enter(t.Context())
	require.NoError(t, err)
	second, err := g.enter(t.Context())
	require.NoError(t, err, "there is memory enough")
	used.Store(801)
	ctx, cancel := context.WithCancelCause(t.Context())
	entered := make(chan error, 1)
	go func() {
		_, err := g.enter(ctx)
		entered <- err
	}()
	require.Never(t, func() bool { return len(entered) > 0 }, 50*time.Millisecond, time.Millisecond)
	first()
	require.Never(t, func() bool { return len(entered) > 0 }, 50*time.Millisecond, time.Millisecond, "one is still inside")
	second()
	require.NoError(t, <-entered, "one alone always goes on")

	go func() {
		_, err := g.enter(ctx)
		entered <- err
	}()
	stopped := errors.New("stopped")
	cancel(stopped)
	require.ErrorIs(t, <-entered, stopped)
	used.Store(800)
	_, err = g.enter(t.Context())
	require.NoError(t, err)
}

func TestNoLimitLetsEverythingIn(t *testing.T) {
	g := newGate(0)
	for range 10 {
		_, err := g.enter(t.Context())
		require.NoError(t, err)
	}
	require.Greater(t, memoryInUse(), uint64(1<<20))
}
