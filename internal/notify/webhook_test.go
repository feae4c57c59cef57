package notify

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func TestWebhookIsSignedAndCarriesItsKey(t *testing.T) {
	h := newHook(t, nil)
	n := NewTest("x", time.Unix(1e9, 0))
	require.NoError(t, h.webhook(t).Send(t.Context(), n, ""))
	got := h.heard()[0]
	require.Equal(t, "/"+canary+"-url", got.path)
	require.Equal(t, "test/x", got.header.Get(HeaderKey), "the user's headers do not replace ours")
	require.Equal(t, canary+"-header", got.header.Get("X-Api-Key"))
	require.True(t, hmac.Equal([]byte(Sign(canary+"-hmac", got.header.Get(HeaderTimestamp), []byte(got.body))), []byte(got.header.Get(HeaderSignature))))
	require.NotEqual(t, Sign(canary+"-hmac", got.header.Get(HeaderTimestamp), []byte(got.body)), Sign("other", got.header.Get(HeaderTimestamp), []byte(got.body)))
	var back Notice
	require.NoError(t, json.Unmarshal([]byte(got.body), &back))
	require.Equal(t, Schema, back.Schema)
	require.Equal(t, n.Title, back.Title)

	unsigned, err := NewWebhook(WebhookConfig{URL: metadata.Secret(h.URL), Headers: map[string]metadata.Secret{HeaderSignature: "forged"}})
	require.NoError(t, err)
	defer unsigned.post.client.CloseIdleConnections()
	require.NoError(t, unsigned.Send(t.Context(), n, ""))
	require.Empty(t, h.heard()[1].header.Get(HeaderSignature))
}

// The signature of a known text, as openssl dgst -sha256 -hmac computes it, so that receivers written against it go on working.
func TestSignatureDoesNotChange(t *testing.T) {
	require.Equal(t, "v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686", Sign("secret", "1700000000", []byte(`{"a":1}`)))
}

func TestMisbehavingServers(t *testing.T) {
	elsewhere := newHook(t, nil)
	for _, c := range []struct {
		name  string
		then  func(int, http.ResponseWriter, *http.Request)
		kind  metadata.FaultKind
		after time.Duration
	}{
		{"500", status(500, ""), metadata.FaultTransient, 0},
		{"503 with seconds", status(503, "7"), metadata.FaultTransient, 7 * time.Second},
		{"429 with seconds", status(429, "120"), metadata.FaultThrottled, 2 * time.Minute},
		{"429 with a date", func(_ int, w http.ResponseWriter, _ *http.Request) {
			status(429, time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))(0, w, nil)
		}, metadata.FaultThrottled, time.Hour},
		{"429 with nonsense", status(429, "soon"), metadata.FaultThrottled, 0},
		{"408", status(408, ""), metadata.FaultTransient, 0},
		{"425", status(425, ""), metadata.FaultTransient, 0},
		{"400", status(400, "1"), metadata.FaultInvalid, 0},
		{"401", status(401, ""), metadata.FaultDenied, 0},
		{"410", status(410, ""), metadata.FaultMissing, 0},
		{"301 to another host", func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusMovedPermanently)
		}, metadata.FaultInvalid, 0},
		{"307 to another host", func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, metadata.FaultInvalid, 0},
		{"hangs", func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, metadata.FaultTransient, 0},
		{"hangs within the body of an error", func(_ int, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, metadata.FaultTransient, 0},
		{"closes without an answer", func(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, metadata.FaultTransient, 0},
		{"a header without end", func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}, metadata.FaultTransient, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := newHook(t, c.then).webhook(t).Send(t.Context(), NewTest("x", time.Now()), "")
			f, ok := errors.AsType[*metadata.Fault](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, c.kind, f.Kind, err)
			require.InDelta(t, c.after.Seconds(), f.RetryAfter.Seconds(), 2)
			require.NotContains(t, err.Error(), canary)
			require.NotContains(t, err.Error(), "127.0.0.1", "nothing of the address is told")
		})
	}
	require.Empty(t, elsewhere.heard(), "no redirect is followed")
}

func status(code int, retryAfter string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(code)
	}
}

func TestHugeAnswersAreNotRead(t *testing.T) {
	sent := make(chan int, 1)
	h := newHook(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		n := 0
		for block := make([]byte, 1<<20); n < 1<<30; n += len(block) {
			if _, err := w.Write(block); err != nil {
				break
			}
		}
		sent <- n
	})
	require.NoError(t, h.webhook(t).Send(t.Context(), NewTest("x", time.Now()), ""))
	require.Less(t, <-sent, 64<<20, "the connection is closed after the first bytes")
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	w, err := NewWebhook(WebhookConfig{URL: metadata.Secret("http://user:" + canary + "@" + address + "/" + canary)})
	require.NoError(t, err)
	err = w.Send(t.Context(), NewTest("x", time.Now()), "")
	require.Equal(t, metadata.FaultTransient, metadata.AsFault(err).Kind)
	require.NotContains(t, err.Error(), canary)
	require.Contains(t, err.Error(), "refused")
}

func TestLinkLocalAddressesAreNotDialled(t *testing.T) {
	for _, host := range []string{"169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "224.0.0.1", "0.0.0.0"} {
		w, err := NewWebhook(WebhookConfig{URL: metadata.Secret("http://" + host + "/latest/meta-data"), Timeout: time.Second})
		require.NoError(t, err)
		err = w.Send(t.Context(), NewTest("x", time.Now()), "")
		require.Equal(t, metadata.FaultDenied, metadata.AsFault(err).Kind, "%s: %v", host, err)
	}
}

func TestWrongAddresses(t *testing.T) {
	for _, address := range []string{"", "ftp://" + canary, "http://", "http://a b/" + canary, "://" + canary, "http://[::1/" + canary} {
		_, err := NewWebhook(WebhookConfig{URL: metadata.Secret(address)})
		require.Error(t, err, address)
		require.NotContains(t, err.Error(), canary)
	}
}

func TestStoppedWhileSending(t *testing.T) {
	began := make(chan struct{})
	h := newHook(t, func(_ int, _ http.ResponseWriter, r *http.Request) { close(began); <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-began; cancel() }()
	err := h.webhook(t).Send(ctx, NewTest("x", time.Now()), "")
	require.Equal(t, metadata.FaultStopped, metadata.AsFault(err).Kind)
}
