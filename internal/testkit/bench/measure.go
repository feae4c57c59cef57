package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// results are all that was measured.
type results struct {
	options
	machine machine
	began   time.Time
	fields  int64 // columns of the source

	// The limits.
	stream, hash, psql           series
	copied, readBack, ledger     series
	smallQueries, queries        questions
	token, discovered            series
	full, fullWall               series
	again, againWall             series
	delta, sweep                 series
	embeddedDelta, embeddedSweep series
	embeddedFull                 time.Duration

	// Peaks of memory in bytes, each the most of all rounds.
	workerPeak, coordinatorPeak, sweepPeak, embeddedPeak int64

	peers []peerResult
}

// bench is the measuring on its way.
type bench struct {
	*results
	programs
	admin  string
	source *database // of -tables
	small  *database // of -peer-tables
	home   *installation
	log    io.Writer
}

// measure measures everything and removes what it made.
func measure(ctx context.Context, o options, admin string, log io.Writer) (r *results, err error) {
	b := &bench{results: &results{options: o, began: time.Now()}, admin: admin, log: log}
	dir, err := os.MkdirTemp("", "semsync-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b.say("building the programs")
	if b.programs, err = build(ctx, dir); err != nil {
		return nil, err
	}
	b.say("filling a source of %d tables and one of %d, of %d columns each", o.tables, o.peerTables, o.columns)
	if b.source, err = createSource(ctx, admin, o.tables, o.columns); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.source.drop(ctx)) }()
	if b.small, err = createSource(ctx, admin, o.peerTables, o.columns); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.small.drop(ctx)) }()
	return b.results, b.all(ctx, dir)
}

func (b *bench) say(format string, arguments ...any) {
	fmt.Fprintf(b.log, "bench: "+format+"\n", arguments...) //nolint:errcheck // progress is for people only
}

func (b *bench) all(ctx context.Context, dir string) (err error) {
	if b.machine, err = readMachine(ctx, b.admin); err != nil {
		return err
	}
	if b.smallQueries, err = ask(ctx, b.small.dsn); err != nil {
		return err
	}
	if err := b.prepareEmbedded(ctx, dir); err != nil {
		return err
	}
	if _, err := drain(ctx, b.source.dsn, catalogQuery); err != nil { // the first one reads from disk
		return err
	}
	for n := range b.runs {
		b.say("round %d of %d", n+1, b.runs)
		if err := b.round(ctx); err != nil {
			return fmt.Errorf("round %d: %w", n+1, err)
		}
	}
	if b.options.peers {
		return b.measurePeers(ctx, dir)
	}
	return nil
}

// prepareEmbedded fills the layer of an embedded semsync.
func (b *bench) prepareEmbedded(ctx context.Context, dir string) (err error) {
	b.say("filling an embedded layer")
	if b.home, err = install(b.programs, dir, b.source, place{}, 0); err != nil {
		return err
	}
	a, err := b.home.apply(ctx, "--mode", "full")
	b.embeddedFull = a.took()
	return err
}

// round measures each thing once, so that all have the same neighbours.
func (b *bench) round(ctx context.Context) error {
	for _, part := range []func(context.Context) error{b.limits, b.inProcess, b.inFleet, b.inEmbedded} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) limits(ctx context.Context) error {
	for _, limit := range []struct {
		to    *series
		query string
	}{{&b.stream, catalogQuery}, {&b.hash, hashQuery}} {
		took, err := drain(ctx, b.source.dsn, limit.query)
		if err != nil {
			return err
		}
		*limit.to = append(*limit.to, took)
	}
	p, err := psql(ctx, b.source)
	if err != nil {
		return err
	}
	b.psql = append(b.psql, p.took)
	return nil
}

// inProcess asks the source through semsync's own reader.
func (b *bench) inProcess(ctx context.Context) (err error) {
	if b.queries, err = ask(ctx, b.source.dsn); err != nil {
		return err
	}
	b.token = append(b.token, b.queries.tokenTook)
	b.discovered = append(b.discovered, b.queries.discoverTook)
	return nil
}

// inFleet measures runs of a fleet that begins with an empty layer.
func (b *bench) inFleet(ctx context.Context) (err error) {
	f, err := startFleet(ctx, b.programs, b.source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	full, err := f.apply(ctx, "--mode", "full")
	if err != nil {
		return err
	}
	if full.Done != b.tables {
		return fmt.Errorf("the full run did %d tables of %d", full.Done, b.tables)
	}
	b.fields = full.Fields
	b.full, b.fullWall = append(b.full, full.took()), append(b.fullWall, full.process.took)
	b.coordinatorPeak = max(b.coordinatorPeak, full.process.peak)
	if err := b.layerLimits(ctx, f); err != nil {
		return err
	}
	again, err := f.apply(ctx, "--mode", "full")
	if err != nil {
		return err
	}
	b.again, b.againWall = append(b.again, again.took()), append(b.againWall, again.process.took)
	b.coordinatorPeak = max(b.coordinatorPeak, again.process.peak)
	if b.delta, _, err = b.nothing(ctx, f.installation, b.delta); err != nil {
		return err
	}
	var peak int64
	if b.sweep, peak, err = b.nothing(ctx, f.sweeping, b.sweep); err != nil {
		return err
	}
	b.sweepPeak = max(b.sweepPeak, peak)
	err = f.worker.stop()
	b.workerPeak = max(b.workerPeak, f.worker.peak)
	return err
}

// layerLimits measures what the layer's rows cost at least.
func (b *bench) layerLimits(ctx context.Context, f *fleet) error {
	for _, limit := range []struct {
		to    *series
		table string
	}{{&b.copied, "field_metadata"}, {&b.ledger, "sync_run_tables"}} {
		took, err := copyRows(ctx, f.layer.dsn, limit.table, f.dir)
		if err != nil {
			return err
		}
		*limit.to = append(*limit.to, took)
	}
	took, err := drain(ctx, f.layer.dsn, "SELECT * FROM "+layerSchema+".field_metadata")
	b.readBack = append(b.readBack, took)
	return err
}

// nothing measures a delta run over a source in which nothing changed.
func (b *bench) nothing(ctx context.Context, i *installation, s series) (series, int64, error) {
	a, err := i.apply(ctx)
	if err != nil {
		return s, 0, err
	}
	if a.Total != 0 || a.Unchanged != b.tables {
		return s, 0, fmt.Errorf("a delta run found %d tables to do and %d unchanged, though nothing changed", a.Total, a.Unchanged)
	}
	return append(s, a.process.took), a.process.peak, nil
}

// inEmbedded measures delta runs of the all-in-one form, whose process is the worker too.
func (b *bench) inEmbedded(ctx context.Context) error {
	var err error
	if b.embeddedDelta, _, err = b.nothing(ctx, b.home, b.embeddedDelta); err != nil {
		return err
	}
	sweeping, err := install(b.programs, b.home.dir, b.source, place{}, 1)
	if err != nil {
		return err
	}
	var peak int64
	b.embeddedSweep, peak, err = b.nothing(ctx, sweeping, b.embeddedSweep)
	b.embeddedPeak = max(b.embeddedPeak, peak)
	return err
}
