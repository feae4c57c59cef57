package mysql

import (
	"errors"
	"slices"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const (
	dsnForm     = "a DSN has the form user:password@tcp(host:port)/"
	dialTimeout = 10 * time.Second // where the DSN has no timeout of its own
)

// parse makes the driver's configuration. What the reader depends on is set
// here, whatever the DSN says of it. The driver's own errors would repeat
// parts of the DSN, so none of their text is kept.
func parse(config source.Config) (*mysql.Config, error) {
	parsed, err := mysql.ParseDSN(config.DSN.Reveal())
	if err != nil {
		return nil, badDSN(config.Name, "the DSN cannot be read")
	}
	if !slices.Contains([]string{"tcp", "tcp4", "tcp6", "unix"}, parsed.Net) {
		return nil, badDSN(config.Name, "the DSN names a network that is neither tcp nor unix")
	}
	parsed.Logger = &mysql.NopLogger{} // it would write to the standard error
	parsed.ParseTime = true
	parsed.Loc = time.UTC
	parsed.InterpolateParams = true // one round trip a question, and no limit of 65,535 parameters
	parsed.Collation = ""           // the session speaks utf8mb4; see session
	parsed.MultiStatements = false
	parsed.AllowAllFiles = false
	parsed.ColumnsWithAlias = false
	if parsed.Timeout == 0 {
		parsed.Timeout = dialTimeout
	}
	return parsed, nil
}

func badDSN(name, what string) *metadata.Fault {
	return &metadata.Fault{
		Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid,
		Op: "open source", Subject: name, Err: errors.New(what), Hint: dsnForm,
	}
}
