package app

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/pii"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/worker"
)

// sampling looks at some values of each table. No value outlives the look.
type sampling struct {
	sources worker.Sources
	options source.SampleOptions
	log     *slog.Logger
}

// samplingOf gives nil when values are not to be looked at.
func samplingOf(cfg *config.Config, sources worker.Sources, log *slog.Logger) *sampling {
	s := cfg.AutoGeneration.Sampling
	if !s.Enabled {
		return nil
	}
	options := source.SampleOptions{MaxRows: s.MaxRows, Timeout: s.Timeout, SkipTypes: s.SkipTypes}
	if limit := cfg.Sync.QueryTimeout; limit > 0 {
		options.Timeout = min(options.Limit(), limit)
	}
	return &sampling{sources: sources, log: log, options: options}
}

// personalSamplingOf gives nil when values are not to be looked at for personal data.
func personalSamplingOf(cfg *config.Config, sources worker.Sources, log *slog.Logger) *sampling {
	if !cfg.AutoGeneration.Generate.PIIDetection {
		return nil
	}
	return samplingOf(cfg, sources, log)
}

// weigh lays what the values of a table show over what its names say. A table whose values cannot be had is left to its
// names; the fault is for what may pass, so that the table is tried again.
func (s *sampling) weigh(ctx context.Context, run metadata.RunSettings, e *enrich.Enricher, table *metadata.Table, m *enrich.Meaning) error {
	profiles, err := s.profiles(ctx, run, table)
	if err != nil || profiles == nil {
		return err
	}
	for i, p := range profiles {
		if p == nil {
			continue
		}
		a := &m.Fields[i]
		guess := pii.Guess{Category: pii.Category(a.PIICategory), Confidence: a.Confidence, Evidence: a.Evidence}
		d := pii.Combine(guess, pii.ColumnOf(table, i), p.Verdict())
		if d.Outcome != pii.Unchanged {
			e.Weigh(table, m, i, enrich.Shown{Category: string(d.Category), Confidence: d.Confidence, Evidence: d.Evidence})
		}
	}
	return nil
}

// profiles looks at the values, by places in table.Fields; nil when they cannot be had.
func (s *sampling) profiles(ctx context.Context, run metadata.RunSettings, table *metadata.Table) ([]*pii.Profile, error) {
	reader, err := s.sources.Source(ctx, table.ID.Source)
	if err != nil {
		return nil, err
	}
	sampler, ok := reader.(source.Sampler)
	if !ok {
		return nil, nil //nolint:nilnil // an engine that cannot sample is no error
	}
	wanted := s.options.Wanted(table)
	out := make([]*pii.Profile, len(table.Fields))
	lanes := 1
	if run.ParallelMode == metadata.ParallelField {
		lanes = max(1, run.Workers)
	}
	g, looking := errgroup.WithContext(ctx)
	g.SetLimit(lanes)
	for chunk := range slices.Chunk(wanted, max(1, (len(wanted)+lanes-1)/lanes)) {
		g.Go(func() error { return s.look(looking, sampler, table, chunk, out) })
	}
	if err := g.Wait(); err != nil {
		if err := passing(err); err != nil {
			return nil, err
		}
		s.log.WarnContext(ctx, "the values of a table could not be looked at: its names alone tell what it holds", "table", table.ID.Qualified(), "error", err)
		return nil, nil //nolint:nilnil // it is left to its names
	}
	return out, nil
}

// look reads values of some fields of a table into profiles.
func (s *sampling) look(ctx context.Context, sampler source.Sampler, table *metadata.Table, places []int, out []*pii.Profile) error {
	options := s.options
	options.Fields = make([]string, len(places))
	now := time.Now()
	for i, at := range places {
		options.Fields[i] = table.Fields[at].Name
		out[at] = pii.NewProfile(now)
	}
	_, err := sampler.Sample(ctx, table, options, func(row []source.Value) error {
		for i, v := range row {
			if v.Null {
				out[places[i]].Null()
			} else {
				out[places[i]].Add(v.Text)
			}
		}
		return nil
	})
	return err
}

// passing gives the faults that trying again may help against. A refused permission, a table that takes too long and the
// like leave a table to its names.
func passing(err error) error {
	f := metadata.AsFault(err)
	switch {
	case f.Kind == metadata.FaultStopped, f.Kind == metadata.FaultThrottled:
		return f
	case f.Kind == metadata.FaultTransient && f.Class != metadata.ClassQueryTimeout:
		return f
	default:
		return nil
	}
}
