package mysql

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/go-sql-driver/mysql"

	"github.com/semsync/semsync/internal/metadata"
)

// Classify gives the fault that an error of the driver or of the server is. It
// is nil for nil. A refused connection counts as unavailable, since the server
// is down or not yet up; an interrupted query counts as timed out, since that
// is why watchdogs and people interrupt queries.
func Classify(err error) *metadata.Fault {
	if err == nil {
		return nil
	}
	if fault, ok := errors.AsType[*metadata.Fault](err); ok {
		return fault
	}
	if refusal, ok := errors.AsType[*mysql.MySQLError](err); ok {
		fault := classifyNumber(refusal)
		fault.Err = err
		return fault
	}
	if fault := classifyNetwork(err); fault != nil {
		fault.Err = err
		return fault
	}
	return metadata.AsFault(err)
}

// numbers are the server's errors that say more than their SQLSTATE.
// MySQL: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
// MariaDB: https://mariadb.com/docs/server/reference/error-codes
var numbers = map[uint16]metadata.FaultClass{
	1040: metadata.ClassRateLimit, // too many connections
	1203: metadata.ClassRateLimit, // too many connections of this account
	1226: metadata.ClassRateLimit, // the account has used up a resource

	1037: metadata.ClassUnavailable, // out of memory
	1041: metadata.ClassUnavailable, // out of memory
	1021: metadata.ClassUnavailable, // disk full
	1053: metadata.ClassUnavailable, // shutting down
	1129: metadata.ClassUnavailable, // this client is blocked for its many errors

	1205: metadata.ClassQueryTimeout, // waited too long for a lock
	1317: metadata.ClassQueryTimeout, // interrupted
	1969: metadata.ClassQueryTimeout, // max_statement_time, MariaDB
	3024: metadata.ClassQueryTimeout, // max_execution_time, MySQL

	1213: metadata.ClassDeadlock,
	1020: metadata.ClassSerialization, // the record has changed
	1412: metadata.ClassSerialization, // the definition has changed
	1615: metadata.ClassSerialization, // the statement must be prepared again

	1158: metadata.ClassConnectionLost, // network errors, as the server sees them
	1159: metadata.ClassConnectionLost,
	1160: metadata.ClassConnectionLost,
	1161: metadata.ClassConnectionLost,
	1927: metadata.ClassConnectionLost, // killed, MariaDB
	2006: metadata.ClassConnectionLost, // gone away, as proxies pass it on
	2013: metadata.ClassConnectionLost, // lost during the query
	4031: metadata.ClassConnectionLost, // idle for too long, MySQL

	1044: metadata.ClassPermission, // denied: database
	1045: metadata.ClassPermission, // denied: account
	1130: metadata.ClassPermission, // denied: host
	1142: metadata.ClassPermission, // denied: table
	1143: metadata.ClassPermission, // denied: column
	1227: metadata.ClassPermission, // denied: privilege
	1370: metadata.ClassPermission, // denied: routine
	1698: metadata.ClassPermission, // denied: account, by its plugin
	1820: metadata.ClassPermission, // the password must be changed first
	1862: metadata.ClassPermission, // the password has expired

	1049: metadata.ClassNotFound, // database
	1109: metadata.ClassNotFound, // table in a statement
	1146: metadata.ClassNotFound, // table

	1064: metadata.ClassSyntax,
	1149: metadata.ClassSyntax,
}

// states are the classes of SQLSTATE for what numbers leaves out.
var states = map[string]metadata.FaultClass{
	"08": metadata.ClassConnectionLost,
	"28": metadata.ClassPermission,
	"40": metadata.ClassSerialization,
}

func classifyNumber(refusal *mysql.MySQLError) *metadata.Fault {
	class, known := numbers[refusal.Number]
	if !known {
		class, known = states[string(refusal.SQLState[:2])]
	}
	if !known {
		class = metadata.ClassInvalid
	}
	fault := &metadata.Fault{Kind: kindOf(class), Class: class}
	if refusal.Number == 1129 {
		fault.Hint = "run FLUSH HOSTS on the server"
	}
	return fault
}

func kindOf(class metadata.FaultClass) metadata.FaultKind {
	switch class {
	case metadata.ClassPermission:
		return metadata.FaultDenied
	case metadata.ClassNotFound:
		return metadata.FaultMissing
	case metadata.ClassSyntax, metadata.ClassInvalid:
		return metadata.FaultInvalid
	case metadata.ClassBug, metadata.ClassQuarantined:
		return metadata.FaultBug
	case metadata.ClassConnectionTimeout, metadata.ClassConnectionLost, metadata.ClassRateLimit,
		metadata.ClassQueryTimeout, metadata.ClassDeadlock, metadata.ClassSerialization, metadata.ClassUnavailable:
		return metadata.FaultTransient
	default:
		return metadata.FaultBug
	}
}

// classifyNetwork knows the errors that come from this side of the connection.
func classifyNetwork(err error) *metadata.Fault {
	class := networkClass(err)
	if class == "" {
		return nil
	}
	return &metadata.Fault{Kind: kindOf(class), Class: class}
}

func networkClass(err error) metadata.FaultClass {
	dial, dialing := errors.AsType[*net.OpError](err)
	dialing = dialing && dial.Op == "dial"
	switch {
	case errors.Is(err, context.Canceled):
		return "" // wanted
	case dialing && dial.Timeout():
		return metadata.ClassConnectionTimeout
	case errors.Is(err, context.DeadlineExceeded):
		return metadata.ClassQueryTimeout
	case dialing: // refused, no socket, no route, no such host
		return metadata.ClassUnavailable
	case isAny(err, driver.ErrBadConn, mysql.ErrInvalidConn, mysql.ErrMalformPkt, mysql.ErrPktSync,
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, sql.ErrConnDone,
		syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE):
		return metadata.ClassConnectionLost
	case isAny(err, mysql.ErrOldPassword, mysql.ErrCleartextPassword, mysql.ErrNativePassword, mysql.ErrUnknownPlugin):
		return metadata.ClassPermission
	case isAny(err, mysql.ErrNoTLS, mysql.ErrOldProtocol, mysql.ErrPktTooLarge), isCertificate(err):
		return metadata.ClassInvalid
	case isTimeout(err):
		return metadata.ClassConnectionTimeout
	default:
		return ""
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

func isCertificate(err error) bool {
	_, is := errors.AsType[*tls.CertificateVerificationError](err)
	return is
}

func isTimeout(err error) bool {
	timeout, is := errors.AsType[net.Error](err)
	return is && timeout.Timeout()
}

// fault makes an error one of this source in doing op. It is nil for nil.
func (r *Reader) fault(op string, err error) error {
	if err == nil {
		return nil
	}
	fault := *Classify(err)
	if fault.Op == "" || fault.Subject == "" {
		fault.Op, fault.Subject = op, r.name
	}
	if password := r.config.Passwd; fault.Err != nil && password != "" && strings.Contains(fault.Error(), password) {
		fault.Err = errors.New(strings.ReplaceAll(fault.Err.Error(), password, "[redacted]"))
	}
	return &fault
}
