package worker

import (
	"context"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/profile"
)

// profiledAtOnce is for how many runs a worker keeps a profile; older ones are forgotten, since they have been saved.
const profiledAtOnce = 8

// profileOf gives the recorder of a run; nil when it is not profiled.
func (w *Worker) profileOf(run metadata.Run) *profile.Recorder {
	if !run.Settings.Profile {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.profiles[run.ID]; r != nil {
		return r
	}
	if len(w.profiles) >= profiledAtOnce {
		clear(w.profiles)
	}
	r := profile.New()
	w.profiles[run.ID] = r
	return r
}

// saveProfile keeps what was recorded so far. A profile that cannot be kept is no reason to stop.
func (w *Worker) saveProfile(ctx context.Context, run metadata.Run) {
	r := w.profileOf(run)
	if r == nil {
		return
	}
	if err := w.Ledger.SaveProfile(ctx, run.ID, "worker "+w.cfg.ID, r.Lines()); err != nil {
		w.Logger.WarnContext(ctx, "the profile could not be kept", "run_id", run.ID, "error", err)
	}
}
