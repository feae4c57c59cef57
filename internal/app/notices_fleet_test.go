package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/notify"
	"github.com/semsync/semsync/internal/testkit"
)

// moody is an HTTP server that answers each event's attempts in a way of their own.
type moody struct {
	*httptest.Server
	// event gives the event of a body.
	event func(body []byte) string
	moods map[string][]string // by event, one for each attempt; then fine

	mu       sync.Mutex
	attempts map[string][]time.Time
	taken    map[string]int    // how often an event's notice was processed, whatever was answered
	bodies   map[string]string // of the first attempt
	differ   bool              // later attempts had other words
}

func newMoody(t *testing.T, event func([]byte) string, moods map[string][]string) *moody {
	t.Helper()
	m := &moody{event: event, moods: moods, attempts: map[string][]time.Time{}, taken: map[string]int{}, bodies: map[string]string{}}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	switch m.mood(m.event(body), string(body)) {
	case "500":
		w.WriteHeader(http.StatusInternalServerError)
	case "429":
		w.Header().Set("Retry-After", "15")
		w.WriteHeader(http.StatusTooManyRequests)
	case "time-out":
		<-r.Context().Done()
	case "cut": // it was taken, and the answer is lost
		panic(http.ErrAbortHandler)
	}
}

func (m *moody) mood(event, body string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.attempts[event])
	m.attempts[event] = append(m.attempts[event], time.Now())
	if n == 0 {
		m.bodies[event] = body
	}
	m.differ = m.differ || m.bodies[event] != body
	mood := ""
	if n < len(m.moods[event]) {
		mood = m.moods[event][n]
	}
	if mood == "" || mood == "cut" {
		m.taken[event]++
	}
	return mood
}

func eventOfHook(body []byte) string {
	var n notify.Notice
	_ = json.Unmarshal(body, &n)
	return string(n.Event)
}

// TestNoticesOfAFleet: each event is told once by each channel, whatever the other ends do, and no run waits for it.
func TestNoticesOfAFleet(t *testing.T) {
	t.Parallel()
	hook := newMoody(t, eventOfHook, map[string][]string{"sync_started": {"cut"}, "sync_completed": {"429"}, "pii_detected": {"500"}})
	slack := newMoody(t, func([]byte) string { return "sync_completed" }, map[string][]string{"sync_completed": {"time-out"}})
	mail := newMailbox(t)
	f := newFleet(t)
	dsn := testkit.Postgres(t)
	mustExec(t, open(t, "pgx", dsn), "CREATE TABLE t_people (id int PRIMARY KEY, email text)")
	f.source("s", "postgres", dsn, "")
	f.more = fmt.Sprintf(`notifications:
  slack: {enabled: true, webhook_url: %q, notify_on: [sync_completed]}
  webhook: {enabled: true, url: %q, secret: canary-sign, notify_on: [sync_started, sync_completed, pii_detected]}
  email: {enabled: true, smtp_host: 127.0.0.1, smtp_port: %d, username: semsync, password: canary-mail, ca_file: %q,
    from_address: semsync@example.com, to_addresses: [ann@example.org, bob@example.org], notify_on: [sync_completed]}
`, slack.URL+"/canary-slack", hook.URL+"/canary-hook", mail.port, mail.caFile)
	f.write(`  include_patterns: ["t*"]`)
	f.start("worker")
	serving := f.start("coordinator")
	f.eventually(20*time.Second, "it leads", func() bool { return strings.Contains(serving.log.String(), "leading") })
	begun := time.Now()
	f.run(exitOK, "coordinator", "--apply")
	require.Less(t, time.Since(begun), 12*time.Second, "the run does not wait for those who hang")
	f.eventually(90*time.Second, "all is told", func() bool {
		return f.number("SELECT count(*) FROM semantic_layer_v1.outbox_deliveries WHERE sent_at IS NOT NULL") == 6
	})
	require.Equal(t, []string{"email|ann@example.org|sync_completed", "email|bob@example.org|sync_completed", "slack||sync_completed", "webhook||pii_detected", "webhook||sync_completed", "webhook||sync_started"},
		f.texts("SELECT channel, target, event FROM semantic_layer_v1.outbox_deliveries ORDER BY 1, 2, 3"))

	hook.mu.Lock()
	defer hook.mu.Unlock()
	slack.mu.Lock()
	defer slack.mu.Unlock()
	require.Equal(t, map[string]int{"sync_started": 2, "sync_completed": 1, "pii_detected": 1}, hook.taken, "one duplicate, where the answer was lost after it was taken")
	require.Equal(t, map[string]int{"sync_completed": 1}, slack.taken)
	require.False(t, hook.differ || slack.differ, "each attempt says the same, under the same key")
	require.Len(t, hook.attempts["sync_completed"], 2)
	wait := hook.attempts["sync_completed"][1].Sub(hook.attempts["sync_completed"][0])
	require.GreaterOrEqual(t, wait, 15*time.Second, "Retry-After, not the usual pause of 10 to 12 s")
	require.Len(t, mail.received("ann@example.org"), 1)
	require.Len(t, mail.received("bob@example.org"), 1)
	require.NotContains(t, serving.log.String()+strings.Join(f.texts("SELECT coalesce(error, '') FROM semantic_layer_v1.outbox_deliveries"), ""), "canary")
}

// TestMailServerOfOnesOwn: its certificate is trusted by ca_file alone.
func TestMailServerOfOnesOwn(t *testing.T) {
	t.Parallel()
	mail := newMailbox(t)
	mail.tried["ann@example.org"] = 1
	const section = "notifications: {email: {enabled: true, smtp_host: 127.0.0.1, smtp_port: %d, username: semsync, password: canary-mail, from_address: s@example.com, to_addresses: [ann@example.org]%s}}\n"
	f := shop(t, fmt.Sprintf(section, mail.port, ""))
	p := f.run(exitFailed, "coordinator", "notify", "test")
	require.Contains(t, p.out.String()+p.log.String(), "certificate")
	require.Empty(t, mail.received("ann@example.org"))
	f.settings(fmt.Sprintf(section, mail.port, fmt.Sprintf(", ca_file: %q", mail.caFile)))
	f.run(exitOK, "coordinator", "notify", "test")
	require.Len(t, mail.received("ann@example.org"), 1)
	f.settings(fmt.Sprintf(section, mail.port, ", ca_file: nowhere.pem"))
	require.Contains(t, f.run(exitUsage, "coordinator", "notify", "test").log.String(), "notifications.email: read ca_file")
}
