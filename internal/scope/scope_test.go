package scope

import (
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/semsync/semsync/internal/metadata"
)

func table(source, database, name string) metadata.TableID {
	return metadata.TableID{Source: source, Database: database, Name: name}
}

func strs(patterns ...string) []Database {
	var out []Database
	for _, p := range patterns {
		out = append(out, Database{Pattern: p})
	}
	return out
}

func TestMatch(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		id   metadata.TableID
		in   bool
		why  string
	}{
		{"nothing said is everything", Config{}, table("s", "a", "b"), true, "everything is in scope"},
		{"star dot star", Config{Databases: strs("*.*")}, table("s", "a.b", "c.d"), true, `scope.databases[0] "*.*"`},
		{"star", Config{Databases: strs("*")}, table("s", "a", "c"), true, `scope.databases[0] "*"`},
		{"whole database", Config{Databases: strs("analytics.*")}, table("s", "analytics", "orders"), true, `scope.databases[0] "analytics.*"`},
		{"string is a glob, never a regular expression", Config{Databases: strs("analytics.*")}, table("s", "web_analytics", "orders"), false, "no entry of scope.databases matches"},
		{"second entry", Config{Databases: strs("x.*", "dwh.fact_*")}, table("s", "dwh", "fact_sales"), true, `scope.databases[1] "dwh.fact_*"`},
		{"not a fact", Config{Databases: strs("dwh.fact_*")}, table("s", "dwh", "dim_day"), false, "no entry of scope.databases matches"},
		{"string without a dot is a database", Config{Databases: strs("dwh")}, table("s", "dwh", "x"), true, `scope.databases[0] "dwh"`},
		{"case counts", Config{Databases: strs("DWH")}, table("s", "dwh", "x"), false, "no entry of scope.databases matches"},
		{"object", Config{Databases: []Database{{Name: "gld_*", Tables: []string{"orders"}, Source: "warehouse"}}}, table("warehouse", "gld_x", "orders"), true, `scope.databases[0] "gld_*"`},
		{"object of another source", Config{Databases: []Database{{Name: "gld_*", Source: "warehouse"}}}, table("crm", "gld_x", "orders"), false, "no entry of scope.databases matches"},
		{"object with another table", Config{Databases: []Database{{Name: "gld_*", Tables: []string{"orders"}}}}, table("w", "gld_x", "users"), false, "no entry of scope.databases matches"},
		{"all_tables wins over tables", Config{Databases: []Database{{Name: "gld_*", Tables: []string{"orders"}, AllTables: true}}}, table("w", "gld_x", "users"), true, `scope.databases[0] "gld_*"`},
		{"object's name does not reach into tables", Config{Databases: []Database{{Name: "a"}}}, table("w", "a.b", "c"), false, "no entry of scope.databases matches"},
		{"include narrows", Config{Databases: strs("dw.*"), IncludePatterns: []string{"^fact_", "^dim_"}}, table("s", "dw", "dim_day"), true, `scope.include_patterns[1] "^dim_"`},
		{"include absent", Config{Databases: strs("dw.*"), IncludePatterns: []string{"^fact_"}}, table("s", "dw", "dim_day"), false, "no pattern of scope.include_patterns matches"},
		{"include does not add databases", Config{Databases: strs("dw.*"), IncludePatterns: []string{"^fact_"}}, table("s", "crm", "fact_x"), false, "no entry of scope.databases matches"},
		{"exclude wins", Config{Databases: strs("*.*"), IncludePatterns: []string{"*"}, ExcludePatterns: []string{"x", "_tmp$"}}, table("s", "dw", "a_tmp"), false, `scope.exclude_patterns[1] "_tmp$"`},
		{"regular expression on database.table", Config{ExcludePatterns: []string{`^stage\.`}}, table("s", "stage", "a"), false, `scope.exclude_patterns[0] "^stage\\."`},
		{"regular expression is unanchored", Config{ExcludePatterns: []string{`(tmp|old)`}}, table("s", "dw", "x_old_y"), false, `scope.exclude_patterns[0] "(tmp|old)"`},
		{"glob without a dot is on the name", Config{ExcludePatterns: []string{"tmp_*"}}, table("s", "tmp_db", "a"), true, "everything is in scope"},
		{"glob with a dot is on database.table", Config{ExcludePatterns: []string{"stage.tmp_?"}}, table("s", "stage", "tmp_é"), false, `scope.exclude_patterns[0] "stage.tmp_?"`},
		{"bytes that are no UTF-8", Config{Databases: strs("d\xff.t?\xfe")}, table("s", "d\xff", "t\xfd\xfe"), false, "its name is not UTF-8, which the layer cannot keep: rename it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Compile(tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			in, why := s.Match(tt.id)
			if in != tt.in || why != tt.why {
				t.Errorf("got %v, %s; want %v, %s", in, why, tt.in, tt.why)
			}
			if in && !s.MayMatchDatabase(tt.id.Source, tt.id.Database) {
				t.Error("a table is in scope whose database may not match")
			}
		})
	}
}

