package testkit_test

import (
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

func stream(t *testing.T, server *testkit.NATSServer) jetstream.JetStream {
	t.Helper()
	connection, err := nats.Connect(server.URL, nats.Timeout(10*time.Second))
	require.NoError(t, err)
	t.Cleanup(connection.Close)
	js, err := jetstream.New(connection)
	require.NoError(t, err)
	return js
}

func TestNATSKeepsStreamsOverARestart(t *testing.T) {
	server := testkit.NATS(t)
	js := stream(t, server)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"events.>"}})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "events.one", []byte("first"))
	require.NoError(t, err)

	url := server.URL
	server.Shutdown()
	server.Shutdown() // the dead stay dead
	_, err = nats.Connect(url)
	require.Error(t, err)

	server.Start()
	require.Equal(t, url, server.URL)
	events, err := stream(t, server).Stream(t.Context(), "EVENTS")
	require.NoError(t, err)
	require.Equal(t, uint64(1), events.CachedInfo().State.Msgs)
}

func TestNATSCanBeWiped(t *testing.T) {
	server := testkit.NATS(t)
	_, err := stream(t, server).CreateStream(t.Context(), jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"events.>"}})
	require.NoError(t, err)
	server.Shutdown()
	require.NoError(t, os.RemoveAll(server.StoreDir))
	server.Start()
	_, err = stream(t, server).Stream(t.Context(), "EVENTS")
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
}
