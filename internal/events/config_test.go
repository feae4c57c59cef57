package events_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/events"
	"github.com/semsync/semsync/internal/metadata"
)

func TestConfigValidate(t *testing.T) {
	const url = "nats://127.0.0.1:4222"
	tests := []struct {
		name string
		cfg  events.Config
		want string // "" for valid
	}{
		{"only a url", events.Config{URL: url}, ""},
		{"host and port", events.Config{URL: "localhost:4222"}, ""},
		{"several", events.Config{URL: "nats://a:1, tls://user:pass@b:2"}, ""},
		{"no url", events.Config{}, "configure nats url: is missing"},
		{"no host", events.Config{URL: "nats://:4222"}, "configure nats url: address 1 is not of the form nats://host:port"},
		{"web address", events.Config{URL: url + ",https://b"}, `configure nats url: address 2 has the scheme "https", must be nats, tls, ws or wss`},
		{"secret in a broken url", events.Config{URL: "nats://user:canary%zz@host"}, "configure nats url: address 1 is not of the form nats://host:port"},
		{"replicas", events.Config{URL: url, Replicas: 6}, "configure nats replicas: is 6, must be 1 to 5"},
		{"age", events.Config{URL: url, MaxAge: time.Second}, "configure nats max_age: is 1s, must be at least 1m"},
		{"bytes", events.Config{URL: url, MaxBytes: 5}, "configure nats max_bytes: is 5, must be at least 1 MiB"},
		{"buffer", events.Config{URL: url, Buffer: -1}, "configure nats buffer: is -1, must be 1 to 1048576"},
		{"stream", events.Config{URL: url, Stream: "a.b"}, "configure nats stream: must not hold dots, wildcards, slashes or spaces"},
		{
			"credentials",
			events.Config{URL: url, Credentials: "/nowhere/file"},
			"configure nats credentials: cannot be read: stat /nowhere/file: no such file or directory",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.cfg.Validate()
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, test.want)
			require.Equal(t, metadata.FaultInvalid, metadata.AsFault(err).Kind)
			_, err = events.Connect(t.Context(), test.cfg, slog.New(slog.DiscardHandler))
			require.EqualError(t, err, test.want)
		})
	}
}
