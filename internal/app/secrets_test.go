package app

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit/canary"
)

// TestNoSecretLeaks runs a fleet that has a secret wherever there can be one through runs that go well and runs that
// fail in every way that repeats an address to somebody, and looks for the secrets in all that is left.
func TestNoSecretLeaks(t *testing.T) {
	t.Parallel()
	f := newSecretFleet(t, "--appendonly", "yes")
	channels := newChannels(f)
	pgDSN, mariaDSN := f.secretPostgres("postgres source"), f.secretMariaDB("mariadb source")
	file, _ := liteFile(t, "CREATE TABLE t_lite (id INT, email TEXT)")
	mustExec(t, open(t, "pgx", pgDSN), "CREATE TABLE t_pg (id int PRIMARY KEY, email text)")
	mustExec(t, open(t, "mysql", mariaDSN), "CREATE TABLE t_maria (id INT PRIMARY KEY, email TEXT)")
	f.source("pg", "postgres", pgDSN, "")
	f.source("maria", "mysql", mariaDSN, "")
	f.source("lite", "sqlite", "file:"+file+"?_auth_pass="+url.QueryEscape(f.secrets.Secret("sqlite source")), "")
	f.sync = "  cache_enabled: true\n"
	f.more = channels.yaml(f)
	f.write(`  include_patterns: ["t*"]`)

	f.run(exitOK, "coordinator", "--validate-sync-config", "--connect")
	serving := []*proc{f.start("coordinator", "--log-level", "debug", "--log-format", "json"), f.start("worker", "--log-level", "debug")}
	f.run(exitOK, "coordinator", "--apply", "--profile", "--log-level", "debug")
	require.Equal(t, 3, f.last().Counts.Done)
	f.run(exitFailed, "coordinator", "notify", "test") // Slack and mail refuse
	f.eventually(30*time.Second, "the notices were tried", func() bool {
		return channels.posts.Load() > 0 && channels.logins.Load() > 0 && f.number("SELECT count(*) FROM semantic_layer_v1.outbox_deliveries WHERE error <> ''") > 0
	})
	for _, args := range [][]string{{"runs", "list", "--output", "yaml"}, {"runs", "show", f.last().ID.String()}, {"changes", f.last().ID.String()}, {"dead", "list"}} {
		f.run(exitOK, "coordinator", args...)
	}
	require.Equal(t, 1, f.number("SELECT count(*) FROM semantic_layer_v1.config_versions"))
	f.noSecrets() // while they live, so that they answer

	for _, p := range serving { // a dump of all goroutines
		p.signal(syscall.SIGQUIT)
		require.Equal(t, 2, p.wait(20*time.Second))
		require.Contains(t, p.log.String(), "goroutine ")
	}
	f.failures(pgDSN, mariaDSN)
	f.vanishes(pgDSN)
	f.noSecrets()
	f.controls()
}

