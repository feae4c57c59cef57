package events_test

import (
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/events"
	"github.com/semsync/semsync/internal/testkit"
)

func TestServerAwayAtStartThenComes(t *testing.T) {
	srv := testkit.NATS(t)
	srv.Shutdown()
	bus := connect(t, events.Config{URL: srv.URL})
	require.False(t, bus.Connected())
	run := uuid.New()
	whole, fresh := newInbox(), newInbox()
	_, err := bus.Subscribe(t.Context(), &run, whole.add)
	require.NoError(t, err)
	_, err = bus.SubscribeNew(t.Context(), nil, fresh.add)
	require.NoError(t, err)
	bus.Publish(event(run, 1))
	bus.Publish(event(run, 2))
	require.Zero(t, bus.Published())

	srv.Start()
	whole.want(t, event(run, 1), event(run, 2))
	fresh.want(t, event(run, 1), event(run, 2))
	eventually(t, "connected", bus.Connected)
}

// The server dies and comes back: once with its store, once without, once
// with an older copy of it.
func TestServerDiesAndComesBack(t *testing.T) {
	tests := []struct {
		name string
		away func(t *testing.T, store, before string)
	}{
		{"with its store", func(*testing.T, string, string) {}},
		{"wiped", func(t *testing.T, store, _ string) {
			t.Helper()
			require.NoError(t, os.RemoveAll(store))
		}},
		{"restored from an older copy", func(t *testing.T, store, before string) {
			t.Helper()
			require.NoError(t, os.RemoveAll(store))
			require.NoError(t, os.CopyFS(store, os.DirFS(before)))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv := testkit.NATS(t)
			sender, reader := connect(t, events.Config{URL: srv.URL}), connect(t, events.Config{URL: srv.URL})
			run := uuid.New()
			whole, fresh := newInbox(), newInbox()
			_, err := reader.Subscribe(t.Context(), &run, whole.add)
			require.NoError(t, err)
			_, err = reader.SubscribeNew(t.Context(), nil, fresh.add)
			require.NoError(t, err)
			sender.Publish(event(run, 1))
			whole.want(t, event(run, 1))
			fresh.want(t, event(run, 1))

			before := t.TempDir() + "/copy"
			srv.Shutdown()
			require.NoError(t, os.CopyFS(before, os.DirFS(srv.StoreDir)))
			srv.Start()
			for i := range int64(50) {
				sender.Publish(event(run, 2+i))
			}
			whole.until(t, event(run, 51))
			fresh.until(t, event(run, 51))

			srv.Shutdown()
			eventually(t, "noticed", func() bool { return !sender.Connected() && !reader.Connected() })
			sender.Publish(event(run, 100))
			test.away(t, srv.StoreDir, before)
			srv.Start()
			whole.until(t, event(run, 100))
			fresh.until(t, event(run, 100))
			for i := range int64(10) {
				sender.Publish(event(run, 101+i))
			}
			whole.until(t, event(run, 110))
			fresh.until(t, event(run, 110))
			require.Zero(t, sender.Dropped())
			require.Empty(t, whole, "nothing comes twice")
		})
	}
}

func TestStreamDeletedUnderAConnection(t *testing.T) {
	srv := testkit.NATS(t)
	bus := connect(t, events.Config{URL: srv.URL, Stream: "OTHER", MaxAge: time.Hour})
	run := uuid.New()
	got := newInbox()
	_, err := bus.Subscribe(t.Context(), nil, got.add)
	require.NoError(t, err)
	js := raw(t, srv.URL)
	for i := range int64(5) {
		bus.Publish(event(run, i))
		got.want(t, event(run, i))
		require.NoError(t, js.DeleteStream(t.Context(), "OTHER"))
	}
	bus.Publish(event(run, 5))
	got.want(t, event(run, 5))
	require.Zero(t, bus.Dropped())
}

func TestStreamIsBroughtUpToTheConfiguration(t *testing.T) {
	srv := testkit.NATS(t)
	for _, age := range []time.Duration{time.Hour, 2 * time.Hour} {
		bus := connect(t, events.Config{URL: srv.URL, MaxAge: age})
		bus.Publish(event(uuid.New(), 1))
		eventually(t, "confirmed", func() bool { return bus.Published() == 1 })
		stream, err := raw(t, srv.URL).Stream(t.Context(), events.DefaultStream)
		require.NoError(t, err)
		require.Equal(t, age, stream.CachedInfo().Config.MaxAge)
	}
}

// Whoever publishes is never held up, not by a server that is away and not by
// one that accepts and says nothing.
func TestFullBufferDropsAndCounts(t *testing.T) {
	const events1, buffer, window = 20_000, 8, 256
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer mute.Close()
	srv := testkit.NATS(t)
	srv.Shutdown()
	for name, url := range map[string]string{"away": srv.URL, "mute": "nats://" + mute.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			bus := connect(t, events.Config{URL: url, Buffer: buffer})
			run := uuid.New()
			done := make(chan struct{})
			go func() {
				defer close(done)
				var senders sync.WaitGroup
				for s := range int64(4) {
					senders.Go(func() {
						for i := range int64(events1 / 4) {
							bus.Publish(event(run, s<<32|i))
						}
					})
				}
				senders.Wait()
			}()
			select {
			case <-done:
			case <-time.After(patience):
				t.Fatal("Publish blocks")
			}
			require.GreaterOrEqual(t, bus.Dropped(), uint64(events1-buffer-window))
			require.Less(t, bus.Dropped(), uint64(events1), "the buffer holds some")
			if name == "away" {
				srv.Start()
				eventually(t, "the rest is sent", func() bool { return bus.Published()+bus.Dropped() == events1 })
				require.NotZero(t, bus.Published())
			}
		})
	}
}
