package events_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/events"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
	"github.com/semsync/semsync/internal/wire"
)

func TestEventsArriveLive(t *testing.T) {
	srv := testkit.NATS(t)
	sender, reader := connect(t, events.Config{URL: srv.URL}), connect(t, events.Config{URL: srv.URL, Buffer: 16})
	run, other := uuid.New(), uuid.New()
	all, one := newInbox(), newInbox()
	_, err := reader.Subscribe(t.Context(), nil, all.add)
	require.NoError(t, err)
	_, err = reader.Subscribe(t.Context(), &run, one.add)
	require.NoError(t, err)

	finished := metadata.Event{Run: run, Batch: -1, Kind: metadata.EventFinished, Status: metadata.StatusCompleted}
	sender.Publish(event(run, 1))
	sender.Publish(event(other, 1))
	sender.Publish(finished)
	all.want(t, event(run, 1), event(other, 1), finished)
	one.want(t, event(run, 1), finished)
	eventually(t, "confirmed", func() bool { return sender.Published() == 3 })
	require.Zero(t, sender.Dropped())

	stream, err := raw(t, srv.URL).Stream(t.Context(), events.DefaultStream)
	require.NoError(t, err)
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(">"))
	require.NoError(t, err)
	require.Equal(t, map[string]uint64{
		"semsync.v1.run." + run.String() + ".checkpoint":   1,
		"semsync.v1.run." + run.String() + ".finished":     1,
		"semsync.v1.run." + other.String() + ".checkpoint": 1,
	}, info.State.Subjects)
	require.Equal(t, 24*time.Hour, info.Config.MaxAge)
	require.EqualValues(t, 256<<20, info.Config.MaxBytes)
	require.Equal(t, jetstream.FileStorage, info.Config.Storage)
	require.Equal(t, jetstream.LimitsPolicy, info.Config.Retention)
}

func TestSubscribeBeginsWhereItSays(t *testing.T) {
	srv := testkit.NATS(t)
	bus := connect(t, events.Config{URL: srv.URL})
	run := uuid.New()
	old := []metadata.Event{event(run, 1), event(run, 2)}
	for _, e := range old {
		bus.Publish(e)
	}
	eventually(t, "confirmed", func() bool { return bus.Published() == 2 })

	fresh, whole := newInbox(), newInbox()
	_, err := bus.SubscribeNew(t.Context(), &run, fresh.add)
	require.NoError(t, err)
	bus.Publish(event(run, 3))
	_, err = bus.Subscribe(t.Context(), &run, whole.add)
	require.NoError(t, err)
	fresh.want(t, event(run, 3))
	whole.want(t, append(old, event(run, 3))...)
}

func TestDuplicatesAreDroppedAndOrderDoesNotMatter(t *testing.T) {
	srv := testkit.NATS(t)
	bus := connect(t, events.Config{URL: srv.URL})
	run := uuid.New()
	got := newInbox()
	_, err := bus.Subscribe(t.Context(), nil, got.add)
	require.NoError(t, err)
	bus.Publish(event(run, 9)) // by the stream, through its id
	bus.Publish(event(run, 9))
	got.want(t, event(run, 9))

	js := raw(t, srv.URL)
	for _, sequence := range []int64{3, 1, 3, 2, 1, 9} { // by the reader, since these have no id
		data, err := wire.EncodeEvent(event(run, sequence))
		require.NoError(t, err)
		_, err = js.Publish(t.Context(), "semsync.v1.run."+run.String()+".checkpoint", data)
		require.NoError(t, err)
	}
	got.want(t, event(run, 3), event(run, 1), event(run, 2))
	got.nothingBut(t, bus, event(run, 10))
	require.NoError(t, testutil.CollectAndCompare(bus, strings.NewReader(`
# HELP semsync_events_duplicate_total Events that came again and were not delivered.
# TYPE semsync_events_duplicate_total counter
semsync_events_duplicate_total 3
# HELP semsync_events_received_total Events delivered to subscribers.
# TYPE semsync_events_received_total counter
semsync_events_received_total 5
# HELP semsync_events_connected 1 while there is a connection to NATS.
# TYPE semsync_events_connected gauge
semsync_events_connected 1
`), "semsync_events_duplicate_total", "semsync_events_received_total", "semsync_events_connected"))
}

func TestMessagesThatAreNoEventsAreSkipped(t *testing.T) {
	srv := testkit.NATS(t)
	bus := connect(t, events.Config{URL: srv.URL})
	run := uuid.New()
	got := newInbox()
	_, err := bus.Subscribe(t.Context(), &run, got.add)
	require.NoError(t, err)
	bus.Publish(event(run, 1))
	got.want(t, event(run, 1))

	foreign, err := wire.EncodeEvent(event(uuid.New(), 1))
	require.NoError(t, err)
	js := raw(t, srv.URL)
	for _, data := range [][]byte{[]byte("not protobuf"), {0x0a, 0x01, 0x00}, nil, foreign} {
		_, err := js.Publish(t.Context(), "semsync.v1.run."+run.String()+".planned", data)
		require.NoError(t, err)
	}
	got.nothingBut(t, bus, event(run, 2))
	require.NoError(t, testutil.CollectAndCompare(bus, strings.NewReader(`
# HELP semsync_events_undecodable_total Messages that were skipped because they are no event that this version knows.
# TYPE semsync_events_undecodable_total counter
semsync_events_undecodable_total 4
`), "semsync_events_undecodable_total"))
}

func TestStopIsFinal(t *testing.T) {
	srv := testkit.NATS(t)
	bus := connect(t, events.Config{URL: srv.URL})
	run := uuid.New()
	first, second := newInbox(), newInbox()
	stop, err := bus.Subscribe(t.Context(), nil, first.add)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = bus.Subscribe(ctx, nil, func(e metadata.Event) {
		second.add(e)
		cancel() // a reader may end itself
	})
	require.NoError(t, err)
	third := newInbox()
	_, err = bus.Subscribe(t.Context(), nil, third.add)
	require.NoError(t, err)

	bus.Publish(event(run, 1))
	first.want(t, event(run, 1))
	second.want(t, event(run, 1))
	stop()
	stop()
	bus.Publish(event(run, 2))
	third.want(t, event(run, 1), event(run, 2))
	require.Empty(t, first)
	require.Empty(t, second)
	_, err = bus.Subscribe(ctx, nil, first.add)
	require.ErrorIs(t, err, context.Canceled)

	eventually(t, "the server has only the consumer that is left", func() bool {
		stream, err := raw(t, srv.URL).Stream(t.Context(), events.DefaultStream)
		return err == nil && stream.CachedInfo().State.Consumers == 1
	})
}

func TestInProcessServer(t *testing.T) {
	srv, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	require.NoError(t, err)
	srv.Start()
	require.True(t, srv.ReadyForConnections(patience))
	defer func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	}()
	bus := connect(t, events.Config{InProcess: srv})
	require.True(t, bus.Connected())
	got := newInbox()
	_, err = bus.Subscribe(t.Context(), nil, got.add)
	require.NoError(t, err)
	run := uuid.New()
	bus.Publish(event(run, 1))
	got.want(t, event(run, 1))
	require.NoError(t, bus.Close(t.Context()))
}
