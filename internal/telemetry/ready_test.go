package telemetry_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/telemetry"
)

func TestReadyTellsWhichDependencyIsMissing(t *testing.T) {
	var log lines
	var layer atomic.Pointer[error]
	set := func(err error) { layer.Store(&err) }
	set(nil)
	stuck := make(chan struct{})
	defer close(stuck)
	url := run(t, newServer(t, telemetry.ServerConfig{CheckTimeout: 300 * time.Millisecond}, &log,
		telemetry.Check{Name: "layer", Run: func(context.Context) error { return *layer.Load() }},
		telemetry.Check{Name: "nats", Optional: true, Run: func(context.Context) error { return errors.New("down at secret-host") }},
		telemetry.Check{Name: "stuck", Optional: true, Run: func(context.Context) error { <-stuck; return nil }},
		telemetry.Check{Name: "slow", Optional: true, Run: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
	))
	optional := `{"name":"nats","ok":false,"optional":true,"reason":"failed"},
		{"name":"stuck","ok":false,"optional":true,"reason":"timeout"},
		{"name":"slow","ok":false,"optional":true,"reason":"timeout"}`
	status, body := get(t, url+"/readyz")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"ready":true,"checks":[{"name":"layer","ok":true},`+optional+`]}`, body)

	set(&metadata.Fault{Kind: metadata.FaultTransient, Class: metadata.ClassConnectionLost, Op: "ping"})
	for range 3 {
		status, body = get(t, url+"/readyz")
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.JSONEq(t, `{"ready":false,"checks":[{"name":"layer","ok":false,"reason":"connection_lost"},`+optional+`]}`, body)
	}
	require.NotContains(t, body, "secret-host")
	set(nil)
	status, _ = get(t, url+"/readyz")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, 4, strings.Count(log.String(), "a dependency is not ready"), "each once: %s", log.String())
	require.Equal(t, 1, strings.Count(log.String(), "a dependency is ready again"))
	require.Contains(t, log.String(), "down at secret-host", "the log says it all")
}

// A check that ignores its context costs one goroutine, however often it is
// asked for, and is asked again when it has ended.
func TestStuckCheckIsNotStartedAgain(t *testing.T) {
	var log lines
	var runs atomic.Int32
	leave, left := make(chan struct{}), make(chan struct{}, 1)
	url := run(t, newServer(t, telemetry.ServerConfig{CheckTimeout: 10 * time.Millisecond}, &log, telemetry.Check{
		Name: "one", Run: func(context.Context) error {
			if runs.Add(1) == 1 {
				<-leave
				left <- struct{}{}
			}
			return nil
		},
	}))
	for range 5 {
		status, body := get(t, url+"/readyz")
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Contains(t, body, `"reason":"timeout"`)
	}
	require.EqualValues(t, 1, runs.Load())
	close(leave)
	<-left
	require.Eventually(t, func() bool {
		status, _ := get(t, url+"/readyz")
		return status == http.StatusOK
	}, 10*time.Second, 5*time.Millisecond)
	require.GreaterOrEqual(t, runs.Load(), int32(2))
}
