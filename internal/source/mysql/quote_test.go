package mysql

import (
	"strings"
	"testing"

	"github.com/semsync/semsync/internal/metadata"
)

// FuzzQuote reads quoted names as the server does: to the first backtick that is not doubled.
func FuzzQuote(f *testing.F) {
	for _, name := range []string{"", "plain", "`", "``", "a`b", "`; DROP TABLE x; -- ", "\\`", "\xff`", "\n", "'\"", "😀", "a.b"} {
		f.Add(name, name)
	}
	f.Fuzz(func(t *testing.T, database, name string) {
		got, rest := unquote(t, quoteTable(metadata.TableID{Database: database, Name: name}))
		if got != database || !strings.HasPrefix(rest, ".") {
			t.Fatalf("%q is read as %q, then %q", database, got, rest)
		}
		if got, rest = unquote(t, rest[1:]); got != name || rest != "" {
			t.Fatalf("%q is read as %q, then %q", name, got, rest)
		}
	})
}

// unquote reads one quoted name and gives what stands behind it.
func unquote(t *testing.T, text string) (name, rest string) {
	t.Helper()
	if !strings.HasPrefix(text, "`") {
		t.Fatalf("%q begins with no backtick", text)
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '`' {
			b.WriteByte(text[i])
			continue
		}
		if !strings.HasPrefix(text[i+1:], "`") {
			return b.String(), text[i+1:]
		}
		b.WriteByte('`')
		i++
	}
	t.Fatalf("%q does not end", text)
	return "", ""
}
