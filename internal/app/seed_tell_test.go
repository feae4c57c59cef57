package app

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// listener is an HTTP server that keeps what it was sent.
type listener struct {
	*httptest.Server
	mu  sync.Mutex
	got []string
}

func newListener(t *testing.T) *listener {
	t.Helper()
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		if err == nil {
			l.got = append(l.got, r.Method+" "+r.URL.Path+" "+string(body))
		}
	}))
	t.Cleanup(l.Close)
	return l
}

// heard are the requests that came since the last call.
func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.got
	l.got = nil
	return out
}

// monitored makes a run with a push gateway and these settings, and gives what the gateway was sent.
func monitored(t *testing.T, settings string) ([]string, *proc) {
	t.Helper()
	gateway := newListener(t)
	f := shop(t, fmt.Sprintf("sync: {monitoring: {metrics_endpoint: %q%s}}\n", gateway.URL+"/metrics", settings))
	p := f.run(exitOK, "coordinator", "--apply")
	return gateway.heard(), p
}

func seedMonitoring(t *testing.T) {
	t.Helper()
	sent, p := monitored(t, ", enabled: true, log_level: ERROR")
	require.NotEmpty(t, sent)
	require.NotContains(t, p.log.String(), "level=INFO")
	sent, p = monitored(t, ", enabled: false, log_level: INFO")
	require.Empty(t, sent)
	require.Contains(t, p.log.String(), "level=INFO")
}

func seedMetricsEndpoint(t *testing.T) {
	t.Helper()
	sent, _ := monitored(t, "")
	require.NotEmpty(t, sent)
	last := sent[len(sent)-1]
	require.Contains(t, last, "PUT /metrics/job/coordinator/instance/")
	require.Contains(t, last, "semsync_worker_tables_total")
}

func seedLogLevel(t *testing.T) {
	t.Helper()
	for level, shown := range map[string][]string{"DEBUG": {"DEBUG", "INFO"}, "info": {"INFO"}, "error": nil} {
		_, p := monitored(t, ", log_level: "+level)
		for _, l := range []string{"DEBUG", "INFO"} {
			require.Equal(t, strings.Contains(strings.Join(shown, " "), l), strings.Contains(p.log.String(), "level="+l), "%s at log_level %s:\n%s", l, level, p.log)
		}
	}
}

// told makes a run that Slack is told of, with these settings, and gives what it was told.
func told(t *testing.T, settings string) []string {
	t.Helper()
	slack := newListener(t)
	f := shop(t, fmt.Sprintf("notifications: {slack: {webhook_url: %q, %s}}\n", slack.URL+"/services/x", settings))
	f.run(exitOK, "coordinator", "--apply")
	return slack.heard()
}

func seedNotifications(t *testing.T) {
	t.Helper()
	hook := newListener(t)
	f := shop(t, fmt.Sprintf("notifications:\n  slack: {enabled: true, webhook_url: %q, notify_on: [sync_completed]}\n  webhook: {enabled: true, url: %q, notify_on: [sync_completed]}\n", hook.URL+"/slack", hook.URL+"/hook"))
	f.run(exitOK, "coordinator", "--apply")
	heard := strings.Join(hook.heard(), "\n")
	require.Equal(t, 1, strings.Count(heard, "POST /slack "))
	require.Equal(t, 1, strings.Count(heard, "POST /hook "))
	require.Equal(t, 2, f.number("SELECT count(*) FROM semantic_layer_v1.outbox_deliveries WHERE sent_at IS NOT NULL"))
}

func seedSlack(t *testing.T) {
	t.Helper()
	got := told(t, "enabled: true, notify_on: [sync_completed]")
	require.Len(t, got, 1)
	require.Contains(t, got[0], `"blocks"`)
	require.Contains(t, got[0], "4 tables")
}

func seedNotifyOn(t *testing.T) {
	t.Helper()
	require.Len(t, told(t, "enabled: true, notify_on: [sync_started, sync_completed, sync_failed]"), 2, "it began and was completed")
	require.Len(t, told(t, "enabled: true, notify_on: [sync_started]"), 1)
	require.Empty(t, told(t, "enabled: true, notify_on: [sync_failed]"))
}

// seedEnabled: wherever the key stands, false turns its section off and true turns it on.
func seedEnabled(t *testing.T) {
	t.Helper()
	require.Empty(t, told(t, "enabled: false, notify_on: [sync_completed]"))
	require.NotEmpty(t, told(t, "enabled: true, notify_on: [sync_completed]"))
	sent, _ := monitored(t, ", enabled: false")
	require.Empty(t, sent)
	sent, _ = monitored(t, ", enabled: true")
	require.NotEmpty(t, sent)
	f := shop(t, "approval: {enabled: false, require_approval_for: [pii_category]}\n")
	f.run(exitOK, "coordinator", "--apply")
	f = shop(t, "approval: {enabled: true, require_approval_for: [pii_category]}\n")
	f.run(exitApproval, "coordinator", "--apply")
}

const personal = "SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE pii_category = 'email'"

func seedApproval(t *testing.T) {
	t.Helper()
	f := shop(t, "approval: {enabled: true, require_approval_for: [pii_category], approvers: [ana]}\n")
	f.run(exitApproval, "coordinator", "--apply")
	require.Zero(t, f.number(personal))
	id := f.last().ID.String()
	f.run(exitUsage, "coordinator", "approve", id, "--by", "dan")
	f.run(exitOK, "coordinator", "approve", id, "--by", "ana")
	require.Equal(t, 4, f.number(personal))
}

// seedRequireApprovalFor: what is named waits, and the rest does not.
func seedRequireApprovalFor(t *testing.T) {
	t.Helper()
	f := shop(t, "approval: {enabled: true, require_approval_for: [pii_category]}\n")
	f.run(exitApproval, "coordinator", "--apply")
	require.Zero(t, f.number(personal))
	require.Equal(t, 4, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE field_name = 'email' AND description <> ''"), "what needs no approval is there")
	f = shop(t, "approval: {enabled: true, require_approval_for: [owner]}\n")
	f.run(exitOK, "coordinator", "--apply")
	require.Equal(t, 4, f.number(personal))
}
