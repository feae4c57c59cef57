package testkit

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/semsync/semsync/internal/testkit/servers"
)

// Environment variables that hold the DSN of a server to use instead of
// starting one, as a user who may create databases. See servers.Server for
// the DSN's form.
const (
	PostgresVariable = "SEMSYNC_TEST_POSTGRES"
	MariaDBVariable  = "SEMSYNC_TEST_MARIADB"
)

// cleanupTimeout bounds the dropping of a test's database, of which some have 100,000 tables.
const cleanupTimeout = 5 * time.Minute

// shared is a server that all tests of the process use. Nobody stops it: its
// janitor does when the process is gone.
type shared struct {
	variable string
	start    func(context.Context) (*servers.Server, error)

	mu     sync.Mutex
	server *servers.Server // guarded by mu; kept, since its end is the server's
	err    error           // guarded by mu; of the one attempt that was made
}

// dsn gives the server's DSN and starts the server on first use.
func (s *shared) dsn(tb testing.TB) string {
	tb.Helper()
	if dsn := os.Getenv(s.variable); dsn != "" {
		return dsn
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil && s.err == nil {
		// The server outlives the test that happens to be first.
		s.server, s.err = s.start(context.WithoutCancel(tb.Context()))
	}
	if s.err != nil {
		tb.Fatalf("testkit: %v", s.err)
	}
	return s.server.DSN
}

// databaseName gives a name that no other test has, in any process.
func databaseName() string { return "t_" + strings.ToLower(rand.Text()[:16]) }

// atEnd runs the clean-up when the test is over, with a context that lives
// then, and reports its error.
func atEnd(tb testing.TB, what string, clean func(context.Context) error) {
	tb.Helper()
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), cleanupTimeout)
		defer cancel()
		if err := clean(ctx); err != nil {
			tb.Errorf("testkit: %s: %v", what, err)
		}
	})
}
