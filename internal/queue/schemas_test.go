package queue

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

func TestSchemasComeBackAsTheyWere(t *testing.T) {
	server := testkit.Redis(t)
	rdb, err := NewClient(Options{Addr: server.Addr})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rdb.Close()) })
	s := NewSchemas(rdb, "q", time.Second)
	run := uuid.New()
	want := []*metadata.Table{
		{
			ID: metadata.TableID{Source: "s", Database: "d", Name: "odd \x00\n\" <名前>"}, ObjectID: "7", Kind: metadata.KindView, Comment: strings.Repeat("c", 1<<20),
			EstimatedRows: -1, LastModified: time.Date(2026, 5, 1, 2, 3, 4, 5000, time.UTC),
			Fields:  []metadata.Field{{Name: "a", Ordinal: 1, DataType: "int", Default: "nextval('x')", Identity: metadata.IdentityAlways}},
			Keys:    []metadata.Key{{Name: "k", Kind: metadata.KeyForeign, Fields: []string{"a"}, RefTable: metadata.TableID{Database: "e"}}},
			Indexes: []metadata.Index{{Name: "i", Fields: []string{""}}},
		},
		{ID: metadata.TableID{Source: "s", Database: "d", Name: "empty"}},
	}
	b, err := s.Block(run, 3)
	require.NoError(t, err)
	for _, table := range want {
		require.NoError(t, b.Add(table))
	}
	require.NoError(t, b.Store(t.Context()))
	got, err := s.Get(t.Context(), run, 3)
	require.NoError(t, err)
	require.Equal(t, want, got)
	size, err := rdb.StrLen(t.Context(), s.key(run, 3)).Result()
	require.NoError(t, err)
	require.Less(t, size, int64(10000), "it is packed")
	got, err = s.Get(t.Context(), run, 4)
	require.NoError(t, err)
	require.Empty(t, got)
	require.Eventually(t, func() bool { n, err := rdb.Exists(t.Context(), s.key(run, 3)).Result(); return err == nil && n == 0 }, 10*time.Second, 50*time.Millisecond, "it goes when its time is up")

	require.NoError(t, rdb.Set(t.Context(), s.key(run, 5), "no such thing", 0).Err())
	_, err = s.Get(t.Context(), run, 5)
	require.ErrorContains(t, err, "unpack schemas")
}
