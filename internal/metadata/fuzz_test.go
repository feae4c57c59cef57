package metadata

import "testing"

// FuzzReference wants that what is read can be written and read again, and that every name can be written.
func FuzzReference(f *testing.F) {
	for _, seed := range [][4]string{
		{"a.b", "s", "d", "t"}, {`src:"my.db".users.email`, "", `"`, "."}, {`"a""b".":"`, "x:y", " ", "\n"}, {"a..b", "", "\xff", "e\u0301"}, {`"a"b.c`, "", "\x00", "\u202e"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, text, source, database, name string) {
		if r, err := ParseReference(text); err == nil {
			if again, err := ParseReference(r.String()); err != nil || again != r {
				t.Errorf("%q is %#v, whose text %q is %#v, %v", text, r, r.String(), again, err)
			}
		}
		if database == "" || name == "" {
			return // no engine has such names
		}
		for _, field := range []string{"", name} {
			r := Reference{TableID: TableID{Source: source, Database: database, Name: name}, Field: field}
			if again, err := ParseReference(r.String()); err != nil || again != r {
				t.Errorf("%#v is written as %s, which is %#v, %v", r, r.String(), again, err)
			}
		}
	})
}
