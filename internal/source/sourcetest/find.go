package sourcetest

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// testFind looks values of one table up in another: whole numbers kept as decimal ones, words with what SQL would stumble over, none.
func testFind(b *bench) {
	t := b.t
	b.create("parent", "(id int NOT NULL, word varchar(300) NOT NULL, PRIMARY KEY (id), UNIQUE (word))")
	b.create("child", "(parent_id decimal(10,2), other_id int, word varchar(300), empty_one int)")
	for i := range 30 {
		b.Exec(fmt.Sprintf("INSERT INTO parent VALUES (%d, 'it''s %%s ? $1 %d')", 100+i, i))
		b.Exec(fmt.Sprintf("INSERT INTO child VALUES (%d, %d, 'it''s %%s ? $1 %d', NULL)", 100+i/2, 115+i, i))
	}
	reader, is := b.reader.(interface {
		source.Sampler
		source.Finder
	})
	require.True(t, is, "the reader cannot look values up")
	child, parent := b.table(t, "child"), b.table(t, "parent")
	for _, c := range []struct {
		from, to  string
		found, of int
	}{
		{"parent_id", "id", 15, 15}, {"other_id", "id", 15, 30}, {"word", "word", 30, 30}, {"empty_one", "id", 0, 0},
	} {
		found, of, err := source.Included(t.Context(), reader, source.Place{Table: child, Field: c.from}, source.Place{Table: parent, Field: c.to}, source.SampleOptions{})
		require.NoError(t, err, c.from)
		require.Equal(t, []int{c.found, c.of}, []int{found, of}, c.from)
	}
	_, _, err := source.Included(t.Context(), reader, source.Place{Table: child, Field: "word"}, source.Place{Table: parent, Field: "gone"}, source.SampleOptions{})
	require.Error(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v", err, metadata.AsFault(err).Err), "it's")
	found, _, err := source.Included(t.Context(), reader, source.Place{Table: child, Field: "word"}, source.Place{Table: parent, Field: "id"}, source.SampleOptions{})
	require.Zero(t, found)
	if err != nil { // some engines refuse what is no number, and repeat it
		require.NotContains(t, fmt.Sprintf("%v %+v", err, metadata.AsFault(err).Err), "it's")
	}

	if b.Deny != nil {
		denied, is := b.Deny(t, b.Database, "parent").(source.Finder)
		require.True(t, is)
		_, err = denied.Find(t.Context(), parent, "id", []string{"1"}, source.SampleOptions{})
		requireFault(t, err, metadata.FaultDenied, metadata.ClassPermission)
	}
}
