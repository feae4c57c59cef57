package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/semsync/semsync/internal/metadata"
)

// The bounds of the embedded JetStream. They are limits, not reservations.
const (
	natsMaxStore  = 1 << 30  // bytes on disk; the event stream takes 256 MiB at most by default
	natsMaxMemory = 64 << 20 // bytes; consumers keep their positions in memory
	// natsSync is how often the store is synced to disk. Events are hints, so
	// losing the last of them in a power cut is fine.
	natsSync = 2 * time.Minute
	// natsStart bounds the wait for a start, which reads the store's index.
	natsStart = 30 * time.Second
)

// NATS is a NATS server with JetStream inside the process. It is safe for
// concurrent use and is the events package's provider of connections.
type NATS struct {
	server *server.Server
	close  sync.Once
}

// StartNATS starts a server that keeps its store in the folder, which it makes
// if it is not there. One server at a time may use a folder: see LockDir. The
// server's warnings and errors go to the logger. Close ends it.
func StartNATS(dir string, logger *slog.Logger) (*NATS, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of embedded nats: %w", err)
	}
	srv, err := server.NewServer(natsOptions(dir))
	if err != nil {
		return nil, fmt.Errorf("configure embedded nats: %w", err)
	}
	log := &natsLog{logger: logger}
	srv.SetLoggerV2(log, false, false, false)
	srv.Start() // returns, since the server does not listen
	err = log.failure()
	if err == nil && srv.ReadyForConnections(natsStart) && srv.JetStreamEnabled() {
		return &NATS{server: srv}, nil
	}
	if err == nil {
		err = errors.New("it was not ready in time")
	}
	srv.Shutdown()
	srv.WaitForShutdown()
	return nil, &metadata.Fault{
		Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "start embedded nats in", Subject: dir,
		Hint: "the folder holds nothing but progress events and may be deleted", Err: err,
	}
}

func natsOptions(dir string) *server.Options {
	return &server.Options{
		ServerName:             "semsync",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		StoreDir:               dir,
		JetStreamMaxStore:      natsMaxStore,
		JetStreamMaxMemory:     natsMaxMemory,
		SyncInterval:           natsSync,
		DisableJetStreamBanner: true,
	}
}

// InProcessConn opens a connection to the server.
func (n *NATS) InProcessConn() (net.Conn, error) { return n.server.InProcessConn() }

// Close stops the server and waits until its store is closed. A second call
// does nothing.
func (n *NATS) Close() error {
	n.close.Do(func() {
		n.server.Shutdown()
		n.server.WaitForShutdown()
	})
	return nil
}

// natsLog passes the server's warnings and errors on, and keeps what it would
// have ended the process for.
type natsLog struct {
	logger *slog.Logger
	mu     sync.Mutex
	fatal  error // guarded by mu
}

func (l *natsLog) Noticef(string, ...any) {}
func (l *natsLog) Debugf(string, ...any)  {}
func (l *natsLog) Tracef(string, ...any)  {}

func (l *natsLog) Warnf(format string, v ...any) {
	l.logger.Warn("embedded nats", "text", fmt.Sprintf(format, v...))
}

func (l *natsLog) Errorf(format string, v ...any) {
	l.logger.Error("embedded nats", "text", fmt.Sprintf(format, v...))
}

func (l *natsLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == nil {
		l.fatal = fmt.Errorf(format, v...)
	}
}

// failure gives the first thing the server could not go on from, or nil.
func (l *natsLog) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}
