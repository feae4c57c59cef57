package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/coordinator"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/source"
)

// tryConnections tries all that the configuration names, and gives the number of problems it found.
func (o *coordinatorFlags) tryConnections(ctx context.Context, cfg *config.Config, r *checkReport) (n int) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	say := func(what string, problems ...string) {
		r.Connections = append(r.Connections, connection{Name: what, Problems: append([]string{}, problems...)})
		n += len(problems)
	}
	say("layer", errorText(tryLayer(ctx, cfg))...)
	if !cfg.EmbeddedRedis() {
		infra := &Infra{QueueName: cfg.SemanticDatabase.Name}
		err := infra.openQueue(cfg)
		if err == nil {
			err = infra.Queue.Ping(ctx)
		}
		say("redis", errorText(errors.Join(err, infra.Close()))...)
	}
	if !cfg.EmbeddedNATS() {
		say("nats", errorText(o.tryNATS(ctx, cfg))...)
	}
	readers := newSources(cfg, func(string) source.Limiter { return source.Unlimited{} })
	for _, name := range readers.Names() {
		reader, err := readers.Source(ctx, name)
		if err != nil {
			say("source "+name, err.Error())
			continue
		}
		missing, err := reader.Check(ctx)
		if problems := append(missing, errorText(err)...); len(problems) > 0 {
			say("source "+name, problems...)
			continue
		}
		warning, err := o.tryDetection(ctx, cfg, readers, name)
		if warning != "" {
			r.Warnings = append(r.Warnings, warning)
		}
		say("source "+name, errorText(err)...)
	}
	if err := readers.Close(); err != nil {
		say("sources", err.Error())
	}
	return n
}

// tryDetection gives a warning of tables for which the method of delta detection has nothing to go by.
func (o *coordinatorFlags) tryDetection(ctx context.Context, cfg *config.Config, readers *sources, name string) (warning string, err error) {
	tables, err := newTableScope(cfg.Scope)
	if err != nil {
		return "", err
	}
	log, err := o.logger(cfg)
	if err != nil {
		return "", err
	}
	n, err := coordinator.Untold(ctx, readers, tables, name, cfg.RunSettings(), log)
	if n > 0 {
		warning = fmt.Sprintf("source %s: nothing tells when %d of its tables changed, so they would be done in every run: use delta_detection method checksum", name, n)
	}
	return warning, err
}

func errorText(err error) []string {
	if err == nil {
		return nil
	}
	return []string{err.Error()}
}

// tryLayer reaches the layer without making it.
func tryLayer(ctx context.Context, cfg *config.Config) (err error) {
	if cfg.EmbeddedLayer() {
		return nil // it is made on start
	}
	l, err := openLayer(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	err = l.CheckMigrated(ctx)
	if errors.Is(err, layer.ErrNotMigrated) && cfg.SemanticDatabase.CreateIfMissing {
		return nil
	}
	return err
}

func (o *coordinatorFlags) tryNATS(ctx context.Context, cfg *config.Config) (err error) {
	log, err := o.logger(cfg)
	if err != nil {
		return err
	}
	infra := &Infra{}
	defer func() { err = errors.Join(err, infra.Close()) }()
	if err := infra.openBus(ctx, cfg, log); err != nil {
		return err
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; {
		if infra.Bus.Connected() {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("not reachable within 5s: check nats.url")
}
