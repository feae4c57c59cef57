package sqlite

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// kept are the parameters of a file: URI that are left to SQLite. The driver's
// own could run statements, and mode is ours.
var kept = []string{"immutable", "nolock", "psow", "vfs"}

// location is where a database is.
type location struct {
	path string
	uri  string // opens it read-only
}

// locate reads a DSN: a path, taken as it is, or a file: URI.
func locate(config source.Config) (location, error) {
	dsn := config.DSN.Reveal()
	if dsn == "" {
		return location{}, badDSN(config.Name, "the DSN is empty")
	}
	if !strings.HasPrefix(dsn, "file:") {
		return readOnly(config.Name, dsn, url.Values{})
	}
	parsed, err := url.Parse(dsn)
	if err != nil {
		return location{}, badDSN(config.Name, "the URI cannot be read") // err would repeat it
	}
	if parsed.Host != "" && parsed.Host != "localhost" {
		return location{}, badDSN(config.Name, "the URI names another host")
	}
	path := parsed.Path
	if parsed.Opaque != "" {
		if path, err = url.PathUnescape(parsed.Opaque); err != nil {
			return location{}, badDSN(config.Name, "the URI's path cannot be read")
		}
	}
	given := parsed.Query()
	if path == "" || path == ":memory:" || given.Get("mode") == "memory" {
		return location{}, badDSN(config.Name, "the URI names no file")
	}
	parameters := url.Values{}
	for _, name := range kept {
		if given.Has(name) {
			parameters.Set(name, given.Get(name))
		}
	}
	return readOnly(config.Name, path, parameters)
}

func readOnly(name, path string, parameters url.Values) (location, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return location{}, badDSN(name, "the working folder is gone")
	}
	parameters.Set("mode", "ro")
	parameters.Set("_error_rc", "1") // else the driver adds the text of another failure
	uri := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: parameters.Encode()}
	return location{path: path, uri: uri.String()}, nil
}

// problem says why a file cannot be opened, where the file system knows.
func (l location) problem() error {
	info, err := os.Stat(l.path)
	if err != nil {
		return withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return errNoFile
	}
	file, err := os.Open(l.path)
	if err != nil {
		return withoutPath(err)
	}
	return file.Close()
}

var errNoFile = errors.New("it is a folder or a device, not a file")

// withoutPath keeps the DSN out of the text of errors.
func withoutPath(err error) error {
	if detail, ok := errors.AsType[*os.PathError](err); ok {
		return detail.Err
	}
	return err
}

func badDSN(name, what string) *metadata.Fault {
	return &metadata.Fault{
		Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid,
		Op: "open source", Subject: name, Err: errors.New(what), Hint: "a DSN is a path or a file: URI",
	}
}
