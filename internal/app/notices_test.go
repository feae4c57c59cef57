package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/examples"
	"github.com/semsync/semsync/internal/notify"
)

// receiver is a webhook's other end.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	got   []notify.Notice
	first func() // called before the first answer
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		var n notify.Notice
		err := json.NewDecoder(req.Body).Decode(&n)
		r.mu.Lock()
		defer r.mu.Unlock()
		if err == nil && req.Header.Get(notify.HeaderKey) == n.ID {
			r.got = append(r.got, n)
		}
		if r.first != nil {
			r.first()
			r.first = nil
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) heard() []notify.Notice {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]notify.Notice(nil), r.got...)
}

// withReceiver is an embedded coordinator over the sample, whose end of a run goes to a webhook.
func withReceiver(t *testing.T) (*fleet, *receiver) {
	t.Helper()
	f, r := newEmbedded(t), newReceiver(t)
	file := filepath.Join(f.dir, "sample.db")
	mustExec(t, open(t, "sqlite", file), examples.SampleSQL)
	f.source("shop", "sqlite", file, ", database: shop")
	f.sync = fmt.Sprintf("notifications:\n  webhook: {enabled: true, url: %q, secret: s, notify_on: [sync_completed]}\n", r.URL+"/canary-url")
	f.write(`  databases: ["shop.*"]`)
	return f, r
}

func TestARunIsToldOnce(t *testing.T) {
	f, r := withReceiver(t)
	p := f.run(exitOK, "coordinator", "--apply")
	got := r.heard()
	require.Len(t, got, 1, p.log.String())
	require.Equal(t, notify.SyncCompleted, got[0].Event)
	require.Equal(t, f.last().Counts.Done, got[0].Run.Done)
	require.Equal(t, 1, f.number("SELECT count(*) FROM semantic_layer_v1.outbox_deliveries WHERE sent_at IS NOT NULL AND attempts = 1"))
	require.NotContains(t, p.log.String(), "canary")
	test := f.run(exitOK, "coordinator", "notify", "test")
	require.Regexp(t, `webhook\s+sent`, test.out.String())
	r.Close()
	failed := f.run(exitFailed, "coordinator", "notify", "test")
	require.Contains(t, failed.log.String(), "1 of 1 test notices did not arrive")
	require.NotContains(t, failed.out.String()+failed.log.String(), "canary")
}

func TestKilledBetweenSendingAndSayingSo(t *testing.T) {
	f, r := withReceiver(t)
	victim := make(chan *proc, 1)
	r.mu.Lock()
	r.first = func() { (<-victim).kill() }
	r.mu.Unlock()
	p := f.start("coordinator", "--apply")
	victim <- p
	<-p.done
	f.start("coordinator")
	f.eventually(30*time.Second, "it is sent once more", func() bool {
		return f.number("SELECT count(*) FROM semantic_layer_v1.outbox_deliveries WHERE sent_at IS NOT NULL") == 1
	})
	got := r.heard()
	require.Len(t, got, 2)
	require.Equal(t, got[0], got[1], "with the same key and the same words")
}
