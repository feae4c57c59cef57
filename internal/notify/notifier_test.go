package notify

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func TestEachEventIsToldOnce(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, nil)
	w.plan("a", "b")
	w.finish(map[string]string{"b": "permission denied"})
	// Two processes at once, as when one leads while another still stops.
	w.start(Config{}, h.webhook(t, Known...))
	stop := w.start(Config{}, h.webhook(t, Known...))
	w.ends(3)
	stop()
	var got []string
	for _, r := range h.heard() {
		var n Notice
		require.NoError(t, json.Unmarshal([]byte(r.body), &n))
		require.Equal(t, n.ID, r.header.Get(HeaderKey))
		got = append(got, string(n.Event))
	}
	require.ElementsMatch(t, []string{"sync_started", "sync_completed", "errors"}, got)
	require.Equal(t, []string{"1", "1", "1"}, w.rows("attempts"))
	w.silent()
}

func TestOnlyWhatIsAskedForIsTold(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, nil)
	w.plan("a")
	w.finish(nil)
	w.start(Config{}, h.webhook(t, SyncFailed, Errors, NewTables, SyncStarted))
	w.ends(1)
	require.Contains(t, h.heard()[0].body, `"event":"sync_started"`)
}

func TestTriedUntilItArrives(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, func(n int, rw http.ResponseWriter, _ *http.Request) {
		if n < 4 {
			rw.WriteHeader(http.StatusInternalServerError)
		}
	})
	w.plan("a")
	w.start(Config{}, h.webhook(t, SyncStarted))
	w.ends(1)
	all := h.heard()
	require.Len(t, all, 4)
	for _, r := range all {
		require.Equal(t, all[0].body, r.body)
		require.Equal(t, all[0].header.Get(HeaderKey), r.header.Get(HeaderKey))
	}
	require.Equal(t, []string{"4||"}, w.rows("attempts || '|' || coalesce(error, '') || '|' || coalesce(gave_up_at, '')"))
	require.Contains(t, w.log.String(), "could not be sent yet")
	w.silent()
}

func TestRetryAfterIsObeyed(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, status(http.StatusTooManyRequests, "3600"))
	w.plan("a")
	w.start(Config{}, h.webhook(t, SyncStarted))
	w.eventually("it is put off", func() bool { return len(w.rows("1")) == 1 && w.rows("error")[0] != "" })
	due, err := strconv.ParseFloat(w.rows("(julianday(due_at) - julianday('now')) * 86400")[0], 64)
	require.NoError(t, err)
	require.InDelta(t, 3600, due, 60)
	require.Len(t, h.heard(), 1)
}

func TestFinalAnswersAreNotTriedAgain(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, status(http.StatusBadRequest, ""))
	w.plan("a")
	w.start(Config{}, h.webhook(t, SyncStarted))
	w.ends(1)
	require.Len(t, h.heard(), 1)
	require.Contains(t, w.rows("error")[0], "400 Bad Request")
	require.Contains(t, w.log.String(), "given up")
	w.silent()
}

func TestAnswerThatAsksToWaitTooLong(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, status(http.StatusTooManyRequests, "90000"))
	w.plan("a")
	w.start(Config{}, h.webhook(t, SyncStarted))
	w.ends(1)
	require.Contains(t, w.rows("error")[0], "429")
	require.Contains(t, w.log.String(), "given up")
}

func TestGivenUpAfterTheirTime(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, status(http.StatusBadGateway, ""))
	w.plan("a")
	w.start(Config{RetryDelay: time.Minute}, h.webhook(t, SyncStarted))
	w.eventually("it failed once", func() bool { return len(w.rows("1")) == 1 && w.rows("error")[0] != "" })
	_, err := w.store.DB().ExecContext(t.Context(), "UPDATE outbox_deliveries SET created_at = '2020-01-01T00:00:00.000Z'")
	require.NoError(t, err)
	w.ends(1)
	require.Contains(t, w.rows("error")[0], "502 Bad Gateway", "the reason of the last failure is kept")
	require.Contains(t, w.log.String(), "did not arrive within 24h")
	require.Len(t, h.heard(), 1)
}

func TestOldHappeningsAreNoNews(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, nil)
	w.plan("old")
	_, err := w.store.DB().ExecContext(t.Context(), "UPDATE outbox SET created_at = '2020-01-01T00:00:00.000Z'")
	require.NoError(t, err)
	w.plan("new")
	w.start(Config{}, h.webhook(t, SyncStarted))
	w.ends(1)
	require.Contains(t, h.heard()[0].body, w.run.String())
}

func TestWithoutChannelsNothingIsKeptForLater(t *testing.T) {
	w := newWorld(t)
	w.plan("a")
	stop := w.start(Config{})
	w.eventually("it is told to nobody", func() bool {
		list, err := w.store.Happenings(t.Context(), 1)
		return err == nil && len(list) == 0
	})
	stop()
	h := newHook(t, nil)
	stop = w.start(Config{}, h.webhook(t, SyncStarted))
	stop()
	require.Empty(t, h.heard())
}

