package notify

import (
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/layer/sqlite"
	"github.com/semsync/semsync/internal/metadata"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

// world is a real layer with a run in it.
type world struct {
	*testing.T
	store *sqlite.Store
	lease layer.Lease
	run   metadata.RunID
	log   *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := sqlite.Open(sqlite.Config{Path: filepath.Join(t.TempDir(), "layer.db"), CreateIfMissing: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	w := &world{T: t, store: s, log: &lockedBuffer{}}
	var ok bool
	w.lease, ok, err = s.Campaign(t.Context(), uuid.NewString(), time.Minute)
	require.NoError(t, err)
	require.True(t, ok)
	return w
}

func table(name string) metadata.TableID {
	return metadata.TableID{Source: "src", Database: "db", Name: name}
}

// plan makes a run of the named tables.
func (w *world) plan(names ...string) {
	w.Helper()
	ctx := w.Context()
	var err error
	w.run, err = uuid.NewV7()
	require.NoError(w, err)
	require.NoError(w, w.store.CreateRun(ctx, layer.NewRun{
		ID: w.run, Trigger: "manual", InitiatedBy: "tester", Settings: metadata.RunSettings{Mode: metadata.ModeDelta, BatchSize: 10, Workers: 1, ParallelMode: metadata.ParallelTable},
	}))
	require.NoError(w, w.store.BeginPlan(ctx, w.lease, w.run))
	var rows []metadata.PlannedTable
	for _, n := range names {
		rows = append(rows, metadata.PlannedTable{Table: table(n), Reason: metadata.ReasonNew})
	}
	require.NoError(w, w.store.AppendPlan(ctx, w.lease, w.run, rows))
	_, err = w.store.CompletePlan(ctx, w.lease, w.run, []layer.SourcePlan{{Source: "src", Complete: true, Discovered: len(names)}}, nil)
	require.NoError(w, err)
}

// finish does a planned run to its end: tables named in failed fail with their text, the others log the changes.
func (w *world) finish(failed map[string]string, changes ...metadata.Change) metadata.Run {
	w.Helper()
	ctx, worker := w.Context(), uuid.NewString()
	_, err := w.store.Heartbeat(ctx, layer.Worker{ID: worker}, time.Minute, nil)
	require.NoError(w, err)
	claim, err := w.store.Claim(ctx, worker, metadata.BatchRef{Run: w.run})
	require.NoError(w, err)
	var good []layer.Claimed
	var outcomes []layer.Outcome
	for _, c := range claim.Tables {
		if why, bad := failed[c.Table.Name]; bad {
			outcomes = append(outcomes, layer.Outcome{Claimed: c, Final: true, Class: metadata.ClassPermission, Error: why})
		} else {
			good = append(good, c)
		}
	}
	_, err = w.store.Settle(ctx, worker, claim.Run, 0, outcomes, func(int) time.Duration { return 0 })
	require.NoError(w, err)
	_, err = w.store.Commit(ctx, worker, claim.Run, good, func([]layer.Current) ([]layer.Effect, error) {
		out := make([]layer.Effect, len(good))
		for i, c := range good {
			out[i] = layer.Effect{Claimed: c, State: &metadata.TableState{ID: c.Table, Method: "m"}, Fields: 2}
			for _, ch := range changes {
				if ch.Table == c.Table {
					out[i].Changes = append(out[i].Changes, ch)
				}
			}
		}
		return out, nil
	})
	require.NoError(w, err)
	r, final, err := w.store.Advance(ctx, w.lease, w.run, 0)
	require.NoError(w, err)
	require.True(w, final)
	return r
}

type leader struct{ leads, led bool }

func (l leader) Leading() bool { return l.leads }
func (l leader) HasLed() bool  { return l.led }

// start runs a notifier with short times until the returned function is called, which waits for its end.
func (w *world) start(cfg Config, channels ...Channel) (stop func()) {
	w.Helper()
	cfg.ID, cfg.Tick = uuid.NewString(), 5*time.Millisecond
	if cfg.RetryDelay == 0 {
		cfg.RetryDelay = 10 * time.Millisecond
	}
	n, err := New(cfg, w.store, channels, leader{true, true}, slog.New(slog.NewTextHandler(w.log, nil)), NewMetrics(prometheus.NewRegistry()))
	require.NoError(w, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	done := make(chan struct{})
	go func() { defer close(done); _ = n.Run(ctx) }()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-done }) }
	w.Cleanup(stop)
	return stop
}

// rows gives rows of the deliveries as texts, columns joined by |.
func (w *world) rows(columns string) (out []string) {
	w.Helper()
	rows, err := w.store.DB().QueryContext(context.WithoutCancel(w.Context()), "SELECT "+columns+" FROM outbox_deliveries ORDER BY channel, target, event")
	require.NoError(w, err)
	defer func() { require.NoError(w, rows.Close()) }()
	for rows.Next() {
		var s sql.NullString
		require.NoError(w, rows.Scan(&s))
		out = append(out, s.String)
	}
	require.NoError(w, rows.Err())
	return out
}

func (w *world) eventually(what string, ok func() bool) {
	w.Helper()
	require.Eventually(w, ok, 20*time.Second, 5*time.Millisecond, what)
}

// ends waits until every notice was sent or given up.
func (w *world) ends(n int) {
	w.Helper()
	w.eventually("all notices end", func() bool {
		done := 0
		for _, r := range w.rows("sent_at IS NOT NULL OR gave_up_at IS NOT NULL") {
			if r == "1" {
				done++
			}
		}
		return done == n
	})
}

// heard is one request as a server got it.
type heard struct {
	header http.Header
	path   string
	body   string
}

// hook is a real HTTP server that does what it is told, and remembers.
type hook struct {
	*httptest.Server
	mu   sync.Mutex
	all  []heard
	then func(n int, w http.ResponseWriter, r *http.Request) // n counts from 1
}

func newHook(t *testing.T, then func(n int, w http.ResponseWriter, r *http.Request)) *hook {
	t.Helper()
	h := &hook{then: then}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

// ServeHTTP remembers the request.
func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var b strings.Builder
	_ = r.Write(&b) // with its body
	_, body, _ := strings.Cut(b.String(), "\r\n\r\n")
	h.mu.Lock()
	h.all = append(h.all, heard{r.Header.Clone(), r.URL.Path, body})
	n := len(h.all)
	h.mu.Unlock()
	if h.then != nil {
		h.then(n, w, r)
	}
}

func (h *hook) heard() []heard {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]heard(nil), h.all...)
}

const canary = "canary-5f1e"

func (h *hook) webhook(t *testing.T, on ...Event) *Webhook {
	t.Helper()
	w, err := NewWebhook(WebhookConfig{
		URL: metadata.Secret(h.URL + "/" + canary + "-url"), Secret: canary + "-hmac", NotifyOn: on, Timeout: 300 * time.Millisecond,
		Headers: map[string]metadata.Secret{"X-Api-Key": canary + "-header", HeaderKey: "not mine", HeaderSignature: "forged"},
	})
	require.NoError(t, err)
	t.Cleanup(w.post.client.CloseIdleConnections)
	return w
}

// silent wants no secret in what people can see.
func (w *world) silent() {
	w.Helper()
	require.NotContains(w, w.log.String(), canary)
	require.NotContains(w, strings.Join(w.rows("coalesce(error, '') || notice || target"), "\n"), canary)
}
