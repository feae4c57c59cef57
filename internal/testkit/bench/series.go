package main

import (
	"fmt"
	"slices"
	"time"
)

// series are the measurements of one thing, one for each round. The least of
// them is the figure: whatever else the machine does can only add to it.
type series []time.Duration

func (s series) least() time.Duration {
	if len(s) == 0 {
		return 0
	}
	return slices.Min(s)
}

// spread is by how much the slowest is slower than the fastest, in percent.
func (s series) spread() float64 {
	if s.least() == 0 {
		return 0
	}
	return 100 * (slices.Max(s) - s.least()).Seconds() / s.least().Seconds()
}

// ratio is how many times longer a took than b.
func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return a.Seconds() / b.Seconds()
}

// seconds prints a time with three digits.
func seconds(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 1:
		return fmt.Sprintf("%.3f s", s)
	case s < 10:
		return fmt.Sprintf("%.2f s", s)
	default:
		return fmt.Sprintf("%.1f s", s)
	}
}

// megabytes prints a number of bytes.
func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", (bytes+500_000)/1_000_000) }

// timed runs work and gives how long it took.
func timed(work func() error) (time.Duration, error) {
	began := time.Now()
	err := work()
	return time.Since(began), err
}
