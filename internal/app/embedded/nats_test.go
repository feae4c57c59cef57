package embedded_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/semsync/semsync/internal/app/embedded"
	"github.com/semsync/semsync/internal/metadata"
)

func connect(t *testing.T, server *embedded.NATS) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	conn, err := nats.Connect("", nats.InProcessServer(server))
	require.NoError(t, err)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return conn, js
}

func TestNATSKeepsStreamsOverRestarts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nats")
	logger := slog.New(slog.DiscardHandler)
	server, err := embedded.StartNATS(dir, logger)
	require.NoError(t, err)
	conn, js := connect(t, server)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "S", Subjects: []string{"s.>"}, Storage: jetstream.FileStorage, MaxBytes: 256 << 20,
	})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "s.a", []byte("kept"))
	require.NoError(t, err)
	conn.Close()
	require.NoError(t, server.Close())

	server, err = embedded.StartNATS(dir, logger)
	require.NoError(t, err)
	defer server.Close()
	conn, js = connect(t, server)
	defer conn.Close()
	stream, err := js.Stream(t.Context(), "S")
	require.NoError(t, err)
	msg, err := stream.GetLastMsgForSubject(t.Context(), "s.a")
	require.NoError(t, err)
	require.Equal(t, "kept", string(msg.Data))
}

func TestNATSThatCannotStartSaysWhy(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "jetstream"), []byte("in the way"), 0o600))
	_, err := embedded.StartNATS(dir, slog.New(slog.DiscardHandler))
	fault := metadata.AsFault(err)
	require.Equal(t, metadata.FaultInvalid, fault.Kind)
	require.Contains(t, err.Error(), dir)
	require.ErrorContains(t, err, "JetStream")
	goleak.VerifyNone(t)
}

func TestNATSIsQuiet(t *testing.T) {
	var out bytes.Buffer
	server, err := embedded.StartNATS(t.TempDir(), slog.New(slog.NewTextHandler(&out, nil)))
	require.NoError(t, err)
	conn, _ := connect(t, server)
	conn.Close()
	require.NoError(t, server.Close())
	require.Empty(t, out.String())
}

func TestNATSStartStopStress(t *testing.T) {
	dir := t.TempDir()
	for range 20 {
		server, err := embedded.StartNATS(dir, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		conn, js := connect(t, server)
		_, err = js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}})
		require.NoError(t, err)
		_, err = js.Publish(t.Context(), "s.a", nil)
		require.NoError(t, err)
		require.NoError(t, conn.FlushTimeout(5*time.Second))
		require.NoError(t, server.Close())
		require.NoError(t, server.Close())
		conn.Close()
	}
	goleak.VerifyNone(t)
}
