package coordinator

import (
	"context"
	"errors"
	"time"

	"github.com/semsync/semsync/internal/layer"
)

// Schedule says when runs begin by themselves.
type Schedule struct {
	Name string // under which fire times are recorded; it holds the expression, so that a changed one starts afresh
	// Next gives the first fire time after t.
	Next func(t time.Time) time.Time
	// CatchUp makes up once for times missed while nobody led.
	CatchUp bool
	// Queue makes a fire wait for the active run; otherwise it is skipped.
	Queue bool
}

// longestNap bounds how long the scheduler sleeps, so that a changed clock is noticed.
const longestNap = 30 * time.Second

// fireAll fires the schedule until ctx ends. Each fire time is recorded once in the layer, whoever fires it.
func (c *Coordinator) fireAll(ctx context.Context, lease layer.Lease) {
	s := c.cfg.Schedule
	last, err := c.Layer.LastFire(ctx, s.Name)
	for err != nil {
		c.Logger.WarnContext(ctx, "the last fire time could not be read", "error", err)
		if !pause(ctx, time.Second) {
			return
		}
		last, err = c.Layer.LastFire(ctx, s.Name)
	}
	if last.IsZero() {
		// The beginning is recorded too, so that what is missed before the first fire is made up for.
		last = time.Now().Truncate(time.Millisecond)
		if _, err := c.Layer.Fire(ctx, lease, s.Name, last, nil); err != nil {
			c.Logger.WarnContext(ctx, "the beginning of the schedule could not be recorded", "error", err)
		}
	} else {
		last = c.skipMissed(s, last, time.Now())
	}
	for {
		at := s.Next(last)
		if at.IsZero() || !pause(ctx, min(time.Until(at), longestNap)) {
			return
		}
		if time.Now().Before(at) {
			continue
		}
		done, err := c.fire(ctx, lease, at)
		if errors.Is(err, layer.ErrDeposed) {
			return
		}
		if err != nil {
			c.Logger.WarnContext(ctx, "the schedule could not be fired yet", "fire_time", at, "error", err)
		}
		if done {
			last = at
		} else if !pause(ctx, time.Second) {
			return
		}
	}
}

// skipMissed gives the time from which to go on after nobody led: just before
// the last missed time when that is to be made up for, else after it.
func (c *Coordinator) skipMissed(s *Schedule, last, now time.Time) time.Time {
	before, at := last, s.Next(last)
	for !at.IsZero() && !at.After(now) {
		before, last = last, at
		at = s.Next(at)
	}
	if s.CatchUp {
		return before
	}
	return last
}

// fire makes the run of a fire time; done is false when it has to wait for another run.
func (c *Coordinator) fire(ctx context.Context, lease layer.Lease, at time.Time) (done bool, err error) {
	active, err := c.Layer.ActiveRuns(ctx)
	if err != nil {
		return false, err
	}
	if len(active) > 0 && c.cfg.Schedule.Queue {
		return false, nil
	}
	var run *layer.NewRun
	if len(active) == 0 {
		r, err := c.cfg.NewScheduledRun()
		if err != nil {
			return false, err
		}
		run = &r
	}
	made, err := c.Layer.Fire(ctx, lease, c.cfg.Schedule.Name, at, run)
	if err != nil {
		return false, err
	}
	switch {
	case made && run != nil:
		c.Logger.InfoContext(ctx, "schedule fired", "run_id", run.ID, "fire_time", at)
		c.Wake()
	case made:
		c.Logger.WarnContext(ctx, "schedule skipped: a run is active", "fire_time", at, "active", active[0].ID)
	}
	return true, nil
}

// pause waits, and tells whether ctx still goes on.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
