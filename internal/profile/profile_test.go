package profile

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLinesAddUp(t *testing.T) {
	(*Recorder)(nil).Add(Line{Phase: Read})
	r := New()
	r.Add(Line{Phase: Read, Source: "a", Queries: 2, Rows: 5, Bytes: 7, Time: time.Second})
	r.Add(Line{Phase: Read, Source: "a", Queries: 1, Rows: 1, Bytes: 1, Time: time.Second})
	r.Add(Line{Phase: Read, Source: "b"})
	r.Add(Line{Phase: Think, Calls: 3})
	got := r.Lines()
	require.Len(t, got, 4)
	require.Equal(t, Process, got[0].Phase)
	require.Greater(t, got[0].Bytes, int64(1<<20))
	require.Equal(t, []Line{
		{Phase: Read, Source: "a", Calls: 2, Queries: 3, Rows: 6, Bytes: 8, Time: 2 * time.Second}, {Phase: Read, Source: "b", Calls: 1}, {Phase: Think, Calls: 3},
	}, got[1:])
}
