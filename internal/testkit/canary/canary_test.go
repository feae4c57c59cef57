package canary_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/semsync/semsync/internal/testkit"
	"github.com/semsync/semsync/internal/testkit/canary"
)

// finds wants the place to be clean for one set and to betray a secret of another.
func finds(t *testing.T, s *canary.Set, p canary.Place, form string) {
	t.Helper()
	found, err := s.Find(t.Context(), p)
	require.NoError(t, err)
	require.NotEmpty(t, found, "%s (%s)", p.Name, form)
	if form != "" {
		require.Equal(t, form, found[0].Form)
	}
	other := canary.NewSet()
	other.Secret("another one")
	found, err = other.Find(t.Context(), p)
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestEveryFormIsFound(t *testing.T) {
	s := canary.NewSet()
	secret := s.Secret("password")
	js, err := json.Marshal(secret)
	require.NoError(t, err)
	for text, form := range map[string]string{
		secret: "plain", "postgres://u:" + url.QueryEscape(secret) + "@h": "plain", string(js): "plain", fmt.Sprintf("%q", secret): "plain",
		strings.ToUpper(secret): "plain", "no … " + secret[15:]: "plain", secret[:20]: "plain",
		hex.EncodeToString([]byte(secret)): "hexadecimal", fmt.Sprintf("%X", secret): "hexadecimal", fmt.Sprintf("%v", []byte(secret)): "list of bytes",
		strings.ReplaceAll(fmt.Sprintf("%v", []byte(secret)), " ", ","): "JSON list of bytes",
	} {
		finds(t, s, canary.Text("text", "before "+text+" after"), form)
	}
	for i := range 7 {
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
			finds(t, s, canary.Text("text", e.EncodeToString([]byte("user:!"[:min(i, 6)]+secret+"\x00tail"))), "base64")
		}
	}
}

func TestSecretsOfOthersAreFoundToo(t *testing.T) {
	s := canary.NewSet()
	s.Know("theirs", "Pa/ss+w&rd-12345")
	js, err := json.Marshal("Pa/ss+w&rd-12345")
	require.NoError(t, err)
	for text, form := range map[string]string{
		"x Pa/ss+w&rd-12345 y": "plain", url.QueryEscape("Pa/ss+w&rd-12345"): "escaped", string(js): "escaped",
		base64.StdEncoding.EncodeToString([]byte("me:Pa/ss+w&rd-12345")): "base64",
	} {
		finds(t, s, canary.Text("text", text), form)
	}
}

func TestWhatShowsNothingIsAnError(t *testing.T) {
	s := canary.NewSet()
	s.Secret("x")
	for _, places := range [][]canary.Place{nil, {canary.Text("log", "")}, {canary.Files(t.TempDir() + "/none")}, {canary.HTTP("http://127.0.0.1:1", "/")}} {
		_, err := s.Find(t.Context(), places...)
		require.Error(t, err)
	}
}

func TestFilesAndHTTP(t *testing.T) {
	s := canary.NewSet()
	secret, name, word := s.Secret("in a file"), s.Word("in a name"), s.Word("in a header")
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a", "b", "c"), []byte("\x00\x01"+secret), 0o600))
	finds(t, s, canary.Files(dir), "plain")
	require.NoError(t, os.Remove(filepath.Join(dir, "a", "b", "c")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "a", name), 0o700))
	finds(t, s, canary.Files(dir), "plain")

	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/body":
			_, _ = w.Write([]byte(secret))
		case "/header":
			w.Header().Set("X-Word", word)
		}
	}))
	defer web.Close()
	finds(t, s, canary.HTTP(web.URL, "/", "/body"), "plain")
	finds(t, s, canary.HTTP(web.URL, "/", "/header"), "plain")
}