func TestABrokenChannelDoesNotDelayAnother(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	broken := newHook(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	defer close(release)
	good := newHook(t, nil)
	slack, err := NewSlack(SlackConfig{WebhookURL: metadata.Secret(broken.URL), NotifyOn: Known, Timeout: 20 * time.Second})
	require.NoError(t, err)
	w.plan("a")
	w.finish(nil)
	w.start(Config{Grace: 10 * time.Millisecond}, slack, good.webhook(t, Known...))
	w.eventually("the good one has all", func() bool { return len(good.heard()) == 2 })
	w.eventually("the other one still waits for the first answer", func() bool { return len(broken.heard()) == 1 })
}

// The process ends between the arrival of a notice and its record.
func TestKilledBetweenSendingAndSayingSo(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, nil)
	w.plan("a")
	hook := h.webhook(t, SyncStarted)
	require.NoError(t, w.store.Tell(t.Context(), w.tell(hook), nil), "telling it again does nothing")
	d, ok, err := w.store.ClaimDelivery(t.Context(), "dead", "webhook", 200*time.Millisecond)
	require.NoError(t, err)
	require.True(t, ok)
	var notice Notice
	require.NoError(t, json.Unmarshal(d.Notice, &notice))
	require.NoError(t, hook.Send(t.Context(), &notice, d.Target))
	w.start(Config{}, hook)
	w.ends(1)
	all := h.heard()
	require.Len(t, all, 2, "at most once more")
	require.Equal(t, all[0].header.Get(HeaderKey), all[1].header.Get(HeaderKey))
	require.Equal(t, all[0].body, all[1].body)
}

// tell tells what happened to a channel, sends nothing, and gives the happening's key.
func (w *world) tell(c Channel) string {
	w.Helper()
	n, err := New(Config{ID: "teller"}, w.store, []Channel{c}, leader{}, nil, nil)
	require.NoError(w, err)
	list, err := w.store.Happenings(w.Context(), 1)
	require.NoError(w, err)
	require.NoError(w, n.tellAll(w.Context()))
	return list[0].Key
}

func TestAStandbySendsNothing(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, nil)
	w.plan("a")
	n, err := New(Config{ID: "x", Tick: time.Millisecond}, w.store, []Channel{h.webhook(t, Known...)}, leader{}, nil, nil)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.NoError(t, n.Run(ctx))
	require.Empty(t, h.heard())
	list, err := w.store.Happenings(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, list, 1)
}

// A one-off run ends, and its process stops leading, before the next tick.
func TestTheLastWordIsSaidWhileStopping(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, nil)
	w.plan("a")
	w.finish(nil)
	n, err := New(Config{ID: "x", Tick: time.Hour}, w.store, []Channel{h.webhook(t, Known...)}, leader{led: true}, slog.New(slog.DiscardHandler), NewMetrics(prometheus.NewRegistry()))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, n.Run(ctx))
	require.Len(t, h.heard(), 2)
}

func TestStoppingDoesNotWaitForLong(t *testing.T) {
	w := newWorld(t)
	h := newHook(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	slow, err := NewWebhook(WebhookConfig{URL: metadata.Secret(h.URL), NotifyOn: Known, Timeout: time.Minute})
	require.NoError(t, err)
	w.plan("a")
	stop := w.start(Config{Grace: 50 * time.Millisecond}, slow)
	w.eventually("it is being sent", func() bool { return len(h.heard()) == 1 })
	began := time.Now()
	stop()
	require.Less(t, time.Since(began), 10*time.Second)
	require.Contains(t, w.rows("error")[0], "stopped")
	require.Equal(t, []string{"1"}, w.rows("held_until IS NULL AND gave_up_at IS NULL AND due_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"), "free for whoever leads next")
}

func TestDelays(t *testing.T) {
	for attempt, want := range map[int]time.Duration{1: 10 * time.Second, 2: 20 * time.Second, 5: 160 * time.Second, 20: maxDelay, 1000: maxDelay} {
		got := delay(10*time.Second, attempt)
		require.InDelta(t, want.Seconds(), got.Seconds(), want.Seconds()*0.21, "attempt %d", attempt)
	}
	seen := make(map[time.Duration]bool)
	for range 20 {
		seen[delay(10*time.Second, 1)] = true
	}
	require.Greater(t, len(seen), 1, "those that failed together do not come back together")
}

func TestConfigIsChecked(t *testing.T) {
	_, err := New(Config{}, nil, nil, nil, nil, nil)
	require.ErrorContains(t, err, "id")
	_, err = New(Config{ID: "x", Tick: -1}, nil, nil, nil, nil, nil)
	require.ErrorContains(t, err, "positive")
}
