package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/semsync/semsync/internal/app/embedded"
	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/events"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/service"
)

// oneRun makes a run, or takes up one that was left behind, follows it to its
// end and prints what came out.
func (o *coordinatorFlags) oneRun(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	asks := cfg.Sync.InteractiveMode && !o.yes && !o.settings(cfg).DryRun
	if asks && !isTerminal(o.In) {
		return usage(errors.New("sync.interactive_mode asks before anything is applied, and there is no terminal to answer on: give --yes, or --dry-run"))
	}
	var id metadata.RunID
	err := o.drive(ctx, cfg, log, func(l layer.Layer) (metadata.RunID, error) {
		var err error
		id, err = o.begin(ctx, l, cfg, log)
		return id, err
	})
	if asks && codeOf(err) == exitApproval {
		err = o.ask(ctx, cfg, id)
	}
	if !o.settings(cfg).Profile || id == uuid.Nil {
		return err
	}
	if shown := o.showProfile(context.WithoutCancel(ctx), id); err == nil {
		err = shown
	}
	return err
}

// drive follows a run to its end. Whoever leads drives it: another coordinator,
// or else this process, which ends with the run.
func (o *options) drive(ctx context.Context, cfg *config.Config, log *slog.Logger, begin func(layer.Layer) (metadata.RunID, error)) (err error) {
	p, err := newProcess(ctx, cfg, log)
	if errors.Is(err, embedded.ErrLocked) && cfg.EmbeddedLayer() {
		return o.driveElsewhere(ctx, cfg, log, begin)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.migrate(ctx); err != nil {
		return err
	}
	if err := p.addPusher("coordinator"); err != nil {
		return err
	}
	if err := p.addCoordinator(nil); err != nil {
		return err
	}
	if p.infra.WithWorker {
		if err := p.addWorker(cfg.Worker.Concurrency); err != nil {
			return err
		}
	}
	var final metadata.Run
	p.group.Add("run", service.Func(func(context.Context) error {
		// The run is followed with the command's own context: an interrupt asks it to stop, and it ends by itself.
		var err error
		if final, err = o.follow(ctx, p.infra.Layer, p.infra.Bus, log, begin, p.coordinator.Wake); err != nil {
			return err
		}
		return service.ErrGroupDone
	}))
	if err := p.group.Run(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return o.report(context.WithoutCancel(ctx), cfg, p.infra.Layer, final)
}

// driveElsewhere leaves the run to the process that has the data folder.
func (o *options) driveElsewhere(ctx context.Context, cfg *config.Config, log *slog.Logger, begin func(layer.Layer) (metadata.RunID, error)) (err error) {
	l, err := openLayer(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	log.InfoContext(ctx, "another process has the data folder and does the run", "data_dir", cfg.DataDir)
	final, err := o.follow(ctx, l, nil, log, begin, func() {})
	if err != nil {
		return err
	}
	return o.report(context.WithoutCancel(ctx), cfg, l, final)
}

// follow begins the run and waits for its end.
func (o *options) follow(
	ctx context.Context, l layer.Layer, b *events.Bus, log *slog.Logger, begin func(layer.Layer) (metadata.RunID, error), wake func(),
) (metadata.Run, error) {
	id, err := begin(l)
	if err != nil {
		return metadata.Run{}, err
	}
	wake()
	f := &follower{layer: l, bus: b, log: log, view: newView(o.Err, log)}
	return f.follow(ctx, id)
}

// begin creates the run. A run of the same kind that was interrupted, and that nobody leads, is
// gone on with instead: that is what starting the same command again means.
func (o *coordinatorFlags) begin(ctx context.Context, l layer.Layer, cfg *config.Config, log *slog.Logger) (metadata.RunID, error) {
	r, err := newRun(cfg, "manual", o.settings(cfg))
	if err != nil {
		return r.ID, err
	}
	active, err := l.ActiveRuns(ctx)
	if err != nil {
		return r.ID, err
	}
	for _, a := range active {
		if a.Status != metadata.StatusAwaitingApproval && !a.CancelRequested && sameSettings(a.Settings, r.Settings) {
			log.InfoContext(ctx, "going on with a run that has not ended", "run_id", a.ID, "started_at", a.StartedAt.Format(time.RFC3339))
			return a.ID, nil
		}
	}
	return r.ID, l.CreateRun(ctx, r)
}

func sameSettings(a, b metadata.RunSettings) bool {
	return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
}

// report prints the end of a run and gives the error that makes the exit code.
func (o *options) report(ctx context.Context, cfg *config.Config, l layer.Layer, r metadata.Run) error {
	if r.Settings.DryRun {
		if err := errors.Join(printChanges(ctx, o.Out, l, r.ID), preview(ctx, o.Out, cfg, l, r.ID)); err != nil {
			return err
		}
	}
	if err := printRun(ctx, o.Out, l, r); err != nil {
		return err
	}
	return ended(r)
}
