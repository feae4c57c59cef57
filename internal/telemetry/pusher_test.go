package telemetry_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/telemetry"
)

// gateway takes pushes like a Pushgateway, and can be told to fail.
type gateway struct {
	*httptest.Server
	status atomic.Int32
	pushes chan *http.Request
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{pushes: make(chan *http.Request, 1000)}
	g.status.Store(http.StatusOK)
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if g.status.Load() == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(int(g.status.Load()))
		g.pushes <- r
	}))
	t.Cleanup(g.Close)
	return g
}

func registry(t *testing.T) *prometheus.Registry {
	t.Helper()
	r := prometheus.NewRegistry()
	require.NoError(t, r.Register(prometheus.NewGauge(prometheus.GaugeOpts{Name: "semsync_test_size_bytes", Help: "Size."})))
	return r
}

func start(t *testing.T, cfg telemetry.PusherConfig, log *lines) (stop func()) {
	t.Helper()
	pusher, err := telemetry.NewPusher(cfg, registry(t), log.logger())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- pusher.Run(ctx) }()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

func TestPusherPushes(t *testing.T) {
	for _, suffix := range []string{"", "/", "/metrics", "/metrics/"} {
		t.Run("at "+suffix, func(t *testing.T) {
			g := newGateway(t)
			endpoint := strings.Replace(g.URL, "http://", "http://user:pass@", 1) + suffix
			var log lines
			stop := start(t, telemetry.PusherConfig{Endpoint: metadata.Secret(endpoint), Job: "worker", Instance: "a/b"}, &log)
			r := <-g.pushes
			require.Equal(t, http.MethodPut, r.Method)
			require.Equal(t, "/metrics/job/worker/instance@base64/YS9i", r.URL.Path)
			user, password, ok := r.BasicAuth()
			require.True(t, ok)
			require.Equal(t, "user pass", user+" "+password)
			stop()
			<-g.pushes // the last one, at the end
			require.Empty(t, log.String())
		})
	}
}

func TestPusherLogsOncePerChange(t *testing.T) {
	g := newGateway(t)
	g.status.Store(http.StatusServiceUnavailable)
	var log lines
	endpoint := strings.Replace(g.URL, "http://", "http://canary:canary2@", 1)
	stop := start(t, telemetry.PusherConfig{Endpoint: metadata.Secret(endpoint), Interval: time.Second}, &log)
	<-g.pushes
	<-g.pushes
	<-g.pushes
	g.status.Store(http.StatusOK)
	<-g.pushes
	stop()
	require.Equal(t, 1, strings.Count(log.String(), "metrics cannot be pushed"), log.String())
	require.Contains(t, log.String(), "the gateway answered 503 Service Unavailable")
	require.Equal(t, 1, strings.Count(log.String(), "metrics are pushed again"))
	require.NotContains(t, log.String(), "canary")
}

func TestPusherFollowsNoRedirect(t *testing.T) {
	g := newGateway(t)
	g.status.Store(http.StatusFound)
	var log lines
	stop := start(t, telemetry.PusherConfig{Endpoint: metadata.Secret(g.URL)}, &log)
	<-g.pushes
	stop()
	for range len(g.pushes) {
		require.NotEqual(t, "/elsewhere", (<-g.pushes).URL.Path)
	}
	require.Contains(t, log.String(), "the gateway answered 302")
}

// A gateway that is away, or accepts and says nothing, costs a log line.
func TestPusherWithoutAGateway(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer mute.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, gone.Close())
	for name, addr := range map[string]string{"mute": mute.Addr().String(), "gone": gone.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			var log lines
			endpoint := "http://canary:canary@" + addr
			stop := start(t, telemetry.PusherConfig{Endpoint: metadata.Secret(endpoint), Timeout: 100 * time.Millisecond}, &log)
			require.Eventually(t, func() bool { return strings.Contains(log.String(), "cannot be pushed") }, 10*time.Second, 5*time.Millisecond)
			stop()
			require.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
			require.NotContains(t, log.String(), "canary")
		})
	}
}

func TestNewPusherRefuses(t *testing.T) {
	tests := []struct {
		name, endpoint string
		interval       time.Duration
		want           string
	}{
		{"empty", "", 0, "configure metrics_endpoint: is not of the form"},
		{"no scheme", "canary:9091", 0, "configure metrics_endpoint: is not of the form"},
		{"broken", "http://user:canary%zz@host", 0, "configure metrics_endpoint: is not of the form"},
		{"job in the path", "http://host/metrics/job/x", 0, "configure metrics_endpoint: must end with /metrics"},
		{"query", "http://host/?token=canary", 0, "configure metrics_endpoint: must end with /metrics"},
		{"interval", "http://host", time.Millisecond, "configure push_interval: is 1ms, must be at least 1s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := telemetry.PusherConfig{Endpoint: metadata.Secret(test.endpoint), Interval: test.interval}
			_, err := telemetry.NewPusher(cfg, registry(t), slog.New(slog.DiscardHandler))
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "canary")
			require.Equal(t, metadata.FaultInvalid, metadata.AsFault(err).Kind)
		})
	}
}
