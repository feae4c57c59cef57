// Package source is the contract for reading a database that semsync
// describes. Its children postgres, mysql and sqlite keep it, and all of them
// run the suite in sourcetest.
//
// A reader reads catalogs, with a number of queries that does not
// grow with the number of tables; only a Sampler reads values, of one table at a time and
// only when it is asked to. It never writes to a source.
package source

import (
	"context"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Reader reads the catalog of one configured source. It is safe for
// concurrent use. Every error it returns is a *metadata.Fault whose kind and
// class tell what to do about it, and whose text holds no secret.
type Reader interface {
	// Discover calls yield for every table of the source for which keep is
	// true, in byte order of (Database, Name). The tables are complete, with
	// fields, keys and, when the options ask for them, indexes. System schemas are
	// left out. Memory does not grow with the number of tables, and the number
	// of queries is constant. All is read in one read-only snapshot where the
	// engine has one. keep is called before anything of the table is read.
	//
	// The certificate says whether the read was complete: only then may the
	// absence of a table be believed. An error means that it was not.
	// An error from yield ends the read and is returned as it is.
	Discover(ctx context.Context, opts Options, keep func(metadata.TableID) bool, yield func(*metadata.Table) error) (Certificate, error)

	// Read calls yield once for each of the given ids, which must be of this source,
	// in any order, with a number of queries that does not grow with the number of ids. A
	// table that is gone gives a Result with a fault of kind missing, one that
	// cannot be read gives its own fault; its neighbours are unharmed. A
	// failed read of columns is a failed table, never a table without columns.
	// The error is for what keeps all of them from being read.
	Read(ctx context.Context, opts Options, ids []metadata.TableID, yield func(Result) error) error

	// Check tries the connection and each permission that reading needs, and
	// gives what is missing in words for a person; empty means all is well.
	Check(ctx context.Context) ([]string, error)

	// Queries is how many statements were sent to the source since Open.
	Queries() int64

	// Bytes is how many bytes came from the source since Open; 0 where it is a file.
	Bytes() int64

	// Close closes the connections.
	Close() error
}

// ChangeReader is kept by readers that can run a user's change_query, a SELECT
// that gives database_name, table_name and one more column named field.
type ChangeReader interface {
	// Changes calls yield for each row, in any order. Value is text for
	// versions and RFC 3339 with nanoseconds in UTC for times.
	Changes(ctx context.Context, opts Options, query, field string, yield func(database, table, value string) error) error
}

// MaxReader is kept by readers that can give MAX(field) of tables that have
// such a column, for the timestamp method. A table without the column is left out.
type MaxReader interface {
	MaxTimes(ctx context.Context, opts Options, ids []metadata.TableID, field string) (map[metadata.TableID]time.Time, error)
}

// TokenReader is kept by readers whose engine can prove cheaply that no
// schema in it has changed: equal tokens mean equal catalogs.
type TokenReader interface {
	ChangeToken(ctx context.Context) (string, error)
}

// Options say how to read.
type Options struct {
	Indexes bool // read indexes too
	// QueryTimeout bounds each query, on the server too where the engine can; 0 means 10 minutes.
	QueryTimeout time.Duration
	// Application names the run to the server, where it can be told.
	Application string
}

// Result is one table of a Read: either the table or why it could not be read.
type Result struct {
	ID    metadata.TableID
	Table *metadata.Table
	Fault *metadata.Fault
}

// Certificate says how much a Discover may be believed.
type Certificate struct {
	// Complete is true when everything that the connection may see was read.
	Complete bool
	// Why says in words for a person why it is not complete.
	Why string
	// Privileges is a digest of what the connection may see, where privileges
	// hide tables in this engine; "" where they do not. Two reads with different digests
	// must not be compared for absences.
	Privileges string
	// Token is the change token of the snapshot that was read, "" where the engine has none.
	Token string
}

// Limiter bounds the queries in flight at one source, over the whole fleet.
type Limiter interface {
	// Acquire waits for n places at once and gives the function that frees them. n is at
	// most Limit().
	Acquire(ctx context.Context, n int) (release func(), err error)
	// Limit is the number of places there are.
	Limit() int
}

// Unlimited is a Limiter that never waits.
type Unlimited struct{}

// Acquire never waits.
func (Unlimited) Acquire(context.Context, int) (func(), error) { return func() {}, nil }

// Limit is large.
func (Unlimited) Limit() int { return 1 << 30 }

// Config is one entry of sources.
type Config struct {
	Name     string
	Driver   string // postgres, mysql or sqlite
	DSN      metadata.Secret
	Database string // SQLite: the name for its one database, default main
}

// Legible replaces what is not UTF-8, which SQLite and PostgreSQL with SQL_ASCII take from everybody and a layer cannot keep. It is not for
// names: a replaced one is another one.
func Legible(text string) string { return strings.ToValidUTF8(text, "\ufffd") }
