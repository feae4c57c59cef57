package queue

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

func TestOptionsValidate(t *testing.T) {
	dialer := func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }
	for name, test := range map[string]struct {
		options Options
		want    string // part of the error, "" for none
	}{
		"addr":                      {Options{Addr: "redis:6379", Username: "u", Password: "p", DB: 3}, ""},
		"url":                       {Options{URL: "redis://redis:6379/3"}, ""},
		"dialer alone":              {Options{Dialer: dialer}, ""},
		"dialer and addr":           {Options{Dialer: dialer, Addr: "redis:6379"}, ""},
		"sentinel":                  {Options{Sentinel: Sentinel{Master: "m", Addrs: []string{"s:26379"}}}, ""},
		"cluster":                   {Options{Cluster: []string{"a:1", "b:2"}}, ""},
		"nothing":                   {Options{}, "must be set"},
		"two places":                {Options{Addr: "a:1", Cluster: []string{"b:2"}}, "only one"},
		"sentinel without a master": {Options{Sentinel: Sentinel{Addrs: []string{"s:26379"}}}, "sentinel needs both"},
		"sentinel without addrs":    {Options{Sentinel: Sentinel{Master: "m"}}, "sentinel needs both"},
		"negative db":               {Options{Addr: "a:1", DB: -1}, "must not be negative"},
		"cluster with db":           {Options{Cluster: []string{"a:1"}, DB: 1}, "no db but 0"},
		"url with password":         {Options{URL: "redis://a:1", Password: "p"}, "belong into the url"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.options.Validate()
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			_, err = NewClient(test.options)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestNewClientOutlivesOutages(t *testing.T) {
	secure := &tls.Config{ServerName: "redis.example", MinVersion: tls.VersionTLS13}
	rdb := newClient(t, Options{URL: "rediss://user:pass@redis.example:7000/4?max_retries=2", TLS: secure})
	options := rdb.(*redis.Client).Options()
	require.Equal(t, "redis.example:7000", options.Addr)
	require.Equal(t, "user", options.Username)
	require.Equal(t, "pass", options.Password)
	require.Equal(t, 4, options.DB)
	require.Same(t, secure, options.TLSConfig)
	require.GreaterOrEqual(t, options.MaxRetries, 8)
	require.Equal(t, 2*time.Second, options.MaxRetryBackoff)
	require.True(t, options.ContextTimeoutEnabled)
	require.Equal(t, maintnotifications.ModeDisabled, options.MaintNotificationsConfig.Mode)

	cluster := newClient(t, Options{Cluster: []string{"a:1", "b:2"}, Password: "pass"}).(*redis.ClusterClient).Options()
	require.Equal(t, []string{"a:1", "b:2"}, cluster.Addrs)
	require.GreaterOrEqual(t, cluster.MaxRetries, 8)
	require.Equal(t, maintnotifications.ModeDisabled, cluster.MaintNotificationsConfig.Mode)

	failover := newClient(t, Options{Sentinel: Sentinel{Master: "m", Addrs: []string{"s:1"}}, DB: 2}).(*redis.Client).Options()
	require.Equal(t, 2, failover.DB)
	require.GreaterOrEqual(t, failover.MaxRetries, 8)
	require.True(t, failover.ContextTimeoutEnabled)
}

func TestNoErrorHoldsTheSecret(t *testing.T) {
	const secret = "hunter2"
	for name, url := range map[string]metadata.Secret{
		"wrong scheme":      "http://:hunter2@redis:6379",
		"no scheme":         "hunter2@redis:6379",
		"cut at a hash":     "redis://user:p#hunter2@redis:6379",
		"space":             "redis://user:hunter2 x@redis:6379",
		"bad escape":        "redis://user:%hunter2@redis:6379",
		"bad port":          "redis://redis:hunter2",
		"control character": "redis://user:hunter2\x7f@redis",
		"bad database":      "redis://redis:6379/hunter2",
		"bad option":        "redis://redis:6379/0?read_timeout=hunter2",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewClient(Options{URL: url})
			require.Error(t, err)
			require.NotContains(t, err.Error(), secret)
		})
	}

	t.Run("refused", func(t *testing.T) {
		server := testkit.Redis(t, "--protected-mode", "no")
		_, err := newClient(t, Options{Addr: server.Addr}).ConfigSet(t.Context(), "requirepass", "right").Result()
		require.NoError(t, err)
		err = New(newClient(t, Options{Addr: server.Addr, Password: secret}), Config{}).Ping(t.Context())
		require.Error(t, err)
		require.NotContains(t, err.Error(), secret)
		require.Equal(t, metadata.FaultDenied, metadata.AsFault(err).Kind)
	})
}