// failures tries what cannot be reached, what refuses the login and what cannot be read.
func (f *fleet) failures(pgDSN, mariaDSN string) {
	f.Helper()
	whole, err := os.ReadFile(f.config)
	require.NoError(f, err)
	swap := func(s string, parts ...string) string {
		out := strings.NewReplacer(parts...).Replace(s)
		require.NotEqual(f, s, out, "nothing was replaced")
		return out
	}
	wrong := f.secrets.Secret("wrong password")
	f.env = []string{"CANARY=" + wrong}
	rewired := func(dsn string, change func(*url.URL)) string {
		u, err := url.Parse(dsn)
		require.NoError(f, err)
		change(u)
		return u.String()
	}
	other := func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), wrong) }
	closed := func(u *url.URL) { u.Host = "127.0.0.1:1" }
	strict := func(u *url.URL) { u.RawQuery = "sslmode=verify-full" }
	password := func(dsn string) string {
		u, err := url.Parse(dsn)
		require.NoError(f, err)
		p, _ := u.User.Password()
		return p
	}
	maria := strings.SplitN(mariaDSN, "@", 2)
	config := string(whole)
	broken := map[string]string{
		"postgres: wrong password":  swap(config, pgDSN, rewired(pgDSN, other)),
		"postgres: refused":         swap(config, pgDSN, rewired(pgDSN, closed)),
		"postgres: no TLS there":    swap(config, pgDSN, rewired(pgDSN, strict)),
		"postgres: keywords":        swap(config, pgDSN, "host=127.0.0.1 port=x password="+password(pgDSN)),
		"postgres: bad port":        swap(config, pgDSN, strings.Replace(pgDSN, "@127.0.0.1:", "@127.0.0.1:x", 1)),
		"postgres: bad escape":      swap(config, pgDSN, "postgres://u:%zz"+wrong+"@h/d"),
		"mariadb: wrong password":   swap(config, mariaDSN, strings.SplitN(maria[0], ":", 2)[0]+":"+wrong+"@"+maria[1]),
		"mariadb: refused":          swap(config, mariaDSN, maria[0]+"@tcp(127.0.0.1:1)/x"),
		"mariadb: no TLS there":     swap(config, mariaDSN, mariaDSN+"?tls=true"),
		"mariadb: no such form":     swap(config, mariaDSN, maria[0]+"@nowhere"),
		"mariadb: as PostgreSQL":    swap(config, mariaDSN, pgDSN),
		"layer: wrong password":     swap(config, f.layerDSN, rewired(f.layerDSN, other)),
		"layer: refused":            swap(config, f.layerDSN, rewired(f.layerDSN, closed)),
		"layer: no TLS there":       swap(config, f.layerDSN, rewired(f.layerDSN, strict)),
		"layer: another scheme":     swap(config, f.layerDSN, strings.Replace(f.layerDSN, "postgres:", "mongodb:", 1)),
		"redis: wrong password":     swap(config, f.secrets.redis, wrong),
		"redis: url, refused":       swap(config, fmt.Sprintf("addr: %q, password: %q", f.redis.Addr, f.secrets.redis), fmt.Sprintf("url: %q", "redis://:"+url.QueryEscape(wrong)+"@127.0.0.1:1/0")),
		"redis: bad url":            swap(config, fmt.Sprintf("addr: %q, password: %q", f.redis.Addr, f.secrets.redis), fmt.Sprintf("url: %q", "redis://:"+wrong+"@x:y/0")),
		"redis: no TLS there":       swap(config, "redis: {", "redis: {tls: {enabled: true}, "),
		"nats: wrong password":      swap(config, f.secrets.natsURL(f.nats.URL), rewired(f.secrets.natsURL(f.nats.URL), other)),
		"nats: wrong token":         swap(config, fmt.Sprintf("{url: %q}", f.secrets.natsURL(f.nats.URL)), fmt.Sprintf("{url: %q, token: %q}", f.nats.URL, wrong)),
		"nats: token in the url":    swap(config, f.secrets.natsURL(f.nats.URL), strings.Replace(f.nats.URL, "//", "//"+url.QueryEscape(wrong)+"@", 1)),
		"nats: bad url":             swap(config, f.secrets.natsURL(f.nats.URL), "nats://u:"+wrong+"@h:x"),
		"not YAML":                  swap(config, "sources:\n", "sources: [\n"),
		"secrets where none belong": swap(config, "\nsync:\n", "\nsync:\n  mode: ${CANARY}\n  timezone: ${CANARY}\n"),
	}
	for wave := range slices.Chunk(slices.Sorted(maps.Keys(broken)), 5) {
		var ends []func()
		for _, name := range wave {
			ends = append(ends, f.fails(name, broken[name]))
		}
		for _, end := range ends {
			end()
		}
	}
}

// fails validates a broken configuration, and lets both programs run into it for a while. End waits for them.
func (f *fleet) fails(name, text string) (end func()) {
	f.Helper()
	before := f.config
	f.config = filepath.Join(f.TempDir(), "config.yaml")
	require.NoError(f, os.WriteFile(f.config, []byte(text), 0o600))
	check := f.start("coordinator", "--validate-sync-config", "--connect")
	procs := []*proc{f.start("coordinator", "--apply", "--log-level", "debug"), f.start("worker", "--log-level", "debug")}
	f.config = before
	enough := time.Now().Add(3 * time.Second) // some wait for what is away, and say so
	return func() {
		require.Equal(f, exitUsage, check.wait(time.Minute), "%s:\n%s%s", name, check.out, check.log)
		for _, p := range procs {
			select {
			case <-p.done:
			case <-time.After(time.Until(enough)):
				p.signal(syscall.SIGTERM)
			}
			p.wait(20 * time.Second)
		}
	}
}

