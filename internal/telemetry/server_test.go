package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/semsync/semsync/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func newServer(t *testing.T, cfg telemetry.ServerConfig, log *lines, checks ...telemetry.Check) *telemetry.Server {
	t.Helper()
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	registry, err := telemetry.NewRegistry()
	require.NoError(t, err)
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "semsync_test_things_total", Help: "Things."})
	counter.Add(7)
	require.NoError(t, registry.Register(counter))
	server, err := telemetry.NewServer(cfg, registry, log.logger(), checks...)
	require.NoError(t, err)
	return server
}

// run serves until the test ends, and gives the address.
func run(t *testing.T, server *telemetry.Server) string {
	t.Helper()
	require.NoError(t, server.Listen(t.Context()))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
		http.DefaultClient.CloseIdleConnections()
	})
	<-server.Ready()
	return "http://" + server.Addr().String()
}

func get(t *testing.T, url string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func TestMetricsAndHealth(t *testing.T) {
	var log lines
	url := run(t, newServer(t, telemetry.ServerConfig{}, &log))
	status, body := get(t, url+"/metrics")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "semsync_test_things_total 7")
	require.Contains(t, body, "go_goroutines")
	require.Contains(t, body, "process_start_time_seconds")
	status, body = get(t, url+"/healthz")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"alive": true}`, body)
	status, body = get(t, url+"/readyz")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"ready": true, "checks": []}`, body)
	status, _ = get(t, url+"/else")
	require.Equal(t, http.StatusNotFound, status)
	resp, err := http.Post(url+"/healthz", "", nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
}

func TestTwoRegistriesInOneProcess(t *testing.T) {
	for range 2 {
		registry, err := telemetry.NewRegistry()
		require.NoError(t, err)
		families, err := registry.Gather()
		require.NoError(t, err)
		require.NotEmpty(t, families)
	}
}

func TestListenOnATakenAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	var log lines
	server := newServer(t, telemetry.ServerConfig{Addr: taken.Addr().String()}, &log)
	err = server.Run(t.Context())
	require.ErrorContains(t, err, taken.Addr().String())
	require.ErrorContains(t, err, "choose another address")
}

func TestNewServerRefuses(t *testing.T) {
	registry := prometheus.NewRegistry()
	for name, check := range map[string]telemetry.Check{
		"no name": {Run: func(context.Context) error { return nil }}, "no function": {Name: "n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := telemetry.NewServer(telemetry.ServerConfig{}, registry, slog.New(slog.DiscardHandler), check)
			require.ErrorContains(t, err, "a check needs a name and a function")
		})
	}
	_, err := telemetry.NewServer(telemetry.ServerConfig{CheckTimeout: -1}, registry, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "time-outs must be positive")
}

// A request in hand is finished; one that takes too long is cut off.
func TestRunStopsGracefully(t *testing.T) {
	for _, patient := range []bool{true, false} {
		var log lines
		cfg := telemetry.ServerConfig{StopTimeout: time.Minute}
		if !patient {
			cfg.StopTimeout = 20 * time.Millisecond
		}
		server := newServer(t, cfg, &log)
		entered, leave := make(chan struct{}), make(chan struct{})
		server.Handle("/slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			select {
			case <-leave:
				_, _ = io.WriteString(w, "done")
			case <-r.Context().Done():
			}
		}))
		require.NoError(t, server.Listen(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- server.Run(ctx) }()
		answer := make(chan error, 1)
		go func() {
			resp, err := http.Get("http://" + server.Addr().String() + "/slow")
			if err == nil {
				err = resp.Body.Close()
			}
			answer <- err
		}()
		<-entered
		cancel()
		if patient {
			close(leave)
			require.NoError(t, <-answer)
			require.NoError(t, <-done)
			require.Empty(t, log.String())
		} else {
			require.NoError(t, <-done)
			require.Error(t, <-answer)
			require.Contains(t, log.String(), "requests were cut off")
		}
		http.DefaultClient.CloseIdleConnections()
	}
}

// A client that sends its header for ever is cut off.
func TestHeadersAreBounded(t *testing.T) {
	var log lines
	url := run(t, newServer(t, telemetry.ServerConfig{}, &log))
	status, _ := get(t, url+"/healthz", "X-Long", strings.Repeat("x", 128<<10))
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, status)
}

func TestServerStartStopStress(t *testing.T) {
	for range 20 {
		var log lines
		server := newServer(t, telemetry.ServerConfig{}, &log)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- server.Run(ctx) }()
		<-server.Ready()
		status, body := get(t, "http://"+server.Addr().String()+"/readyz")
		require.Equal(t, http.StatusOK, status)
		require.True(t, json.Valid([]byte(body)))
		cancel()
		require.NoError(t, <-done)
	}
	http.DefaultClient.CloseIdleConnections()
}
