package events //nolint:testpackage // the set is not exported

import (
	"errors"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/semsync/semsync/internal/metadata"
)

// The set knows exactly the last events that were new to it.
func TestSeenRemembersTheLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 8).Draw(t, "size")
		s := newSeen(size)
		var last []int64
		for _, n := range rapid.SliceOf(rapid.Int64Range(0, 20)).Draw(t, "events") {
			known := false
			for _, l := range last {
				known = known || l == n
			}
			require.Equal(t, known, s.again(metadata.Event{Sequence: n}))
			if !known {
				last = append(last, n)
			}
			if len(last) > size {
				last = last[1:]
			}
			require.Len(t, s.keys, len(last))
		}
	})
}

func TestRedactorKnowsEveryForm(t *testing.T) {
	u, err := url.Parse("nats://user:p%40ss%2Fword@host:4222")
	require.NoError(t, err)
	only, err := url.Parse("nats://urltoken@host")
	require.NoError(t, err)
	r := newRedactor(Config{Token: "cfgtoken"}, []*url.URL{u, only})
	require.Equal(t,
		"dial nats://[redacted]@host: [redacted] [redacted] [redacted] [redacted]",
		r.text("dial nats://user:p%40ss%2Fword@host: p@ss/word p%40ss%2Fword urltoken cfgtoken"))
	require.NoError(t, r.err(nil))
	hidden := errors.New("cfgtoken")
	require.EqualError(t, r.err(hidden), "[redacted]")
	require.NotErrorIs(t, r.err(hidden), hidden)
}
