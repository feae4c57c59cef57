package testkit

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server" //nolint:depguard // the server itself, to test against

	"github.com/semsync/semsync/internal/testkit/servers"
)

// NATSServer is a NATS server with JetStream that runs inside the test
// process and belongs to one test. Its methods fail the test where they
// cannot do what they say; they are safe for concurrent use.
type NATSServer struct {
	URL      string // nats://host:port, the same for the server's whole life
	StoreDir string // what JetStream keeps; may be wiped while the server is down

	tb     testing.TB
	port   int
	change []func(*server.Options)

	mu      sync.Mutex
	running *server.Server // guarded by mu; nil while it is down
}

// NATS starts a NATS server with JetStream on a free loopback port. It ends
// with the test, and its files with it. The functions may change its options, to ask for a login for instance.
func NATS(tb testing.TB, change ...func(*server.Options)) *NATSServer {
	tb.Helper()
	port, err := servers.FreePort(tb.Context())
	if err != nil {
		tb.Fatalf("testkit: %v", err)
	}
	// Not tb.TempDir: the server may still write a state file while it ends,
	// and TempDir fails the test when its folder is not empty.
	store, err := os.MkdirTemp("", "semsync-nats-") //nolint:usetesting // see above
	if err != nil {
		tb.Fatalf("testkit: make a folder for NATS: %v", err)
	}
	n := &NATSServer{StoreDir: store, tb: tb, port: port, change: change}
	tb.Cleanup(func() {
		n.Shutdown()
		if err := os.RemoveAll(store); err != nil {
			tb.Logf("testkit: remove the folder of NATS: %v", err)
		}
	})
	n.Start()
	return n
}

// Start starts the server again after Shutdown, on the same port and with
// what its streams held.
func (n *NATSServer) Start() {
	n.tb.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running != nil {
		n.tb.Fatal("testkit: start NATS: it runs already")
	}
	running, err := startNATS(n.port, n.StoreDir, n.change)
	if err != nil {
		n.tb.Fatalf("testkit: start NATS: %v", err)
	}
	n.running, n.URL = running, running.ClientURL()
}

// Shutdown ends the server and cuts its connections, and returns when it is
// gone. A server that is down stays down.
func (n *NATSServer) Shutdown() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running == nil {
		return
	}
	n.running.Shutdown()
	n.running.WaitForShutdown()
	n.running = nil
}

func startNATS(port int, store string, change []func(*server.Options)) (*server.Server, error) {
	options := &server.Options{
		ServerName: "testkit",
		Host:       "127.0.0.1",
		Port:       port,
		JetStream:  true,
		StoreDir:   store,
		NoSigs:     true,
		NoLog:      true,
	}
	for _, f := range change {
		f(options)
	}
	running, err := server.NewServer(options)
	if err != nil {
		return nil, err
	}
	running.Start()
	if !running.ReadyForConnections(30 * time.Second) {
		running.Shutdown()
		return nil, errors.New("it does not accept connections")
	}
	return running, nil
}
