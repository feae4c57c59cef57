package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/metadata"
)

// The addresses on which the programs show metrics and health by default.
const (
	coordinatorListen = "127.0.0.1:9090"
	workerListen      = "127.0.0.1:9091"
)

// serve runs a coordinator until ctx ends.
func serve(ctx context.Context, cfg *config.Config, log *slog.Logger) (err error) {
	p, err := newProcess(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.migrateInTime(ctx); err != nil {
		return err
	}
	schedule, err := scheduleOf(cfg)
	if err != nil {
		return err
	}
	if err := errors.Join(p.addHTTP(ctx, cfg.HTTP.Listen, coordinatorListen), p.addPusher("coordinator")); err != nil {
		return err
	}
	if err := p.addCoordinator(schedule); err != nil {
		return err
	}
	if p.infra.WithWorker {
		if err := p.addWorker(cfg.Worker.Concurrency); err != nil {
			return err
		}
	}
	log.InfoContext(ctx, "coordinator serves", "embedded", cfg.Embedded(), "schedule", cfg.Sync.Schedule.String(), "sources", len(cfg.Sources))
	return p.group.Run(ctx)
}

// migrateInTime waits for a layer that cannot be reached yet, as workers do: what starts a whole fleet starts its
// database at the same time.
func (p *process) migrateInTime(ctx context.Context) error {
	for said := false; ; {
		err := p.migrate(ctx)
		if err == nil || metadata.AsFault(err).Kind != metadata.FaultTransient {
			return err
		}
		if !said {
			p.log.InfoContext(ctx, "waiting for the semantic layer", "cause", err)
			said = true
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
}

// migrate sets the layer up and records the configuration.
func (p *process) migrate(ctx context.Context) error {
	if err := p.infra.Layer.Migrate(ctx); err != nil {
		return err
	}
	if p.infra.Alone {
		if err := p.infra.Layer.OutliveOthers(ctx); err != nil {
			return err
		}
	}
	return saveConfig(ctx, p.infra.Layer, p.cfg)
}

// workerFlags are the flags of the worker program.
type workerFlags struct {
	options
	concurrency int
}

func workerCommand(s Streams) *cobra.Command {
	o := &workerFlags{options: options{Streams: s}}
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Take batches of tables and commit what they mean to the semantic layer",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.add(cmd)
	cmd.Flags().IntVar(&o.concurrency, "concurrency", 0, "batches at a time (default: worker.concurrency)")
	cmd.AddCommand(healthcheckCommand(&o.options))
	return cmd
}

func (o *workerFlags) run(ctx context.Context) (err error) {
	cfg, log, err := o.open(nil)
	if err != nil {
		return err
	}
	if o.concurrency < 0 {
		return usage(fmt.Errorf("--concurrency is %d: it must be at least 1", o.concurrency))
	}
	if cfg.EmbeddedRedis() || cfg.EmbeddedLayer() {
		return usage(errors.New("a worker needs redis and semantic_database.url in the configuration: in the embedded form the coordinator has a worker of its own"))
	}
	concurrency := cfg.Worker.Concurrency
	if o.concurrency > 0 {
		concurrency = o.concurrency
	}
	p, err := newProcess(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := errors.Join(p.addHTTP(ctx, cfg.HTTP.Listen, workerListen), p.addPusher("worker")); err != nil {
		return err
	}
	if err := p.addWorker(concurrency); err != nil {
		return err
	}
	if err := waitMigrated(ctx, p.infra.Layer, log); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	log.InfoContext(ctx, "worker works", "concurrency", concurrency)
	return p.group.Run(ctx)
}
