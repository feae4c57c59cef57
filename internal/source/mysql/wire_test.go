package mysql_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// TestCutHalfway ends the connections after ever more of the answers.
func TestCutHalfway(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	for i := range 20 {
		d.exec(t, fmt.Sprintf("CREATE TABLE t%02d (id int PRIMARY KEY, name varchar(20), FOREIGN KEY (id) REFERENCES t%02d (id))", i, max(0, i-1)))
	}
	config, err := driver.ParseDSN(d.dsn)
	require.NoError(t, err)
	wire := newWire(t, config.Addr)
	config.Addr = wire.address
	wire.left.Store(1 << 40)
	reader, err := open(t.Context(), config.FormatDSN(), source.Unlimited{})
	require.NoError(t, err)
	for _, amount := range []int64{0, 50, 200, 500, 1000, 1500, 2000, 3000, 4000} {
		wire.left.Store(amount)
		certificate, err := reader.Discover(t.Context(), source.Options{Indexes: true}, d.mine, func(*metadata.Table) error { return nil })
		fault, is := errors.AsType[*metadata.Fault](err)
		require.True(t, is, "%d bytes: %v", amount, err)
		require.Equal(t, metadata.ClassConnectionLost, fault.Class, "%d bytes: %v", amount, err)
		require.False(t, certificate.Complete, "%d bytes", amount)
		require.NotContains(t, err.Error(), config.Passwd)
	}
	wire.left.Store(1 << 40)
	names, certificate := discover(t, d, reader)
	require.Len(t, names, 20)
	require.True(t, certificate.Complete)
}

// TestSession tells the server the program's name, and leaves no connection
// behind, however an operation ends.
func TestSession(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	for i := range 30 {
		d.exec(t, fmt.Sprintf("CREATE TABLE t%02d (id int)", i))
	}
	user, dsn := d.account(t, "reader")
	d.exec(t, "GRANT SELECT ON "+d.name+".* TO "+user)
	config, err := driver.ParseDSN(dsn)
	require.NoError(t, err)
	wire := newWire(t, config.Addr)
	config.Addr, config.ConnectionAttributes = wire.address, "team:data"
	wire.left.Store(1 << 40)
	reader, err := open(t.Context(), config.FormatDSN(), source.Unlimited{})
	require.NoError(t, err)
	enough := errors.New("enough")
	_, err = reader.Discover(t.Context(), source.Options{Application: "semsync run:7,x"}, d.mine, func(*metadata.Table) error { return enough })
	require.ErrorIs(t, err, enough)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = reader.Discover(ctx, source.Options{}, d.mine, func(*metadata.Table) error { cancel(); return nil })
	require.ErrorIs(t, err, context.Canceled)
	discover(t, d, reader)
	require.Eventually(t, func() bool {
		var connections int
		err := d.pool.QueryRow("SELECT COUNT(*) FROM information_schema.processlist WHERE user = ?", config.User).Scan(&connections)
		return err == nil && connections == 0
	}, 10*time.Second, 5*time.Millisecond)

	wire.mu.Lock()
	defer wire.mu.Unlock()
	require.Contains(t, string(wire.said), "program_name\x0fsemsync run 7 x")
	require.Contains(t, string(wire.said), "team\x04data")
}

// wire passes connections on to a server and cuts all of them when the server
// has sent so much.
type wire struct {
	address string
	left    atomic.Int64

	mu   sync.Mutex
	said []byte // guarded by mu; what the clients sent
}

// Write keeps what a client sent.
func (w *wire) Write(piece []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, piece...)
	return len(piece), nil
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{address: listener.Addr().String()}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			running.Go(func() {
				defer upstream.Close()
				_, _ = io.Copy(upstream, io.TeeReader(client, w))
			})
			running.Go(func() {
				defer client.Close()
				w.pass(client, upstream)
			})
		}
	})
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		running.Wait()
	})
	return w
}

func (w *wire) pass(client io.Writer, upstream io.Reader) {
	piece := make([]byte, 64)
	for {
		n, err := upstream.Read(piece)
		if err != nil || w.left.Add(-int64(n)) < 0 {
			return
		}
		if _, err := client.Write(piece[:n]); err != nil {
			return
		}
	}
}
