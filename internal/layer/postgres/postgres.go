// Package postgres keeps the semantic layer in a PostgreSQL schema.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"text/template"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/semsync/semsync/internal/layer/sqlstore"
	"github.com/semsync/semsync/internal/metadata"
)

// Config says where the layer is.
type Config struct {
	URL metadata.Secret // postgres://…
	// Schema holds the layer's tables; default semantic_layer_v1.
	Schema string
	// Tables renames tables, by their usual name.
	Tables map[string]string
	// CreateIfMissing creates the schema when it is not there.
	CreateIfMissing bool
	// MaxConns bounds the connections; default 10.
	MaxConns int
	// Application names this process to the server.
	Application string
}

// Store is a semantic layer in PostgreSQL.
type Store struct {
	*sqlstore.Store
	db  *sql.DB
	cfg Config
}

// Open checks the configuration and prepares the connections; it does not dial.
func Open(cfg Config) (*Store, error) {
	conf, err := pgx.ParseConfig(cfg.URL.Reveal())
	if err != nil {
		return nil, &metadata.Fault{ //nolint:gosec // the hint holds placeholders
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "read semantic_database.url",
			Err: errors.New("it is not a PostgreSQL connection string"), Hint: "write postgres://USER:PASSWORD@HOST:5432/DATABASE",
		}
	}
	if cfg.Schema == "" {
		cfg.Schema = "semantic_layer_v1"
	}
	if cfg.MaxConns == 0 {
		cfg.MaxConns = 10
	}
	if cfg.Application != "" {
		conf.RuntimeParams["application_name"] = cfg.Application
	}
	conf.RuntimeParams["timezone"] = "UTC"
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = 10 * time.Second
	}
	db := stdlib.OpenDB(*conf, stdlib.OptionAfterConnect(setUp))
	db.SetMaxOpenConns(cfg.MaxConns)
	db.SetMaxIdleConns(cfg.MaxConns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	d, err := cfg.dialect()
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.New(db, d)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{Store: store, db: db, cfg: cfg}, nil
}

// settings are of the layer's sessions, where the server has them. It ends a transaction whose client sleeps or is dead: the rows that
// it has locked are what everybody else waits for. A paused process notices at its next statement; its lease is over by then. And it
// packs the contents of new tables in the change log the quick way. Asked for by a query, since
// poolers refuse what they do not know at the start of a session, and old servers have not all of it.
const settings = `SELECT set_config(s.name, k.value, false) FROM pg_settings s JOIN (VALUES
	('idle_in_transaction_session_timeout', '10s'), ('client_connection_check_interval', '2s'), ('default_toast_compression', 'lz4')
) AS k (name, value) ON k.name = s.name WHERE s.enumvals IS NULL OR k.value = ANY (s.enumvals)`

func setUp(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, settings)
	return err
}

// Migrate creates the schema, when it may, and the tables.
func (s *Store) Migrate(ctx context.Context) error {
	var there bool
	if err := s.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", s.cfg.Schema).Scan(&there); err != nil {
		return classify("reach the layer", err)
	}
	switch {
	case there:
	case !s.cfg.CreateIfMissing:
		return &metadata.Fault{
			Kind: metadata.FaultMissing, Class: metadata.ClassNotFound, Op: "set up the layer in schema", Subject: s.cfg.Schema,
			Err: errors.New("there is no such schema"), Hint: "create it, or set semantic_database.create_if_missing: true",
		}
	default:
		// Two processes may race here even with IF NOT EXISTS; the loser's error means that it is there.
		_, err := s.db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{s.cfg.Schema}.Sanitize())
		if e, ok := errors.AsType[*pgconn.PgError](err); err != nil && (!ok || e.Code != "23505") {
			return classify("create the layer's schema", err)
		}
	}
	return s.Store.Migrate(ctx)
}

func (cfg Config) table(name string) string {
	if renamed := cfg.Tables[name]; renamed != "" {
		return renamed
	}
	return name
}

func (cfg Config) qualify(name string) string {
	return pgx.Identifier{cfg.Schema, cfg.table(name)}.Sanitize()
}

// lookups makes the planner find rows by their keys. Our transactions ask for some hundred rows of tables that may
// have been empty a minute ago: without statistics, it would read them from end to end, once for each row. Pages cost
// what they cost in memory, where those of a run are: else a scan of all of the run's ledger looks cheaper. What has to be read from
// end to end looks so costly then that it would be compiled, which takes longer.
const lookups = "SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL random_page_cost = 1.1"

func (cfg Config) dialect() (sqlstore.Dialect, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return sqlstore.Dialect{}, fmt.Errorf("prepare the migration lock: %w", err)
	}
	return sqlstore.Dialect{
		Goose: goose.DialectPostgres, MigrationLock: locker, Qualify: cfg.qualify, Funcs: cfg.funcs(),
		Begin: lookups, Planned: "ANALYZE " + cfg.qualify("sync_run_tables"), CommitIsolation: sql.LevelRepeatableRead, Copy: cfg.copy,
		Time:     func(t time.Time) any { return t.UTC() },
		Classify: classify,
	}, nil
}

