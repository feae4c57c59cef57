package app

import (
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// fires gives the next fire times as local clocks show them.
func fires(t *testing.T, spec, zone, from string, n int) []string {
	t.Helper()
	expr, err := cron.ParseStandard(spec)
	require.NoError(t, err)
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	at, err := time.Parse(time.RFC3339, from)
	require.NoError(t, err)
	var out []string
	for range n {
		at = nextFire(expr, at, loc)
		out = append(out, at.In(loc).Format("02 15:04 -07"))
	}
	return out
}

func TestClocksPutForward(t *testing.T) {
	require.Equal(t, []string{"28 02:30 +01", "29 03:00 +02", "30 02:30 +02"}, fires(t, "30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3))
	require.Equal(t, []string{"29 01:00 +01", "29 03:00 +02", "29 04:00 +02"}, fires(t, "0 * * * *", "Europe/Berlin", "2026-03-28T23:30:00Z", 3))
	require.Equal(t, []string{"08 03:00 -04", "09 02:15 -04"}, fires(t, "15 2 * * *", "America/New_York", "2026-03-08T05:00:00Z", 2))
	require.Equal(t, []string{"04 02:30 +11"}, fires(t, "15 2 4 10 *", "Australia/Lord_Howe", "2026-10-03T05:00:00Z", 1), "half an hour is skipped there")
}

func TestClocksPutBack(t *testing.T) {
	require.Equal(t, []string{"25 02:30 +02", "26 02:30 +01"}, fires(t, "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2))
	require.Equal(t, []string{"25 02:00 +02", "25 03:00 +01"}, fires(t, "0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 2))
	require.Equal(t, []string{"26 02:30 +01"}, fires(t, "30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1), "asked for in the second hour")
	require.Equal(t, []string{"01 01:30 -04", "02 01:30 -05"}, fires(t, "30 1 * * *", "America/New_York", "2026-11-01T04:00:00Z", 2))
}

// TestFireTimesAscend: in any zone, fire times ascend, and a daily one comes once for each day.
func TestFireTimesAscend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{
			"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Gaza", "UTC", "America/Sao_Paulo", "Pacific/Apia",
		}).Draw(t, "zone"))
		require.NoError(t, err)
		expr := &cron.SpecSchedule{Second: 1, Minute: 1 << rapid.UintRange(0, 59).Draw(t, "minute"), Hour: 1 << rapid.UintRange(0, 23).Draw(t, "hour"), Dom: 1<<63 | 0xfffffffe, Month: 1<<63 | 0x1ffe, Dow: 1<<63 | 0x7f, Location: time.UTC}
		at := time.Unix(rapid.Int64Range(1262304000, 1830000000).Draw(t, "from"), 0)
		for range 400 {
			next := nextFire(expr, at, zone)
			require.True(t, next.After(at))
			require.Less(t, next.Sub(at), 50*time.Hour, "no day is left out")
			at = next
		}
	})
}
