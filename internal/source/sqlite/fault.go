package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"modernc.org/sqlite"

	"github.com/semsync/semsync/internal/metadata"
)

// SQLite's primary result codes, see https://www.sqlite.org/rescode.html.
const (
	codeError    = 1
	codePerm     = 3
	codeBusy     = 5
	codeLocked   = 6
	codeNoMem    = 7
	codeReadOnly = 8
	codeAborted  = 9
	codeIOErr    = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeProtocol = 15
	codeSchema   = 17
	codeAuth     = 23
	codeNotADB   = 26
)

// classes are the classes of the codes. A file that stays locked for all the
// time that was allowed and an interrupted query count as timed out.
var classes = map[int]metadata.FaultClass{
	codePerm:     metadata.ClassPermission,
	codeAuth:     metadata.ClassPermission,
	codeBusy:     metadata.ClassQueryTimeout,
	codeLocked:   metadata.ClassQueryTimeout,
	codeNoMem:    metadata.ClassUnavailable,
	codeIOErr:    metadata.ClassUnavailable,
	codeFull:     metadata.ClassUnavailable,
	codeProtocol: metadata.ClassUnavailable,
	codeAborted:  metadata.ClassQueryTimeout,
	codeSchema:   metadata.ClassSerialization,
	codeCantOpen: metadata.ClassNotFound,
}

// hints are what a person can do about a code.
var hints = map[int]string{
	codeNotADB:   "the file is no SQLite database, or it is encrypted",
	codeCorrupt:  "the file is damaged: restore it from a copy, or try sqlite3's .recover",
	codeReadOnly: "another program's changes must be rolled back first: open the file once with the right to write",
	codeBusy:     "another program has locked the file",
}

// Classify gives the fault that an error of SQLite or of the file system is.
// It is nil for nil.
func Classify(err error) *metadata.Fault {
	if err == nil {
		return nil
	}
	if fault, ok := errors.AsType[*metadata.Fault](err); ok {
		return fault
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return metadata.AsFault(err)
	}
	if reason, ok := errors.AsType[*sqlite.Error](err); ok {
		return classifyCode(reason)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return faultOf(metadata.ClassNotFound, err)
	case errors.Is(err, fs.ErrPermission):
		return faultOf(metadata.ClassPermission, err)
	case errors.Is(err, errNoFile):
		return faultOf(metadata.ClassInvalid, err)
	default:
		return metadata.AsFault(err)
	}
}

func classifyCode(reason *sqlite.Error) *metadata.Fault {
	code := primaryCode(reason)
	class, known := classes[code]
	switch {
	case known:
	case code == codeError && strings.Contains(reason.Error(), "no such table"):
		class = metadata.ClassNotFound
	case code == codeError && strings.Contains(reason.Error(), "syntax error"):
		class = metadata.ClassSyntax
	default:
		class = metadata.ClassInvalid
	}
	fault := faultOf(class, reason)
	fault.Hint = hints[code]
	return fault
}

func faultOf(class metadata.FaultClass, err error) *metadata.Fault {
	kind := metadata.FaultTransient
	switch class {
	case metadata.ClassPermission:
		kind = metadata.FaultDenied
	case metadata.ClassNotFound:
		kind = metadata.FaultMissing
	case metadata.ClassSyntax, metadata.ClassInvalid:
		kind = metadata.FaultInvalid
	case metadata.ClassBug, metadata.ClassQuarantined:
		kind = metadata.FaultBug
	case metadata.ClassConnectionTimeout, metadata.ClassConnectionLost, metadata.ClassRateLimit,
		metadata.ClassQueryTimeout, metadata.ClassDeadlock, metadata.ClassSerialization, metadata.ClassUnavailable:
	}
	return &metadata.Fault{Kind: kind, Class: class, Err: err}
}

// fault makes an error one of this source in doing op. It is nil for nil.
func (r *Reader) fault(op string, err error) error {
	if err == nil {
		return nil
	}
	if code := primaryCode(err); code == codeCantOpen || code == codeIOErr {
		err = r.unopened(err, code)
	}
	fault := *Classify(err)
	if fault.Op == "" || fault.Subject == "" {
		fault.Op, fault.Subject = op, r.name
	}
	return &fault
}

// unopened finds out why SQLite could not open or read the file.
func (r *Reader) unopened(err error, code int) error {
	if problem := r.location.problem(); problem != nil {
		return problem
	}
	if code != codeCantOpen {
		return err
	}
	// The file itself can be opened, so it is the companions of WAL mode that cannot.
	return &metadata.Fault{
		Kind: metadata.FaultDenied, Class: metadata.ClassPermission, Err: err,
		Hint: "a database in WAL mode needs a folder that may be written, or a URI with immutable=1 if nobody writes it",
	}
}

// primaryCode is SQLite's result code without its details, 0 for other errors.
func primaryCode(err error) int {
	if reason, ok := errors.AsType[*sqlite.Error](err); ok {
		return reason.Code() & 0xff
	}
	return 0
}
