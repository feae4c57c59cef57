package events_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/semsync/semsync/internal/events"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// A server that is shut down while it makes a stream leaves two goroutines of
// that stream; what is tested here is the client.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"),
	)
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

func connect(t *testing.T, cfg events.Config) *events.Bus {
	t.Helper()
	bus, err := events.Connect(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = bus.Close(ctx) // tests that care close it themselves
	})
	return bus
}

// inbox is a subscriber that keeps what it gets.
type inbox chan metadata.Event

func newInbox() inbox { return make(inbox, 10_000) }

func (in inbox) add(e metadata.Event) { in <- e }

// want waits for exactly these events, in this order.
func (in inbox) want(t *testing.T, want ...metadata.Event) {
	t.Helper()
	for i, w := range want {
		select {
		case got := <-in:
			require.Empty(t, cmp.Diff(w, got), "event %d", i)
		case <-time.After(patience):
			t.Fatalf("event %d of %d has not come: %s", i, len(want), w.ID())
		}
	}
}

// until waits for an event and drops what comes before it.
func (in inbox) until(t *testing.T, want metadata.Event) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case got := <-in:
			if got.ID() == want.ID() {
				return
			}
		case <-deadline:
			t.Fatalf("event has not come: %s", want.ID())
		}
	}
}

// nothingBut publishes a last event and wants it to be the next that comes, so
// that nothing else was under way.
func (in inbox) nothingBut(t *testing.T, bus *events.Bus, last metadata.Event) {
	t.Helper()
	bus.Publish(last)
	in.want(t, last)
}

func event(run metadata.RunID, sequence int64) metadata.Event {
	return metadata.Event{
		Run: run, Batch: 2, Sequence: sequence, Kind: metadata.EventCheckpoint, At: time.Unix(1_700_000_000+sequence, 0).UTC(),
		Worker: "w1", Status: metadata.StatusRunning, Done: 100, Fields: 2000, Message: "100 tables of 1000",
	}
}

// raw gives a JetStream of its own, to do to the stream what a Bus would not.
func raw(t *testing.T, url string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, patience, 5*time.Millisecond, what)
}

func TestCloseSendsWhatIsBuffered(t *testing.T) {
	srv := testkit.NATS(t)
	bus := connect(t, events.Config{URL: srv.URL})
	run := uuid.New()
	for i := range int64(1000) {
		bus.Publish(event(run, i))
	}
	require.NoError(t, bus.Close(t.Context()))
	require.NoError(t, bus.Close(t.Context()), "a second call does nothing")
	require.EqualValues(t, 1000, bus.Published())
	require.False(t, bus.Connected())
	bus.Publish(event(run, 1))
	require.EqualValues(t, 1, bus.Dropped())
	_, err := bus.Subscribe(t.Context(), nil, func(metadata.Event) {})
	require.ErrorIs(t, err, events.ErrClosed)
}

func TestCloseDoesNotWaitForAServerThatIsAway(t *testing.T) {
	srv := testkit.NATS(t)
	srv.Shutdown()
	bus := connect(t, events.Config{URL: srv.URL})
	got := newInbox()
	_, err := bus.Subscribe(t.Context(), nil, got.add)
	require.NoError(t, err)
	bus.Publish(event(uuid.New(), 1))
	bus.Publish(event(uuid.New(), 2))
	require.ErrorContains(t, bus.Close(t.Context()), "2 events were not sent")
	require.EqualValues(t, 2, bus.Dropped())
}

func TestCloseEndsWithItsContext(t *testing.T) {
	srv := testkit.NATS(t)
	bus := connect(t, events.Config{URL: srv.URL})
	entered, leave := make(chan struct{}), make(chan struct{})
	_, err := bus.Subscribe(t.Context(), nil, func(metadata.Event) {
		close(entered)
		<-leave
	})
	require.NoError(t, err)
	bus.Publish(event(uuid.New(), 1))
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = bus.Close(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "1 subscribers have not returned")
	close(leave)
}

func TestStartStopStress(t *testing.T) {
	srv := testkit.NATS(t)
	for i := range 20 {
		bus, err := events.Connect(t.Context(), events.Config{URL: srv.URL}, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		got := newInbox()
		_, err = bus.Subscribe(t.Context(), nil, got.add)
		require.NoError(t, err)
		bus.Publish(event(uuid.New(), 1))
		if i%4 == 0 {
			srv.Shutdown()
			srv.Start()
		}
		_ = bus.Close(t.Context())
	}
}
