package metadata

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestReferencesComeBackAsTheyWere(t *testing.T) {
	part := rapid.OneOf(rapid.SampledFrom([]string{"a", "a.b", `"`, `a"b`, ":", " x", "x ", "\n", "é", "a b"}), rapid.StringN(1, 8, -1))
	rapid.Check(t, func(t *rapid.T) {
		want := Reference{TableID: TableID{Database: part.Draw(t, "database"), Name: part.Draw(t, "name")}}
		if rapid.Bool().Draw(t, "with source") {
			want.Source = part.Draw(t, "source")
		}
		if rapid.Bool().Draw(t, "with field") {
			want.Field = part.Draw(t, "field")
		}
		got, err := ParseReference(want.String())
		require.NoError(t, err, want.String())
		require.Equal(t, want, got, want.String())
	})
}

func TestMalformedReferences(t *testing.T) {
	for _, text := range []string{"", "a", "a.", ".a", "a..b", "a.b.c.d", "a.b.", `a."b`, `a."b"c`, `a.b"c`, `a.""`, "a: b.c", "x:y:a.b", ":a.b", "a.b:c", " a.b"} {
		_, err := ParseReference(text)
		require.Error(t, err, text)
	}
	r, err := ParseReference(`crm:"my.db"."a""b".c`)
	require.NoError(t, err)
	require.Equal(t, Reference{TableID: TableID{Source: "crm", Database: "my.db", Name: `a"b`}, Field: "c"}, r)
	require.Equal(t, `"my.db"."a""b".c`, r.From(Reference{TableID: TableID{Source: "crm"}}))
	require.Equal(t, r.String(), r.From(Reference{}))
}
