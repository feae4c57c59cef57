// Package sqlite keeps the semantic layer in one SQLite file.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/semsync/semsync/internal/layer/sqlstore"
	"github.com/semsync/semsync/internal/metadata"
)

// Config says where the layer is.
type Config struct {
	Path string // of the file; its folder must exist
	// Tables renames tables, by their usual name.
	Tables map[string]string
	// CreateIfMissing creates the file when it is not there.
	CreateIfMissing bool
}

// Store is a semantic layer in SQLite.
type Store struct {
	*sqlstore.Store
}

// Open checks that the file is or may be there; it does not open it yet.
func Open(cfg Config) (*Store, error) {
	if _, err := os.Stat(cfg.Path); err != nil && !cfg.CreateIfMissing {
		return nil, &metadata.Fault{
			Kind: metadata.FaultMissing, Class: metadata.ClassNotFound, Op: "open the layer", Subject: cfg.Path,
			Err: errors.New("there is no such file"), Hint: "set semantic_database.create_if_missing: true",
		}
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("find the layer %s: %w", cfg.Path, err)
	}
	query := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(ON)", "cache_size(-16000)",
	}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open the layer %s: %w", cfg.Path, err)
	}
	db.SetMaxOpenConns(8)
	store, err := sqlstore.New(db, cfg.dialect())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{Store: store}, nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (cfg Config) qualify(name string) string {
	if renamed := cfg.Tables[name]; renamed != "" {
		name = renamed
	}
	return quote(name)
}

func (cfg Config) dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Goose: goose.DialectSQLite3, Qualify: cfg.qualify, Funcs: funcs(), Rewrite: sqlstore.QuestionMarks,
		OneWriter: true,
		Time:      func(t time.Time) any { return sqlstore.FormatTime(t) },
		Classify:  classify,
	}
}

const now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

func constant(text string) func() string { return func() string { return text } }

func around(before, after string) func(string) string {
	return func(x string) string { return before + x + after }
}

func funcs() template.FuncMap {
	return template.FuncMap{
		"name": constant("text"), "list": constant("text"), "time": constant("text"), "uuid": constant("text"),
		"document": constant("text"), "real": constant("real"), "duration": constant("real"),
		"id": constant("integer PRIMARY KEY AUTOINCREMENT"), "now": constant(now), "fill": constant(""),
		"key_share": constant(""), "for_update": constant(""), "skip_locked": constant(""),
		"index": quote, "q": quote,
		"after": around("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ", " || ' seconds')"),
		// SQLite keeps no interval: seconds, at least a thousandth.
		"elapsed": around("max((julianday('now') - julianday(", ")) * 86400.0, 0.001)"),
		"seconds": around("", ""), "float": around("CAST(", " AS real)"), "int": around("CAST(", " AS integer)"),
		"text": around("", ""), "text_list": around("", ""),
		"uuid_param": around("", ""),
		"kept": constant("json_object('description', t.description, 'tags', json(t.tags), 'owner', t.owner, 'steward_email', t.steward_email, " +
			"'business_term', t.business_term, 'pii_category', t.pii_category, 'data_classification', t.data_classification)"),
		"rows": rows,
		"r":    constant(""), // RETURNING knows no alias here
	}
}

// rows unfolds a JSON array of objects into columns, once: the LIMIT keeps SQLite from doing it anew for each row of the other side.
func rows(param, columns string) string {
	list := strings.Split(columns, ", ")
	for i, c := range list {
		name, _, _ := strings.Cut(c, " ")
		list[i] = "json_extract(value, '$." + name + "') AS " + name
	}
	return "(SELECT " + strings.Join(list, ", ") + " FROM json_each(" + param + ") LIMIT -1)"
}

// classify turns an error of the driver into a fault.
func classify(op string, err error) *metadata.Fault {
	f := &metadata.Fault{Kind: metadata.FaultBug, Class: metadata.ClassBug, Op: op, Err: err}
	if errors.Is(err, context.DeadlineExceeded) {
		f.Kind, f.Class = metadata.FaultTransient, metadata.ClassQueryTimeout
		return f
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return f
	}
	switch e.Code() & 0xff { // the primary code; see sqlite.org/rescode.html
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		f.Kind, f.Class = metadata.FaultTransient, metadata.ClassSerialization
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_NOMEM:
		f.Kind, f.Class = metadata.FaultTransient, metadata.ClassUnavailable
	case lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_AUTH:
		f.Kind, f.Class = metadata.FaultDenied, metadata.ClassPermission
	case lib.SQLITE_CANTOPEN:
		f.Kind, f.Class, f.Hint = metadata.FaultMissing, metadata.ClassNotFound, "the folder must exist and be writable"
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		f.Kind, f.Class, f.Hint = metadata.FaultInvalid, metadata.ClassInvalid, "the file is damaged or no SQLite database"
	case lib.SQLITE_INTERRUPT:
		f.Kind, f.Class = metadata.FaultStopped, ""
	}
	return f
}