func TestRedisIsReadWhole(t *testing.T) {
	const password = "a+/&=%b"
	for name, plant := range map[string]func(t *testing.T, c *redis.Client, secret string){
		"string": func(t *testing.T, c *redis.Client, s string) {
			t.Helper()
			require.NoError(t, c.Set(t.Context(), "k", strings.Repeat("long ", 99)+s, 0).Err())
		},
		"key": func(t *testing.T, c *redis.Client, s string) {
			t.Helper()
			require.NoError(t, c.Set(t.Context(), "k:"+s, 1, 0).Err())
		},
		"hash": func(t *testing.T, c *redis.Client, s string) {
			t.Helper()
			require.NoError(t, c.HSet(t.Context(), "k", "f", s).Err())
		},
		"list": func(t *testing.T, c *redis.Client, s string) {
			t.Helper()
			require.NoError(t, c.RPush(t.Context(), "k", s, s, s).Err())
		},
		"set": func(t *testing.T, c *redis.Client, s string) {
			t.Helper()
			require.NoError(t, c.ZAdd(t.Context(), "k", redis.Z{Member: s}).Err())
		},
		"stream": func(t *testing.T, c *redis.Client, s string) {
			t.Helper()
			require.NoError(t, c.XAdd(t.Context(), &redis.XAddArgs{Stream: "k", Values: []any{"f", s}}).Err())
		},
		"database": func(t *testing.T, c *redis.Client, s string) { // not ours, and so in the snapshot only
			t.Helper()
			other := redis.NewClient(&redis.Options{Addr: c.Options().Addr, Password: password, DB: 3})
			defer func() { require.NoError(t, other.Close()) }()
			require.NoError(t, other.Set(t.Context(), "k", strings.Repeat("long ", 99)+s, 0).Err())
		},
		"deleted": func(t *testing.T, c *redis.Client, s string) { // and so in the append-only file only
			t.Helper()
			require.NoError(t, c.Set(t.Context(), "k", s, 0).Err())
			require.NoError(t, c.FlushAll(t.Context()).Err())
		},
		"packed": func(t *testing.T, c *redis.Client, s string) {
			t.Helper()
			var b bytes.Buffer
			w, err := zstd.NewWriter(&b)
			require.NoError(t, err)
			_, err = w.Write([]byte(strings.Repeat(s, 9)))
			require.NoError(t, err)
			require.NoError(t, w.Close())
			require.NoError(t, c.Set(t.Context(), "k", b.Bytes(), 0).Err())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flags := []string(nil)
			if name == "deleted" {
				flags = []string{"--appendonly", "yes", "--appendfsync", "always"}
			}
			r := testkit.Redis(t, flags...)
			c := redis.NewClient(&redis.Options{Addr: r.Addr})
			require.NoError(t, c.ConfigSet(t.Context(), "requirepass", password).Err())
			require.NoError(t, c.Close())
			c = redis.NewClient(&redis.Options{Addr: r.Addr, Password: password})
			defer func() { require.NoError(t, c.Close()) }()
			s := canary.NewSet()
			plant(t, c, s.Secret("planted"))
			finds(t, s, canary.Redis(r.Addr, "", password, r.Dir), "plain")
		})
	}
}

func TestStreamsAreReadWhole(t *testing.T) {
	s := canary.NewSet()
	n := testkit.NATS(t, func(o *server.Options) { o.Authorization = "a+/&=%b" })
	conn, err := nats.Connect(n.URL, nats.Token("a+/&=%b"))
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	look := func() canary.Place { return canary.Streams(n.URL, nats.Token("a+/&=%b")) }
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}})
	require.NoError(t, err)
	found, err := s.Find(t.Context(), look(), canary.Files(n.StoreDir))
	require.NoError(t, err)
	require.Empty(t, found)
	for range 3 {
		_, err = js.Publish(t.Context(), "s.x", []byte("nothing"))
		require.NoError(t, err)
	}
	_, err = js.PublishMsg(t.Context(), &nats.Msg{Subject: "s.x", Header: nats.Header{"H": {s.Secret("header")}}})
	require.NoError(t, err)
	finds(t, s, look(), "plain")
	finds(t, s, canary.Files(n.StoreDir), "plain")
	s = canary.NewSet()
	_, err = js.Publish(t.Context(), "s."+s.Word("subject"), nil)
	require.NoError(t, err)
	finds(t, s, look(), "plain")
}

func TestDatabasesAreReadWhole(t *testing.T) {
	pg, err := sql.Open("pgx", testkit.Postgres(t))
	require.NoError(t, err)
	lite, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "x.db"))
	require.NoError(t, err)
	for _, c := range []struct {
		db    *sql.DB
		place canary.Place
		types []string
	}{
		{pg, canary.Postgres("layer", pg), []string{"text", "jsonb", "bytea", "text[]"}},
		{lite, canary.SQLite("layer", lite), []string{"TEXT", "BLOB"}},
	} {
		defer func() { require.NoError(t, c.db.Close()) }()
		for _, kind := range c.types {
			s := canary.NewSet()
			value := s.Word("planted")
			switch kind {
			case "jsonb":
				value = `{"a": "` + value + `"}`
			case "text[]":
				value = "{" + value + "}"
			}
			for _, statement := range []string{`CREATE TABLE "a b` + kind + `" (id int, v ` + kind + ")", `INSERT INTO "a b` + kind + `" VALUES (1, NULL), (2, '` + value + "')"} {
				_, err := c.db.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
			finds(t, s, c.place, "")
		}
	}
}