func constant(text string) func() string { return func() string { return text } }

func around(before, after string) func(string) string {
	return func(x string) string { return before + x + after }
}

func (cfg Config) funcs() template.FuncMap {
	return template.FuncMap{
		"name": constant(`text COLLATE "C"`), "list": constant("text[]"), "time": constant("timestamptz"), "uuid": constant("uuid"),
		"document": constant("json"), "real": constant("double precision"), "duration": constant("interval"),
		"id": constant("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"), "now": constant("clock_timestamp()"), "fill": constant(" WITH (fillfactor = 70)"),
		"key_share": constant("FOR KEY SHARE"), "for_update": constant("FOR NO KEY UPDATE"), "skip_locked": constant("FOR UPDATE SKIP LOCKED"),
		"index": func(name string) string { return pgx.Identifier{cfg.table(name)}.Sanitize() },
		"q":     func(name string) string { return pgx.Identifier{name}.Sanitize() },
		"after": around("clock_timestamp() + make_interval(secs => ", ")"), "elapsed": around("greatest(clock_timestamp() - ", ", interval '1 millisecond')"),
		"seconds": around("CAST(EXTRACT(EPOCH FROM ", ") AS double precision)"), "float": around("CAST(", " AS double precision)"),
		"int": around("CAST(", " AS integer)"), "text": around("CAST(", " AS text)"), "text_list": around("CAST(to_json(", ") AS text)"),
		"uuid_param": around("CAST(", " AS uuid)"),
		"kept":       constant("CAST(json_build_object('description', t.description, 'tags', t.tags, " + keptColumns + ") AS text)"),
		"rows":       rows, "r": constant("t."),
	}
}

// keptColumns are what the change log keeps of a row that makes way, beside description and tags.
const keptColumns = "'owner', t.owner, 'steward_email', t.steward_email, 'business_term', t.business_term, 'pii_category', t.pii_category, " +
	"'data_classification', t.data_classification"

// rows unfolds a JSON array of objects into columns.
func rows(param, columns string) string {
	var b strings.Builder
	b.WriteString("json_to_recordset(" + param + "::json)")
	list := strings.Split(columns, ", ")
	for i, c := range list {
		name, kind, _ := strings.Cut(c, " ")
		switch kind {
		case "name":
			kind = `text COLLATE "C"`
		case "list":
			kind = "text[]"
		case "document":
			kind = "json"
		case "time":
			kind = "timestamptz"
		case "real":
			kind = "double precision"
		}
		list[i] = name + " " + kind
	}
	// The alias that follows in the statement names the subselect.
	return "(SELECT * FROM " + b.String() + " AS r(" + strings.Join(list, ", ") + "))"
}

// classify turns an error of the driver into a fault. pgx's errors do not hold the password.
func classify(op string, err error) *metadata.Fault {
	f := &metadata.Fault{Kind: metadata.FaultBug, Class: metadata.ClassBug, Op: op, Err: err}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		f.Kind, f.Class = byState(e.Code)
		return f
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		f.Kind, f.Class = metadata.FaultTransient, metadata.ClassConnectionTimeout
		return f
	}
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	if _, network := errors.AsType[*net.OpError](err); connect || network || pgconn.SafeToRetry(err) || lostConnection(err) {
		f.Kind, f.Class = metadata.FaultTransient, metadata.ClassConnectionLost
	}
	return f
}

func lostConnection(err error) bool {
	text := err.Error()
	for _, sign := range []string{"unexpected EOF", "conn closed", "driver: bad connection", "connection reset", "broken pipe", "conn busy"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// byState sorts the SQLSTATEs that a layer meets; see appendix A of the PostgreSQL manual.
func byState(code string) (metadata.FaultKind, metadata.FaultClass) {
	switch code {
	case "40001":
		return metadata.FaultTransient, metadata.ClassSerialization
	case "40P01":
		return metadata.FaultTransient, metadata.ClassDeadlock
	case "23505":
		// Somebody else inserted the same row a moment ago: seen by the next try.
		return metadata.FaultConflict, metadata.ClassSerialization
	case "57014", "55P03", "25P03", "25P04":
		return metadata.FaultTransient, metadata.ClassQueryTimeout
	case "42501":
		return metadata.FaultDenied, metadata.ClassPermission
	case "42P01", "3F000", "42703", "3D000":
		return metadata.FaultMissing, metadata.ClassNotFound
	}
	switch code[:2] {
	case "08":
		return metadata.FaultTransient, metadata.ClassConnectionLost
	case "57", "53", "58":
		return metadata.FaultTransient, metadata.ClassUnavailable
	case "28":
		return metadata.FaultDenied, metadata.ClassPermission
	case "22":
		return metadata.FaultInvalid, metadata.ClassInvalid
	default:
		return metadata.FaultBug, metadata.ClassBug
	}
}
