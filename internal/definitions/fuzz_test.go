package definitions

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// FuzzLoad reads two files of any kinds. Each problem must have its place; what is accepted
// must be storable, and its references must be readable again.
func FuzzLoad(f *testing.F) {
	seeds := []string{
		everything, "", "tables: {a.b: {fields: [{name: x, is_pii: true}, {name: x}]}}", "glossary: [{term: '', definition: \"\\u0000\"}]",
		"field_relationships:\n- {from_field: a.b.c, to_field: '\"a\"\".\".\"b\".c', cardinality: many_to_one}\n",
		"field_lineage: {a.b.c: {sources: [d.e.f, {source_table: g.h, source_field: ' i '}], transformation: {type: SQL, logic: sum}}}",
		"governance: [{policy: p, value: 1, applies_to: [a.b, a.b.c, 's:a.b']}]", "table_dependencies: {a.b: {depends_on: [c.d], downstream_tables: [e.f]}}",
		"x: &x [*x]", "tables: &t {a.b: {owner: o}}\nglossary: *t", "tables: {a.b: {fields: [{name: n, sla_max_staleness_hours: 1e308, last_manual_edit: 2026-02-30}]}}",
		"tables: {? [a] : b}", "last_synced: 0000-01-01\nversion: !!binary AA==",
	}
	for i, seed := range seeds {
		f.Add([]byte(seed), []byte(seeds[(i+3)%len(seeds)]))
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		start := time.Now()
		set, err := both(one, two)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if err != nil {
			problems, ok := errors.AsType[Problems](err)
			require.True(t, ok, "%v", err)
			for _, p := range problems {
				require.True(t, p.Line > 0 || strings.HasPrefix(p.Message, "and "), "no place: %v", p)
			}
			require.Less(t, len(err.Error()), 1<<20)
			return
		}
		again, err := both(one, two)
		require.NoError(t, err)
		require.Equal(t, set, again)
		checkSet(t, set)
	})
}

func both(one, two []byte) (*Set, error) {
	l := newLoader(nil)
	l.content("one.yaml", one)
	l.content("two.yaml", two)
	return l.result()
}

func checkSet(t *testing.T, s *Set) {
	t.Helper()
	for id, d := range s.Tables {
		checkReference(t, metadata.Reference{TableID: id})
		require.Len(t, d.Digest, 64)
		for name := range d.Declared.Fields {
			checkReference(t, metadata.Reference{TableID: id, Field: name})
		}
	}
	for _, p := range s.Policies {
		if p.On != (metadata.Reference{}) {
			checkReference(t, p.On)
		}
	}
	for _, r := range s.Relationships {
		checkReference(t, r.From)
		checkReference(t, r.To)
	}
	for _, e := range s.Lineage {
		checkReference(t, e.From)
		checkReference(t, e.To)
	}
	var all strings.Builder
	fmt.Fprintf(&all, "%+v", s)
	for _, d := range s.Tables {
		fmt.Fprintf(&all, "%+v %+v", d.Declared.Table, d.Declared.Notes)
		for _, a := range d.Declared.Fields {
			fmt.Fprintf(&all, "%+v", a)
		}
	}
	require.NotContains(t, all.String(), "\x00", "no database keeps it")
	require.True(t, utf8.ValidString(all.String()))
}

func checkReference(t *testing.T, r metadata.Reference) {
	t.Helper()
	again, err := metadata.ParseReference(r.String())
	require.NoError(t, err)
	require.Equal(t, r, again)
}