// vanishes takes the source away between plan and read, so that tables fail and are kept as dead.
func (f *fleet) vanishes(pgDSN string) {
	f.Helper()
	u, err := url.Parse(pgDSN)
	require.NoError(f, err)
	pg := open(f.T, "pgx", pgDSN)
	mustExec(f.T, pg, "CREATE TABLE t_more (id int)")
	f.sync = "" // no cache: tables must be read
	f.write(`  include_patterns: ["t*"]`)
	p := f.start("coordinator", "--apply", "--mode", "full")
	f.eventually(30*time.Second, "the plan is made", func() bool { return strings.Contains(p.log.String(), "planned") })
	mustExec(f.T, pg, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", u.User.Username(), f.secrets.Secret("new password")))
	f.start("worker", "--log-level", "debug")
	require.Equal(f, exitSomeFailed, p.wait(time.Minute), p.log.String())
	require.Equal(f, 2, f.number("SELECT count(*) FROM semantic_layer_v1.sync_run_tables WHERE state = 'failed' AND error <> ''"))
	f.run(exitOK, "coordinator", "dead", "list")
	f.run(exitOK, "coordinator", "runs", "show", f.last().ID.String())
}

// controls plants a secret in each kind of place, where it must be found: else nothing above is proven.
func (f *fleet) controls() {
	f.Helper()
	found := func() []canary.Finding {
		all, err := f.secrets.Find(f.Context(), f.places()...)
		require.NoError(f, err)
		return all
	}
	require.Empty(f, found())
	secret := f.secrets.Secret("control")
	mustExec(f.T, f.layer.DB(), "UPDATE semantic_layer_v1.sync_runs SET error = 'dial "+secret+"'")
	f.run(exitOK, "coordinator", "runs", "show", f.last().ID.String())
	where := map[string]bool{}
	for _, finding := range found() {
		require.Equal(f, "control", finding.Secret)
		where[strings.Fields(finding.Where)[0]] = true
	}
	require.Equal(f, map[string]bool{"the": true, "what": true}, where, "the layer, and what was printed")
}

// channels are the other ends of the notices: a webhook that takes them, a Slack that does not, and a mail server that
// repeats the password it refuses.
type channels struct {
	web           *httptest.Server
	mail          string
	posts, logins atomic.Int64
}

func newChannels(f *fleet) *channels {
	f.Helper()
	c := &channels{}
	c.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.posts.Add(1)
		if strings.HasPrefix(r.URL.Path, "/slack") {
			http.Error(w, "no such thing: "+r.URL.String(), http.StatusNotFound)
		}
	}))
	f.Cleanup(c.web.Close)
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &refusingMail{c: c}, nil }))
	s.Domain, s.AllowInsecureAuth = "localhost", true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(f, err)
	c.mail = l.Addr().String()
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	f.Cleanup(func() { _ = s.Close(); _ = l.Close(); <-done })
	return c
}

// yaml is the section of the configuration, and the other sections with secrets.
func (c *channels) yaml(f *fleet) string {
	host, port, err := net.SplitHostPort(c.mail)
	require.NoError(f, err)
	const on = "notify_on: [sync_started, sync_completed, sync_failed, errors]"
	push, err := url.Parse(c.web.URL)
	require.NoError(f, err)
	push.User = url.UserPassword("pusher", f.secrets.Secret("pushgateway password"))
	return fmt.Sprintf(`  monitoring: {enabled: true, push_interval: 1s, metrics_endpoint: %q}
notifications:
  slack: {enabled: true, webhook_url: %q, %s}
  email: {enabled: true, smtp_host: %s, smtp_port: %s, username: mailer, password: %q, from_address: a@example.com, to_addresses: [b@example.com], tls: none, %[3]s}
  webhook: {enabled: true, url: %[7]q, headers: {X-Token: %[8]q}, secret: %[9]q, %[3]s}
`, push.String(), c.web.URL+"/slack/"+f.secrets.Word("slack webhook"), on, host, port, f.secrets.Secret("smtp password"),
		c.web.URL+"/hook?key="+url.QueryEscape(f.secrets.Secret("webhook url")), f.secrets.Secret("webhook header"), f.secrets.Secret("webhook secret"))
}

// refusingMail refuses logins.
type refusingMail struct {
	smtp.Session
	c *channels
}

func (s *refusingMail) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *refusingMail) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.c.logins.Add(1)
		return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no, " + user + ": " + password}
	}), nil
}

func (s *refusingMail) Reset()        {}
func (s *refusingMail) Logout() error { return nil }
