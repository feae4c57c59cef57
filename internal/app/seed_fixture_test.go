package app

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// shopTables are the tables of the small source that rows of the seed are shown on.
var shopTables = []string{"cards", "items", "orders", "users"}

// shop is an embedded coordinator over a SQLite source of four tables in the database customers.
func shop(t *testing.T, settings string) *fleet {
	t.Helper()
	f := newEmbedded(t)
	var b strings.Builder
	for _, table := range shopTables {
		fmt.Fprintf(&b, "CREATE TABLE %s (id INTEGER PRIMARY KEY, email TEXT, total NUMERIC);\n", table)
	}
	mustExec(t, open(t, "sqlite", filepath.Join(f.dir, "shop.db")), b.String())
	f.source("shop", "sqlite", "shop.db", ", database: customers")
	f.settings(settings)
	f.openLayer()
	return f
}

// warehouse is the same over PostgreSQL, reached through a wire that a test can cut and hold; the tables are in the schema customers.
func warehouse(t *testing.T, settings string) (*fleet, *wire) {
	t.Helper()
	f, dsn := newEmbedded(t), testkit.Postgres(t)
	pg := open(t, "pgx", dsn)
	mustExec(t, pg, "CREATE SCHEMA customers")
	for _, table := range shopTables {
		mustExec(t, pg, "CREATE TABLE customers."+table+" (id int PRIMARY KEY, email text, total numeric)", "INSERT INTO customers."+table+" VALUES (1, 'a@example.org', 2)")
	}
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	w := newWire(t, u.Host)
	w.direct = dsn
	u.Host = w.Addr().String()
	f.source("warehouse", "postgres", u.String(), "")
	f.settings(settings)
	f.openLayer()
	return f, w
}

// settings writes a configuration of nothing but the connections and these sections.
func (f *fleet) settings(sections string) {
	f.Helper()
	text := fmt.Sprintf("version: \"1.0\"\ndata_dir: %q\nhttp: {listen: \"127.0.0.1:0\"}\nsources:\n%s\n%s%s",
		filepath.Join(f.dir, "data"), strings.Join(f.sources, "\n"), f.more, sections)
	if !strings.Contains(sections, "scope:") {
		text += "\nscope: {databases: [\"customers.*\"]}\n"
	}
	require.NoError(f, os.WriteFile(f.config, []byte(text), 0o600))
}

// inShop runs statements on the SQLite source.
func (f *fleet) inShop(statements ...string) {
	f.Helper()
	db := open(f.T, "sqlite", filepath.Join(f.dir, "shop.db"))
	mustExec(f.T, db, statements...)
}

// ofLast gives the one value of a query about the last run.
func (f *fleet) ofLast(query string) int {
	f.Helper()
	return f.number(query+" WHERE run_id = $1", f.last().ID.String())
}

// batches is how many batches the last run had.
func (f *fleet) batches() int {
	f.Helper()
	return f.ofLast("SELECT count(DISTINCT batch) FROM semantic_layer_v1.sync_run_tables")
}

// reading is what only the question for a batch's tables has in it.
var reading = []byte("WITH ORDINALITY AS w (nspname, relname, rank)")

// wire carries connections to a PostgreSQL server, and can do something at each question for a batch's tables: fail, by
// cutting the connection, or hold it back for a while.
type wire struct {
	net.Listener
	direct string // DSN past the wire

	mu    sync.Mutex
	fails int           // how many more are cut; -1 is all
	hold  chan struct{} // closed to let go on
	free  int           // how many pass before any is held or cut
	asked []time.Time   // when one came
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{Listener: l}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { w.carry(client, server) })
		}
	})
	t.Cleanup(func() {
		w.letGo()
		require.NoError(t, l.Close())
		wg.Wait()
	})
	return w
}

func (w *wire) carry(client net.Conn, server string) {
	defer func() { _ = client.Close() }()
	upstream, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer func() { _ = upstream.Close() }()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(client, upstream)
		_ = client.Close()
	}()
	var tail []byte
	for buffer := make([]byte, 1<<16); ; {
		n, err := client.Read(buffer)
		seen := append(tail, buffer[:n]...)
		if bytes.Contains(seen, reading) {
			seen = nil
			if w.question() {
				break
			}
		}
		tail = bytes.Clone(seen[max(0, len(seen)-len(reading)+1):])
		if _, err := upstream.Write(buffer[:n]); err != nil {
			break
		}
		if err != nil {
			break
		}
	}
	_, _ = client.Close(), upstream.Close()
	<-done
}

// question notes one, waits while they are held, and tells whether to cut.
func (w *wire) question() (cut bool) {
	w.mu.Lock()
	w.asked = append(w.asked, time.Now())
	hold := w.hold
	switch {
	case w.free > 0:
		w.free--
		hold = nil
	case w.fails != 0:
		w.fails--
		cut = true
	}
	w.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return cut
}

// cut lets some questions pass and then fails some, or all for -1.
func (w *wire) cut(free, fails int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free, w.fails, w.asked = free, fails, nil
}

// keep lets some questions pass and then holds all until letGo.
func (w *wire) keep(free int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free, w.hold, w.asked = free, make(chan struct{}), nil
}

func (w *wire) letGo() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hold != nil {
		close(w.hold)
		w.hold = nil
	}
}

// questions are the times at which one came.
func (w *wire) questions() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]time.Time(nil), w.asked...)
}

// waits are the times between them, in whole seconds.
func (w *wire) waits() (out []int) {
	asked := w.questions()
	for i := 1; i < len(asked); i++ {
		out = append(out, int(asked[i].Sub(asked[i-1]).Seconds()))
	}
	return out
}
