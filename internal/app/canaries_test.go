package app

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
	"github.com/semsync/semsync/internal/testkit/canary"
)

// secrets are what a fleet must let nobody see. A nil one is that of a fleet without logins.
type secrets struct {
	*canary.Set
	redis          string // requirepass
	natsUser, nats string
}

// newSecretFleet is newFleet with a login wherever there can be one, and flags for its Redis. noSecrets looks for them at the end.
func newSecretFleet(t *testing.T, flags ...string) *fleet {
	t.Helper()
	s := &secrets{Set: canary.NewSet(), natsUser: "semsync"}
	s.redis, s.nats = s.Word("redis password"), s.Secret("nats password")
	f := &fleet{T: t, dir: t.TempDir(), redis: testkit.Redis(t, append(flags, "--requirepass", s.redis)...), secrets: s}
	f.nats = testkit.NATS(t, func(o *server.Options) { o.Username, o.Password = s.natsUser, s.nats })
	f.layerDSN = f.secretPostgres("layer")
	f.config = filepath.Join(f.dir, "config.yaml")
	return f
}

func (s *secrets) redisLogin() string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf(", password: %q", s.redis)
}

func (s *secrets) natsURL(plain string) string {
	if s == nil {
		return plain
	}
	u, err := url.Parse(plain)
	if err != nil {
		return plain
	}
	u.User = url.UserPassword(s.natsUser, s.nats)
	return u.String()
}

// secretPostgres gives a database of an account whose password is a secret of the fleet.
func (f *fleet) secretPostgres(name string) (dsn string) {
	f.Helper()
	u, err := url.Parse(testkit.Postgres(f))
	require.NoError(f, err)
	admin, role, password := open(f.T, "pgx", u.String()), strings.TrimPrefix(u.Path, "/")+"_owner", f.secrets.Secret(name+" password")
	mustExec(f.T, admin, fmt.Sprintf("CREATE ROLE %s SUPERUSER LOGIN PASSWORD '%s'", pgx.Identifier{role}.Sanitize(), password))
	u.User = url.UserPassword(role, password)
	return u.String()
}

// secretMariaDB does the same there.
func (f *fleet) secretMariaDB(name string) (dsn string) {
	f.Helper()
	cfg, err := mysql.ParseDSN(testkit.MariaDB(f))
	require.NoError(f, err)
	account, password := cfg.DBName+"_owner", f.secrets.Secret(name+" password")
	mustExec(f.T, open(f.T, "mysql", cfg.FormatDSN()),
		fmt.Sprintf("CREATE USER %s IDENTIFIED BY '%s'", account, password),
		fmt.Sprintf("GRANT ALL ON `%s`.* TO %s", strings.ReplaceAll(cfg.DBName, "_", `\_`), account))
	cfg.User, cfg.Passwd = account, password
	return cfg.FormatDSN()
}

var listensOn = regexp.MustCompile(`metrics and health" addr=(\S+)`)

// noSecrets looks for the fleet's secrets in everything that it has left or shows: what its processes printed, crash dumps among it, what the
// living ones answer to HTTP, the data folder, Redis, NATS and the layer. More places can be named.
func (f *fleet) noSecrets(more ...canary.Place) {
	f.Helper()
	f.secrets.Scan(f, append(f.places(), more...)...)
}

func (f *fleet) places() []canary.Place {
	f.Helper()
	out := []canary.Place{
		canary.Postgres("the layer", f.layer.DB()), canary.Redis(f.redis.Addr, "", f.secrets.redis, f.redis.Dir),
		canary.Streams(f.secrets.natsURL(f.nats.URL)), canary.Files(f.nats.StoreDir),
	}
	printed := canary.Place{Name: "what was printed", Read: func(_ context.Context, part func(string, []byte)) error {
		for _, p := range f.started() {
			part(fmt.Sprint(p.cmd.Args[3:], " to its output"), []byte(p.out.String()))
			part(fmt.Sprint(p.cmd.Args[3:], " to its log"), []byte(p.log.String()))
			part("arguments", []byte(strings.Join(p.cmd.Args, "\n")))
		}
		return nil
	}}
	out = append(out, printed)
	if found, err := filepath.Glob(filepath.Join(f.dir, "data", "*")); err == nil && len(found) > 0 {
		out = append(out, canary.Files(filepath.Join(f.dir, "data")))
	}
	for _, p := range f.started() {
		if m := listensOn.FindStringSubmatch(p.log.String()); m != nil && !isClosed(p.done) {
			out = append(out, canary.HTTP("http://"+m[1], "/metrics", "/healthz", "/readyz", "/debug/pprof/goroutine?debug=2", "/nothing"))
		}
	}
	return out
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
