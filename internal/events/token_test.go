package events_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/events"
)

// lines is a log that tests read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestTokenIsUsedAndNeverShown(t *testing.T) {
	const right, wrong = "right-canary-token", "wrong-canary-token"
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, Authorization: right,
	})
	require.NoError(t, err)
	srv.Start()
	require.True(t, srv.ReadyForConnections(patience))
	defer func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	}()
	var log lines
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	addr := strings.TrimPrefix(srv.ClientURL(), "nats://")
	for name, cfg := range map[string]events.Config{
		"wrong token": {URL: addr, Token: wrong},
		"wrong url":   {URL: "nats://" + wrong + "@" + addr},
	} {
		t.Run(name, func(t *testing.T) {
			bus, err := events.Connect(t.Context(), cfg, logger)
			require.NoError(t, err)
			eventually(t, "said", func() bool { return strings.Contains(log.String(), "nats is away") })
			require.False(t, bus.Connected())
			require.NoError(t, bus.Close(t.Context()))
		})
	}
	for name, cfg := range map[string]events.Config{
		"token": {URL: addr, Token: right},
		"url":   {URL: "nats://" + right + "@" + addr},
	} {
		t.Run(name, func(t *testing.T) {
			bus, err := events.Connect(t.Context(), cfg, logger)
			require.NoError(t, err)
			bus.Publish(event(uuid.New(), 1))
			require.NoError(t, bus.Close(t.Context()))
			require.EqualValues(t, 1, bus.Published())
		})
	}
	require.NotContains(t, log.String(), "canary")
}
