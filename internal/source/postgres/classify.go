package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/semsync/semsync/internal/metadata"
)

// Classify gives the fault that an error of pgx or of the server is. It is nil
// for nil. A refused connection counts as unavailable, since the server is
// down or not yet up; a cancelled query counts as timed out, since that is why
// servers and people cancel queries. What pgx says of connections holds host,
// user and database, never the password.
func Classify(err error) *metadata.Fault {
	if err == nil {
		return nil
	}
	if fault, is := errors.AsType[*metadata.Fault](err); is {
		return fault
	}
	var s sort
	refusal, refused := errors.AsType[*pgconn.PgError](err)
	switch {
	case errors.Is(err, context.Canceled): // whatever that led to
		s = sort{kind: metadata.FaultStopped}
	case refused:
		s = sortOf(refusal.Code)
	default:
		s = sortOfNetwork(err)
	}
	return &metadata.Fault{Kind: s.kind, Class: s.class, Hint: s.hint, Err: err}
}

// sort is what is to be thought of an error.
type sort struct {
	kind  metadata.FaultKind
	class metadata.FaultClass
	hint  string
}

func transient(class metadata.FaultClass, hint string) sort {
	return sort{metadata.FaultTransient, class, hint}
}

// states are the SQLSTATEs that say more than their class.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
var states = map[string]sort{
	"25P03": transient(metadata.ClassConnectionLost, ""), // idle in a transaction for too long
	"25P04": transient(metadata.ClassQueryTimeout, ""),   // transaction_timeout
	"40001": transient(metadata.ClassSerialization, ""),
	"40003": transient(metadata.ClassConnectionLost, ""), // completion unknown
	"40P01": transient(metadata.ClassDeadlock, ""),
	"53300": transient(metadata.ClassRateLimit, "the server has no connection left: lower sync.max_concurrent_queries"),
	"53400": transient(metadata.ClassRateLimit, ""), // configuration limit exceeded
	"55006": transient(metadata.ClassUnavailable, ""),
	"55P03": transient(metadata.ClassQueryTimeout, "somebody holds a lock on it"),
	"57014": transient(metadata.ClassQueryTimeout, "raise sync.query_timeout if this is no exception"),
	"57P01": transient(metadata.ClassConnectionLost, ""), // shutdown by an administrator
	"57P02": transient(metadata.ClassConnectionLost, ""), // crash
	"57P03": transient(metadata.ClassUnavailable, ""),    // starting up or shutting down
	"57P05": transient(metadata.ClassConnectionLost, ""), // idle for too long
	"72000": transient(metadata.ClassSerialization, ""),  // snapshot too old
	"XX000": transient(metadata.ClassSerialization, ""),  // as a rule an object that was dropped while it was looked at

	"42501": {metadata.FaultDenied, metadata.ClassPermission, "grant what is missing to the source's role"},
	"3D000": {metadata.FaultMissing, metadata.ClassNotFound, "check the database's name in the DSN"},
	"3F000": {metadata.FaultMissing, metadata.ClassNotFound, ""}, // schema
	"42P01": {metadata.FaultMissing, metadata.ClassNotFound, ""}, // table
	"42703": {metadata.FaultMissing, metadata.ClassNotFound, ""}, // column
	"42883": {metadata.FaultMissing, metadata.ClassNotFound, ""}, // function
	"42601": {metadata.FaultInvalid, metadata.ClassSyntax, ""},
}

// families are the first two characters of the SQLSTATEs that are not in states.
var families = map[string]sort{
	"08": transient(metadata.ClassConnectionLost, ""),
	"28": {metadata.FaultDenied, metadata.ClassPermission, "check user and password in the DSN, and pg_hba.conf"},
	"40": transient(metadata.ClassSerialization, ""),
	"53": transient(metadata.ClassUnavailable, ""), // disk full, out of memory
	"57": transient(metadata.ClassUnavailable, ""),
	"58": transient(metadata.ClassUnavailable, ""), // input and output
	"XX": transient(metadata.ClassUnavailable, ""), // corrupted
}

func sortOf(state string) sort {
	if s, known := states[state]; known {
		return s
	}
	if len(state) == 5 {
		if s, known := families[state[:2]]; known {
			return s
		}
	}
	return sort{metadata.FaultInvalid, metadata.ClassInvalid, ""}
}

// sortOfNetwork knows the errors that come from this side of the connection.
func sortOfNetwork(err error) sort {
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	network, isNetwork := errors.AsType[net.Error](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case untrusted:
		return sort{metadata.FaultInvalid, metadata.ClassInvalid, "check sslmode and sslrootcert in the DSN"}
	case connecting && (pgconn.Timeout(err) || isNetwork && network.Timeout()):
		return transient(metadata.ClassConnectionTimeout, "")
	case pgconn.Timeout(err), errors.Is(err, context.DeadlineExceeded):
		return transient(metadata.ClassQueryTimeout, "raise sync.query_timeout if this is no exception")
	case connecting: // refused, no route, no such host, no socket, hung up
		return transient(metadata.ClassUnavailable, "")
	case isAny(err, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE),
		isNetwork, pgconn.SafeToRetry(err): // the last: nothing could be sent
		return transient(metadata.ClassConnectionLost, "")
	default:
		return sort{metadata.FaultBug, metadata.ClassBug, ""}
	}
}

func isAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
