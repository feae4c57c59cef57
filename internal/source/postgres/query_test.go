package postgres

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/testkit"
)

func TestQuestionsBeginAlike(t *testing.T) {
	questions := append([]question{askTables}, details(source.Options{Indexes: true})...)
	require.Len(t, questions, 6)
	for _, q := range questions {
		require.True(t, strings.HasPrefix(q.text, rankedSQL), "ranked.sql is the head of:\n%s", q.text)
		require.True(t, strings.HasPrefix(q.wanted(), wantedSQL))
		require.NotContains(t, q.wanted(), "row_number")
		require.Equal(t, q.text, q.ranked("UTF8"))
		require.Equal(t, 4, strings.Count(q.ranked("EUC_JP"), "convert_to"))
	}
}

func TestTokenOfOldServers(t *testing.T) {
	require.Equal(t, tokenSQL, tokenQuery("14.1"))
	require.Equal(t, tokenSQL, tokenQuery("18beta1 (Debian)"))
	for _, version := range []string{"12.22", "13.4 (Debian 13.4-1)"} {
		require.NotContains(t, tokenQuery(version), "hash_record")
	}
	reader, err := Open(t.Context(), source.Config{Name: "src", DSN: metadata.Secret(testkit.Postgres(t))}, source.Unlimited{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, reader.Close()) })
	var tokens []string
	for range 2 {
		require.NoError(t, reader.with(t.Context(), "test", source.Options{}, forCatalogs, func(s *session) error {
			return s.each(t.Context(), tokenQuery("12.0"), nil, func(row row) error {
				tokens = append(tokens, row.text(0))
				return nil
			})
		}))
	}
	require.Len(t, tokens[0], 32)
	require.Equal(t, tokens[0], tokens[1])
}

func TestLacking(t *testing.T) {
	require.Empty(t, lacking(120000, nil))
	require.Equal(t, []string{"the server has version 11: version 12 or later is needed"}, lacking(110022, nil))
	require.Equal(t, []string{"the role may not read pg_class, pg_type: grant it SELECT on them"},
		lacking(170004, []string{"pg_class", "pg_type"}))
}

func TestArraysOfTheWire(t *testing.T) {
	require.Equal(t, `{"a","b\"c","d\\e","","{x,y}"}`, string(array([]string{"a", `b"c`, `d\e`, "", "{x,y}"})))
	require.Equal(t, "{}", string(array(nil)))
	require.Nil(t, list(nil))
	require.Nil(t, list([]byte("short")))
	torn := append(make([]byte, 20), 0, 0, 0, 9, 'x') // says nine bytes, has one
	require.Len(t, list(torn), 1)
	require.Zero(t, row{nil}.number(0))
	require.Zero(t, row{[]byte("odd")}.number(0))
}
