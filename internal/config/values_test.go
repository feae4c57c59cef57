package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "1h30m": 90 * time.Minute, "90d": 90 * day, "1w2d3h": 9*day + 3*time.Hour,
		"0.5d": 12 * time.Hour, "0": 0, "0s": 0, " 5m ": 5 * time.Minute, "1500ms": 1500 * time.Millisecond,
	} {
		got, err := parseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := parseDuration(formatDuration(got))
		require.NoError(t, err)
		require.Equal(t, got, again, formatDuration(got))
	}
	for _, text := range []string{"", "30", "1.5", "d", "1y", "-1d", "1d-1h", "5 m", "1h1d", "9999999999w", "NaN", "1e9"} {
		_, err := parseDuration(text)
		require.Error(t, err, text)
	}
	require.Equal(t, "1h30m", formatDuration(90*time.Minute))
	require.Equal(t, "90d", formatDuration(90*day))
	require.Equal(t, "1h", formatDuration(time.Hour))
	require.Equal(t, "10s", formatDuration(10*time.Second))
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]ByteSize{"8GB": 8e9, "512MiB": 512 << 20, "1.5k": 1500, "100": 100, "1 GiB": 1 << 30, "0": 0} {
		got, err := parseSize(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := parseSize(got.String())
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
	for _, text := range []string{"", "GB", "-1", "8XB", "1e30TB", "99999999999999999999GB"} {
		_, err := parseSize(text)
		require.Error(t, err, text)
	}
}

func TestSchedules(t *testing.T) {
	for _, text := range []string{"0 2 * * *", "0 */6 * * *", "0 9-17 * * 1-5", "@daily", "0 0 29 2 *", "15,45 * * jan-mar mon"} {
		s, err := parseSchedule(text)
		require.NoError(t, err, text)
		require.Equal(t, text, s.String())
	}
	s, err := parseSchedule("interval:90m")
	require.NoError(t, err)
	require.Equal(t, "interval:1h30m", s.String())
	for _, text := range []string{"0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "* * * *", "TZ=", "@fortnightly", "interval:"} {
		_, err := parseSchedule(text)
		require.Error(t, err, text)
	}
}

func TestScheduleObjects(t *testing.T) {
	for text, want := range map[string]string{
		"{frequency: hourly}": "0 * * * *", "{frequency: weekly}": "0 0 * * 0", "{frequency: custom, cron: '5 5 * * *'}": "5 5 * * *",
		"{cron: 'interval:2h'}": "interval:2h", "{enabled: false, frequency: daily}": "", "{enabled: false}": "",
		"{frequency: daily, cron: '0 2 * * *'}": "0 2 * * *", "null": "", "'@hourly'": "@hourly",
	} {
		c := mustLoad(t, "sync: {schedule: "+text+"}", LoadOptions{Partial: true})
		require.Equal(t, want, c.Sync.Schedule.String(), text)
	}
}

func TestClosest(t *testing.T) {
	known := []string{"batch_size", "mode", "max_retries"}
	require.Equal(t, "batch_size", closest("batchsize", known))
	require.Equal(t, "batch_size", closest("Batch-Size", known))
	require.Equal(t, "mode", closest("mod", known))
	require.Empty(t, closest("entirely_different", known))
	require.Equal(t, 3, distance("kitten", "sitting"))
}

// TestChoices keeps the words in the tags equal to the domain's.
func TestChoices(t *testing.T) {
	var classes []string
	for _, c := range metadata.TransientClasses {
		classes = append(classes, string(c))
	}
	for path, want := range map[string][]string{
		"sync.retry_on_errors": classes, "sync.mode": {"full", "delta", "incremental"},
	} {
		for _, k := range rootLeaves() {
			if k.path == path {
				require.Equal(t, want, k.rules.enum)
			}
		}
	}
	for _, k := range rootLeaves() {
		require.Equal(t, strings.ToLower(k.path), k.path, "Viper keeps lower case only")
	}
}

func TestHostileFilesAreBounded(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, tt := range map[string]struct{ text, want string }{
		"unknown keys":  {many(60_000, "zzzzzzz%d: 1\n"), "and 59800 more"},
		"doubled keys":  {strings.Repeat("a: 1\n", 150_000), "the key is already set in line 1"},
		"long list":     {"scope: {exclude_patterns: [" + strings.Repeat("x,", 150_000) + "]}", "has more than 10000 entries"},
		"long patterns": {"scope: {exclude_patterns: [" + strings.Repeat("'(((((a{9}){9}){9}){9}){9})',", 9_000) + "]}", "does not compile"},
		"brackets":      {strings.Repeat("[", 1<<20), "is not YAML"},
		"long key":      {"? " + strings.Repeat("k", 1<<19) + "\n: 1", "is not a known key"},
		"long name":     {"notifications: {webhook: {headers: {? '" + strings.Repeat("k ", 1<<18) + "' : x}}}", "is not a header"},
		"long value":    {"sync: {mode: " + strings.Repeat("k", 1<<19) + "}", "is not a choice"},
		"variables":     {"description: '" + strings.Repeat("${A}", 250_000) + "'\nx: 1", "is not a known key"},
		"template":      {"auto_generation: {patterns: [{name: a, pattern: b, description_template: '" + strings.Repeat("{", 1<<19) + "'}]}", "has a brace without its partner"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := load(t, tt.text, LoadOptions{Partial: true, Environ: []string{"A=b"}})
			require.ErrorContains(t, err, tt.want)
			require.Less(t, len(err.Error()), 200_000)
			require.Less(t, time.Since(start), 20*time.Second)
			t.Log(time.Since(start))
		})
	}
}
