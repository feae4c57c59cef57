package app

import (
	"time"

	"github.com/robfig/cron/v3"
)

// nextFire gives the first time after t at which the expression is due by the clocks of a zone. When clocks are put forward, what
// falls into the hour that does not exist is due at its end; when they are put back, what falls into the hour that comes
// twice is due the first time only. (The library by itself leaves out the former and fires twice for the latter.)
func nextFire(expr cron.Schedule, t time.Time, zone *time.Location) time.Time {
	clock := wall(t.In(zone))
	for {
		if clock = expr.Next(clock); clock.IsZero() {
			return clock
		}
		if at := moment(clock, zone); at.After(t) {
			return at
		}
	}
}

// wall gives what clocks show, as if it were UTC, which has no gaps.
func wall(t time.Time) time.Time {
	y, mo, d := t.Date()
	h, mi, s := t.Clock()
	return time.Date(y, mo, d, h, mi, s, 0, time.UTC)
}

// moment gives the first moment at which clocks of a zone show a time or are past it.
func moment(clock time.Time, zone *time.Location) time.Time {
	y, mo, d := clock.Date()
	h, mi, s := clock.Clock()
	at := time.Date(y, mo, d, h, mi, s, 0, zone)
	start, end := at.ZoneBounds()
	if !wall(at).Equal(clock) { // it does not exist: the clocks were put forward near it
		if end.IsZero() || (!start.IsZero() && at.Sub(start) < end.Sub(at)) {
			return start
		}
		return end
	}
	if start.IsZero() {
		return at
	}
	_, before := start.Add(-time.Second).Zone()
	_, after := at.Zone()
	if first := at.Add(time.Duration(after-before) * time.Second); after < before && first.Before(start) && wall(first.In(zone)).Equal(clock) {
		return first
	}
	return at
}
