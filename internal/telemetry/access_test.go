package telemetry_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/telemetry"
)

func TestTokenGuardsWhatIsMounted(t *testing.T) {
	var log lines
	server := newServer(t, telemetry.ServerConfig{Token: "canary-token", Addr: "0.0.0.0:0"}, &log)
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	server.Handle("GET /guarded", hello)
	server.HandleOwn("GET /own", hello)
	url := run(t, server)
	for _, headers := range [][]string{
		nil,
		{"Authorization", "Bearer wrong"},
		{"Authorization", "Bearer "},
		{"Authorization", "canary-token"},
		{"Authorization", "Basic canary-token"},
	} {
		status, body := get(t, url+"/guarded", headers...)
		require.Equal(t, http.StatusUnauthorized, status, headers)
		require.NotContains(t, body, "canary")
	}
	status, body := get(t, url+"/guarded", "Authorization", "Bearer canary-token")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "hello", body)
	for _, open := range []string{"/own", "/metrics", "/healthz", "/readyz"} {
		status, _ = get(t, url+open)
		require.Equal(t, http.StatusOK, status, open)
	}
	require.NotContains(t, log.String(), "canary")
}

func TestListenOffLoopbackNeedsAToken(t *testing.T) {
	tests := []struct {
		addr    string
		mount   bool
		token   metadata.Secret
		refused bool
	}{
		{"127.0.0.1:0", true, "", false},
		{"localhost:0", true, "", false},
		{"0.0.0.0:0", false, "", false},
		{":0", true, "", true},
		{"0.0.0.0:0", true, "", true},
		{"[::]:0", true, "", true},
		{"0.0.0.0:0", true, "token", false},
	}
	for _, test := range tests {
		t.Run(test.addr, func(t *testing.T) {
			var log lines
			server := newServer(t, telemetry.ServerConfig{Addr: test.addr, Token: test.token}, &log)
			if test.mount {
				server.Handle("/x", http.NotFoundHandler())
			}
			require.Nil(t, server.Addr())
			err := server.Listen(t.Context())
			if test.refused {
				require.ErrorContains(t, err, "no token is set")
				require.Equal(t, metadata.FaultInvalid, metadata.AsFault(err).Kind)
				return
			}
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			require.NoError(t, server.Run(ctx))
		})
	}
}