func TestMayMatchDatabase(t *testing.T) {
	s, err := Compile(Config{Databases: []Database{{Pattern: "dwh.fact_*"}, {Name: "gld_*", Source: "w"}, {Pattern: "a?c"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		source, name string
		want         bool
	}{{"x", "dwh", true}, {"x", "dw", false}, {"x", "dwh.fact_1", true}, {"w", "gld_a", true}, {"x", "gld_a", false}, {"x", "abc", true}} {
		if got := s.MayMatchDatabase(tt.source, tt.name); got != tt.want {
			t.Errorf("%s:%s: got %v", tt.source, tt.name, got)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	_, err := Compile(Config{
		Databases:       []Database{{}, {Name: "a", Tables: []string{"b", ""}}},
		IncludePatterns: []string{"ok", ""},
		ExcludePatterns: []string{"a", "b", "(unclosed", "*_tmp.*"},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`scope.databases[0]: pattern "" is empty (write the database's name`,
		"scope.databases[1].tables[1]",
		"scope.include_patterns[1]",
		`scope.exclude_patterns[2]: pattern "(unclosed" does not compile as a regular expression: missing closing )`,
		`scope.exclude_patterns[3]: pattern "*_tmp.*" does not compile as a regular expression: missing argument to repetition operator (it is read as a regular expression because it holds one of ^ $ | ( ) [ ] + \ or .*; start it with .* instead of *)`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%s", want, err)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a**b", "ab", true},
		{"*a*b*c", "xxaybzc", true},
		{"*a*b*c", "xxaybz", false},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[^a-c]x", "dx", true},
		{"[]]", "]", true},
		{"[a-]", "-", true},
		{"[", "[", true},
		{"[]", "[]", true},
		{"?", "é", true},
		{"?", "\xff", true},
		{"??", "é", false},
		{"[à-ü]", "é", true},
		{"a.b", "axb", false},
		{strings.Repeat("a*", 50) + "b", strings.Repeat("a", 5000), false},
	} {
		if got := compileGlob(tt.pattern).match(tt.text); got != tt.want {
			t.Errorf("%q on %.20q: got %v", tt.pattern, tt.text, got)
		}
	}
}

func TestTableFilter(t *testing.T) {
	all := []metadata.TableID{
		table("a", "customers", "users"), table("b", "customers", "users"),
		table("a", "customers", "weird[1]"), table("a", "x.y", "z"),
	}
	for _, tt := range []struct {
		names     []string
		want      []string
		unmatched []string
	}{
		{nil, []string{"a:customers.users", "b:customers.users", "a:customers.weird[1]", "a:x.y.z"}, nil},
		{[]string{"customers.users"}, []string{"a:customers.users", "b:customers.users"}, nil},
		{[]string{"b:customers.users", "no.such"}, []string{"b:customers.users"}, []string{"no.such"}},
		{[]string{"customers.weird[1]"}, []string{"a:customers.weird[1]"}, nil},
		{[]string{"users"}, []string{"a:customers.users", "b:customers.users"}, nil},
		{[]string{"x.*"}, []string{"a:x.y.z"}, nil},
		{[]string{"a:*"}, []string{"a:customers.users", "a:customers.weird[1]", "a:x.y.z"}, nil},
	} {
		f, err := NewTableFilter(tt.names)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, id := range all {
			if f.Keep(id) {
				got = append(got, id.Qualified())
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%v: %s", tt.names, diff)
		}
		if diff := cmp.Diff(tt.unmatched, f.Unmatched(all)); diff != "" {
			t.Errorf("%v unmatched: %s", tt.names, diff)
		}
	}
	if _, err := NewTableFilter([]string{""}); err == nil {
		t.Error("an empty name was taken")
	}
}

func FuzzScope(f *testing.F) {
	f.Add("analytics.*", "^fact_", "_tmp$", "analytics", "fact_x")
	f.Add("a[b-", "[[:alpha:]]+", "*x*.*", "a[b-", "\xff")
	f.Add("*.*", "*", "(", ".", "")
	f.Fuzz(func(t *testing.T, db, include, exclude, database, name string) {
		id := table("s", database, name)
		s, err := Compile(Config{Databases: strs(db), IncludePatterns: []string{include}, ExcludePatterns: []string{exclude}})
		if err != nil {
			return
		}
		in, why := s.Match(id)
		if why == "" {
			t.Error("no reason")
		}
		if in && !s.MayMatchDatabase("s", database) {
			t.Error("in scope, yet its database may not match")
		}
		s, err = Compile(Config{ExcludePatterns: []string{exclude}})
		if err != nil {
			t.Fatal(err)
		}
		if out, _ := s.Match(id); in && !out {
			t.Error("an exclude pattern did not win")
		}
	})
}

// FuzzGlob compares with path.Match where the two agree on the language.
func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if strings.ContainsAny(pattern, `[]\/`) || strings.Contains(text, "/") {
			return
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
			return // path.Match lets a * end within a character
		}
		want, err := path.Match(pattern, text)
		if err != nil {
			return
		}
		if got := compileGlob(pattern).match(text); got != want {
			t.Errorf("%q on %q: got %v", pattern, text, got)
		}
		if want && !compileGlob(pattern).mayStart(text[:len(text)/2]) {
			t.Errorf("%q may not start %q", pattern, text)
		}
	})
}
