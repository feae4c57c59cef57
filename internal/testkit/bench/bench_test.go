package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSeries(t *testing.T) {
	s := series{1200 * time.Millisecond, time.Second, 1500 * time.Millisecond}
	require.Equal(t, time.Second, s.least())
	require.InDelta(t, 50, s.spread(), 0.001)
	require.Zero(t, series(nil).least())
	require.Zero(t, series(nil).spread())
	require.Equal(t, "0.250 s", seconds(250*time.Millisecond))
	require.Equal(t, "2.50 s", seconds(2500*time.Millisecond))
	require.Equal(t, "12.3 s", seconds(12345*time.Millisecond))
}

func TestNumbers(t *testing.T) {
	require.Equal(t, "7", thousands(7))
	require.Equal(t, "201,000", thousands(201000))
	require.Equal(t, "1,234,567", thousands(int64(1234567)))
	require.Equal(t, "33,500", rate(201000, 6*time.Second, time.Second))
	require.Equal(t, "100,000", rate(10000, 6*time.Second, time.Minute))
	require.Equal(t, "0", rate(10, 0, time.Second))
	require.Equal(t, "3.1 ×", times(3.01), "never rounded down to what was wanted")
	require.Equal(t, "3.0 ×", times(3))
	require.Equal(t, "77 MB", megabytes(76_600_000))
}

func TestOptions(t *testing.T) {
	o, err := parse([]string{"-tables", "50", "-peers=false"}, &strings.Builder{})
	require.NoError(t, err)
	require.Equal(t, options{tables: 50, columns: 20, runs: 3, peerTables: 1000, out: "docs/performance.md"}, o)
	for _, wrong := range [][]string{{"-runs", "2"}, {"-tables", "0"}, {"more"}, {"-nonsense"}} {
		_, err := parse(wrong, &strings.Builder{})
		require.Error(t, err, wrong)
	}
}

func TestProcessIsMeasured(t *testing.T) {
	dir := t.TempDir()
	c := command{path: "/bin/sh", arguments: []string{"-c", "read -r x < fifo; echo $x >&2; exit 3"}, dir: dir}
	_, err := command{path: "mkfifo", arguments: []string{"fifo"}, dir: dir}.run(t.Context())
	require.NoError(t, err)
	p, err := c.start(t.Context())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		n, err := residentPeak(p.cmd.Process.Pid)
		return err == nil && n > 100_000
	}, 10*time.Second, time.Millisecond, "a living process has memory")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "fifo"), []byte("its last words\n"), 0))
	<-p.done
	require.ErrorContains(t, p.err, "exit status 3")
	require.ErrorContains(t, p.err, "its last words")
	require.Positive(t, p.took)
	require.Positive(t, p.peak)
}

func TestTailKeepsTheEnd(t *testing.T) {
	var kept tail
	_, err := kept.Write([]byte(strings.Repeat("x", tailSize)))
	require.NoError(t, err)
	_, err = kept.Write([]byte("end"))
	require.NoError(t, err)
	require.Len(t, kept.String(), tailSize)
	require.True(t, strings.HasSuffix(kept.String(), "xend"))
}
