package sqlite

import (
	"database/sql"
	"strings"
	"testing"
)

// FuzzQuote has the engine itself read quoted names.
func FuzzQuote(f *testing.F) {
	for _, name := range []string{"plain", `"`, `""`, `a"b`, `"; DROP TABLE x; --`, `\"`, "\xff", "\n", "'`[", "😀", "a.b", "select"} {
		f.Add(name)
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() })
	f.Fuzz(func(t *testing.T, name string) {
		if strings.ContainsRune(name, 0) || name == "" {
			return // ends a statement's text, and names nothing
		}
		rows, err := db.Query("SELECT 1 AS " + quote(name))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		defer func() { _ = rows.Close() }()
		columns, err := rows.Columns()
		if err != nil || len(columns) != 1 || columns[0] != name || rows.Err() != nil {
			t.Fatalf("%q is read as %q, %v", name, columns, err)
		}
	})
}
