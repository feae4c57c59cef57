package coordinator

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQueriedTime(t *testing.T) {
	want := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-02-03T04:05:06Z": want, "2026-02-03 04:05:06": want, "2026-02-03T04:05:06": want, "2026-02-03 06:05:06+02:00": want, "2026-02-03 06:05:06+02": want,
		"2026-02-03 04:05:06.25": want.Add(250 * time.Millisecond), "2026-02-03T04:05:06.25Z": want.Add(250 * time.Millisecond),
		"2026-02-03 04:05": want.Truncate(time.Minute), "2026-02-03": want.Truncate(24 * time.Hour),
	} {
		got, ok := queriedTime(text)
		require.True(t, ok, text)
		require.True(t, want.Equal(got), "%s is %s", text, got)
	}
	for _, text := range []string{"", "yesterday", "1770091506", "2026-02-30"} {
		_, ok := queriedTime(text)
		require.False(t, ok, text)
	}
}
