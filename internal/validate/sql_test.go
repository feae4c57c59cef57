package validate

import (
	"database/sql"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"
)

// FuzzLiteral reads literals back from SQLite. Those of PostgreSQL are read by the layer's suite.
func FuzzLiteral(f *testing.F) {
	for _, s := range []string{"", "plain", "it's", `back\slash`, "new\nline", "\x00\x01", "\xff\xfe", "😀 \u202e", `"`, "'; --", "\ufffd"} {
		f.Add(s)
	}
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, db.Close()) })
	f.Fuzz(func(t *testing.T, s string) {
		literal := SQL{Engine: SQLite}.literal(s)
		var back, kind string
		require.NoError(t, db.QueryRow("SELECT "+literal+", typeof("+literal+")").Scan(&back, &kind), literal)
		require.Equal(t, s, back)
		require.Equal(t, "text", kind)
		for _, text := range []string{literal, SQL{Engine: Postgres}.literal(s)} {
			require.True(t, utf8.ValidString(text))
			require.NotContains(t, text, "\n")
			require.NotContains(t, text, "\x1b")
		}
	})
}

func TestPostgresLiteral(t *testing.T) {
	for text, want := range map[string]string{
		"it's": `'it''s'`, `a\'b`: `E'a\\''b'`, "a\nb": `E'a\U0000000Ab'`, "x\u202ey": `E'x\U0000202Ey'`, "😀": "'😀'",
	} {
		require.Equal(t, want, SQL{Engine: Postgres}.literal(text))
	}
}
