package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/semsync/semsync/internal/events"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// runReader is what following needs of the layer.
type runReader interface {
	Run(ctx context.Context, id metadata.RunID) (metadata.Run, error)
	RequestCancel(ctx context.Context, id metadata.RunID, by string) error
}

// follower waits for a run's end. Events make it look sooner; without them it
// looks every second, so that what it shows is right all the same.
type follower struct {
	layer runReader
	bus   *events.Bus // nil for none
	log   *slog.Logger
	view  view
	// watchOnly leaves the run alone when ctx ends.
	watchOnly bool
}

// Pauses between two looks at the run. Counting a large ledger takes its time, and a rest restShare times as long comes after it.
const (
	lookEvery     = time.Second
	lookAtMost    = 400 * time.Millisecond
	restShare     = 10
	longestRest   = 2 * time.Second
	layerPatience = 2 * time.Minute // how long the layer may be away before following gives up
)

// follow returns when the run has ended or waits for a person.
func (f *follower) follow(ctx context.Context, id metadata.RunID) (metadata.Run, error) {
	hints := make(chan struct{}, 1)
	look := context.WithoutCancel(ctx)
	if f.bus != nil {
		stop, err := f.bus.SubscribeNew(look, &id, func(metadata.Event) {
			select {
			case hints <- struct{}{}:
			default:
			}
		})
		if err == nil {
			defer stop()
		}
	}
	defer f.view.done()
	interrupted := ctx.Done()
	lastSeen := time.Now()
	for {
		began := time.Now()
		r, err := f.layer.Run(look, id)
		pause := min(max(lookAtMost, restShare*time.Since(began)), longestRest)
		switch {
		case err == nil:
			lastSeen = time.Now()
			f.view.show(r)
			if r.Status.Final() || r.Waits() {
				return r, nil
			}
		case metadata.AsFault(err).Kind != metadata.FaultTransient || time.Since(lastSeen) > layerPatience:
			return r, err
		}
		select {
		case <-interrupted:
			if f.watchOnly {
				return r, &exitError{code: exitInterrupted}
			}
			interrupted = nil
			f.cancel(look, id)
		case <-hints:
			select { // more hints may come meanwhile
			case <-interrupted:
			case <-time.After(pause):
			}
		case <-time.After(max(lookEvery, pause)):
		}
	}
}

// cancel asks the run to stop after the tables in hand.
func (f *follower) cancel(ctx context.Context, id metadata.RunID) {
	f.log.InfoContext(ctx, "stopping the run after the tables in hand; interrupt again to leave at once", "run_id", id)
	if err := f.layer.RequestCancel(ctx, id, initiator()); err != nil && !errors.Is(err, layer.ErrWrongState) {
		f.log.WarnContext(ctx, "the run could not be asked to stop", "run_id", id, "error", err)
	}
	if f.bus != nil {
		f.bus.Publish(metadata.Event{Run: id, Batch: -1, Kind: metadata.EventCancel, At: time.Now()})
	}
}

// view shows a run's progress.
type view interface {
	show(r metadata.Run)
	done()
}

// newView gives a progress line on a terminal, and a log line every 5 s elsewhere.
func newView(w io.Writer, log *slog.Logger) view {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return &barView{out: f}
	}
	return &logView{log: log}
}

// logView logs.
type logView struct {
	log    *slog.Logger
	last   time.Time
	status metadata.RunStatus
}

const logEvery = 5 * time.Second

func (v *logView) show(r metadata.Run) {
	if r.Status == v.status && time.Since(v.last) < logEvery {
		return
	}
	v.status, v.last = r.Status, time.Now()
	c := r.Counts
	v.log.Info("run", "run_id", r.ID, "status", r.Status, "done", c.Done, "total", c.Total, "failed", c.Failed, "retries", c.Retries,
		"per_second", fmt.Sprintf("%.1f", rate(r)))
}

func (v *logView) done() {}

func rate(r metadata.Run) float64 {
	passed := r.Duration
	if passed == 0 {
		passed = time.Since(r.StartedAt)
	}
	if passed <= 0 {
		return 0
	}
	return float64(r.Counts.Done) / passed.Seconds()
}

// barView draws a bar.
type barView struct {
	out  *os.File
	bars *mpb.Progress
	bar  *mpb.Bar
	run  metadata.Run
}

func (v *barView) show(r metadata.Run) {
	v.run = r
	if v.bar == nil {
		v.bars = mpb.New(mpb.WithOutput(v.out), mpb.WithWidth(40))
		v.bar = v.bars.AddBar(0,
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return string(v.run.Status) + " " }), decor.CountersNoUnit("%d/%d tables")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return tail(v.run) })),
		)
	}
	c := r.Counts
	v.bar.SetTotal(int64(c.Total), false)
	v.bar.SetCurrent(int64(c.Done + c.Failed + c.Skipped))
}

// tail is what stands behind the bar: rate, time left, failures, retries.
func tail(r metadata.Run) string {
	c := r.Counts
	out := fmt.Sprintf(" %.1f/s", rate(r))
	if per := rate(r); per > 0 && c.Total > c.Done {
		left := time.Duration(float64(c.Total-c.Done-c.Failed-c.Skipped) / per * float64(time.Second))
		out += ", " + left.Round(time.Second).String() + " left"
	}
	return out + fmt.Sprintf(", %d failed, %d retries", c.Failed, c.Retries)
}

func (v *barView) done() {
	if v.bar == nil {
		return
	}
	v.bar.SetTotal(-1, true)
	v.bars.Shutdown()
}
