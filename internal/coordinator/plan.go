package coordinator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/semsync/semsync/internal/delta"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/lineage"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/profile"
	"github.com/semsync/semsync/internal/source"
)

// plans runs the planning of runs beside the ticks.
type plans struct {
	c     *Coordinator
	lease layer.Lease
	wg    sync.WaitGroup
}

func (p *plans) wait() { p.wg.Wait() }

// start plans a run, unless that is going on.
func (p *plans) start(ctx context.Context, r metadata.Run) {
	p.c.mu.Lock()
	busy := p.c.planning[r.ID]
	p.c.planning[r.ID] = true
	p.c.mu.Unlock()
	if busy {
		return
	}
	p.wg.Go(func() {
		defer func() {
			p.c.mu.Lock()
			delete(p.c.planning, r.ID)
			p.c.mu.Unlock()
			p.c.Wake()
		}()
		p.c.plan(ctx, p.lease, r)
	})
}

// errEmptyScope fails a run that has nothing to look at.
var errEmptyScope = errors.New("no table of any source is in scope: see coordinator --show-scope")

// plan plans a run, again while sources cannot be read and the run has tries left.
func (c *Coordinator) plan(ctx context.Context, lease layer.Lease, r metadata.Run) {
	began := time.Now()
	for fails := 1; ; fails++ {
		err := c.planOnce(ctx, lease, r, fails > r.Settings.MaxRetries)
		var again *unreadError
		switch {
		case err == nil:
			c.Metrics.planned(time.Since(began))
			return
		case ctx.Err() != nil || errors.Is(err, layer.ErrDeposed) || errors.Is(err, layer.ErrWrongState):
			return // another leader plans, or nobody wants it any more
		case errors.As(err, &again):
			wait := c.Delay(r.Settings, fails)
			c.Logger.WarnContext(ctx, "a source could not be read; planning begins again", "run_id", r.ID, "after", wait, "error", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		case metadata.AsFault(err).Kind == metadata.FaultTransient:
			c.Logger.WarnContext(ctx, "the plan could not be written yet", "run_id", r.ID, "error", err)
			return // the next tick begins it again
		default:
			c.Logger.ErrorContext(ctx, "the run cannot be planned", "run_id", r.ID, "error", err)
			if err := c.Layer.FailPlan(ctx, lease, r.ID, err.Error()); err != nil {
				c.Logger.WarnContext(ctx, "the failed plan could not be recorded", "run_id", r.ID, "error", err)
				return
			}
			r.Status, r.Error, r.Duration = metadata.StatusFailed, err.Error(), time.Since(began)
			c.ended(ctx, lease, r)
			return
		}
	}
}

// unreadError says that sources failed in a way that may pass.
type unreadError struct{ err error }

func (e *unreadError) Error() string { return e.err.Error() }
func (e *unreadError) Unwrap() error { return e.err }

// planOnce reads all sources side by side and writes the plan. On the last try,
// sources that cannot be read are left out of it and named.
func (c *Coordinator) planOnce(ctx context.Context, lease layer.Lease, r metadata.Run, last bool) error {
	detector, err := delta.New(r.Settings.Delta)
	if err != nil {
		return err
	}
	only, err := c.Filter(r.Settings.TestTables)
	if err != nil {
		return err
	}
	if err := c.Layer.BeginPlan(ctx, lease, r.ID); err != nil {
		return err
	}
	said, err := c.declare(ctx, lease, r)
	if err != nil {
		return err
	}
	w := &planWriter{c: c, lease: lease, run: r}
	var recorder *profile.Recorder
	if r.Settings.Profile {
		recorder = profile.New()
	}
	names := c.Sources.Names()
	parts := make([]*sourcePlan, len(names))
	var g errgroup.Group
	g.SetLimit(4)
	for i, name := range names {
		p := &sourcePlan{c: c, run: r, detector: detector, only: only, writer: w, batch: -1, declared: said, proposer: lineage.NewProposer()}
		p.plan.Source, p.profile = name, recorder
		parts[i] = p
		g.Go(func() error { return p.read(ctx) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := unread(parts, r.Settings, last); err != nil {
		return err
	}
	out := make([]layer.SourcePlan, len(parts))
	for i, p := range parts {
		out[i] = p.plan
	}
	began := time.Now()
	if err := w.flush(ctx); err != nil {
		return err
	}
	if err := c.propose(ctx, lease, r, said.set, parts); err != nil {
		return err
	}
	if err := c.complete(ctx, lease, r, out); err != nil || recorder == nil {
		return err
	}
	recorder.Add(profile.Line{Phase: profile.Plan, Calls: 1, Rows: int64(w.planned), Time: w.writing + time.Since(began)})
	return c.Layer.SaveProfile(ctx, r.ID, "coordinator "+c.cfg.ID, recorder.Lines())
}

// unread gives an error when sources failed and shall be tried again, or when all failed.
func unread(parts []*sourcePlan, s metadata.RunSettings, last bool) error {
	var errs []error
	again := false
	for _, p := range parts {
		if p.fault == nil {
			continue
		}
		errs = append(errs, fmt.Errorf("source %s could not be read: %w", p.plan.Source, p.fault))
		transient := p.fault.Kind == metadata.FaultTransient || p.fault.Kind == metadata.FaultThrottled
		again = again || transient && (len(s.RetryOn) == 0 || slices.Contains(s.RetryOn, p.fault.Class))
	}
	switch {
	case again && !last:
		return &unreadError{errors.Join(errs...)}
	case len(errs) > 0 && len(errs) == len(parts):
		return &metadata.Fault{Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "plan", Err: errors.New(errors.Join(errs...).Error())}
	default:
		return nil
	}
}

func (c *Coordinator) complete(ctx context.Context, lease layer.Lease, r metadata.Run, out []layer.SourcePlan) error {
	discovered, known, filtered, failed := 0, 0, 0, false
	for _, p := range out {
		discovered += p.Discovered
		known += p.Known
		filtered += p.Filtered
		failed = failed || p.Failed
		if p.Missing > 0 {
			c.Logger.WarnContext(ctx, "known tables were not seen, and are not marked removed since the read proves nothing",
				"run_id", r.ID, "source", p.Source, "tables", p.Missing, "why", p.Why,
				"do", "restore what the connection may see; or, when the tables are gone, coordinator --apply --accept-drops")
		}
	}
	if discovered+known == 0 && !failed {
		return errEmptyScope
	}
	if len(r.Settings.TestTables) > 0 && known == 0 && filtered == discovered && !failed {
		return fmt.Errorf("none of the tables in scope is %s", strings.Join(r.Settings.TestTables, ", "))
	}
	counts, err := c.Layer.CompletePlan(ctx, lease, r.ID, out, func(drops map[string]int) string { return tooManyDrops(drops, out, r.Settings) })
	if err != nil {
		return err
	}
	c.Logger.InfoContext(ctx, "planned", "run_id", r.ID, "discovered", counts.Discovered, "to_do", counts.Total, "new", counts.New, "changed", counts.Changed,
		"forced", counts.Forced, "renamed", counts.Renamed, "dropped", counts.Dropped, "unchanged", counts.Unchanged, "filtered", counts.Filtered)
	c.Bus.Publish(metadata.Event{Run: r.ID, Batch: -1, Kind: metadata.EventPlanned, Sequence: lease.Epoch, At: time.Now(), Worker: c.cfg.ID})
	return nil
}

// tooManyDrops says why a plan must wait for a person, "" when it need not.
func tooManyDrops(drops map[string]int, sources []layer.SourcePlan, s metadata.RunSettings) string {
	if s.AcceptDrops || s.DryRun {
		return ""
	}
	var why []string
	for _, p := range sources {
		if n := drops[p.Source]; n > 0 && float64(n) > s.MaxDroppedFraction*float64(p.Known) {
			why = append(why, fmt.Sprintf("%d of the %d known tables of source %s would be marked removed, more than max_dropped_fraction %g allows",
				n, p.Known, p.Source, s.MaxDroppedFraction))
		}
	}
	sort.Strings(why)
	return strings.Join(why, "; ")
}

// planWriter puts decided tables into the ledger, some at a time. It is safe for concurrent use.
type planWriter struct {
	c     *Coordinator
	lease layer.Lease
	run   metadata.Run

	mu      sync.Mutex
	rows    []metadata.PlannedTable
	batches int
	planned int
	writing time.Duration // spent on it so far
}

// planChunk is how many rows are written at once.
const planChunk = 2000

// newBatch gives the number of a batch that nobody else fills.
func (w *planWriter) newBatch() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batches++
	return w.batches - 1
}

func (w *planWriter) add(ctx context.Context, row metadata.PlannedTable) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rows = append(w.rows, row)
	if len(w.rows) < planChunk {
		return nil
	}
	return w.write(ctx)
}

func (w *planWriter) flush(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.write(ctx)
}

func (w *planWriter) write(ctx context.Context) error {
	if len(w.rows) == 0 {
		return nil
	}
	began := time.Now()
	err := w.c.Layer.AppendPlan(ctx, w.lease, w.run.ID, w.rows)
	w.planned += len(w.rows)
	w.writing += time.Since(began)
	w.rows = w.rows[:0]
	return err
}

// sourcePlan plans one source's part of a run.
type sourcePlan struct {
	c        *Coordinator
	run      metadata.Run
	detector *delta.Detector
	only     func(metadata.TableID) bool
	writer   *planWriter
	plan     layer.SourcePlan

	batch    int    // being filled
	inBatch  int    // tables in it
	database string // of its last table
	found    int    // tables that are new, changed or gone
	unknown  []delta.Decision
	fault    *metadata.Fault // why the source could not be read
	reading  *metadata.Table // that is being decided on; nil outside of it
	declared *declared
	proposer *lineage.Proposer
	profile  *profile.Recorder
	schemas  SchemaBlock // of the batch; nil when none are kept
	unkept   bool        // a block could not be stored: no further one is begun

	wrongTypes int // fields of which the definition files say another type
}

// read fills the source's part of the plan. A source that cannot be read is no error but noted in the plan;
// the errors are those of the layer.
func (p *sourcePlan) read(ctx context.Context) error {
	state, err := p.c.Layer.SourceState(ctx, p.plan.Source)
	if err != nil {
		return err
	}
	reader, err := p.c.Sources.Source(ctx, p.plan.Source)
	if err != nil {
		return p.failed(ctx, err)
	}
	began, sent, came := time.Now(), reader.Queries(), reader.Bytes()
	defer func() {
		p.profile.Add(profile.Line{
			Phase: profile.Discover, Source: p.plan.Source, Queries: reader.Queries() - sent, Bytes: reader.Bytes() - came,
			Rows: int64(p.plan.Discovered), Time: time.Since(began),
		})
	}()
	token := p.token(ctx, reader)
	p.plan.Token = token
	proven := p.run.Settings.Mode == metadata.ModeDelta && token != "" && token == state.Token
	if proven && state.SinceSweep+1 < p.c.cfg.FullSweepEvery {
		return p.unchanged(ctx)
	}
	if err := p.sweep(ctx, reader, state); err != nil {
		return err
	}
	if proven && p.found > 0 {
		p.c.Metrics.miss(p.found)
		p.c.Logger.ErrorContext(ctx, "the change token said that nothing had changed, and the full sweep found changes: please report this",
			"run_id", p.run.ID, "source", p.plan.Source, "tables", p.found)
	}
	return nil
}

// failed notes that the source could not be read.
func (p *sourcePlan) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.fault = metadata.AsFault(err)
	p.plan.Failed, p.plan.Complete, p.plan.Why, p.plan.Token = true, false, p.fault.Error(), ""
	return nil
}

// token names the state of the source's schema together with all that decides what follows from it;
// "" where the engine has no such thing, or where the run leaves changes in the scope undone.
func (p *sourcePlan) token(ctx context.Context, reader source.Reader) string {
	tokens, ok := reader.(source.TokenReader)
	s := p.run.Settings
	if !ok || s.Mode == metadata.ModeIncremental || s.Delta.Method != metadata.DeltaChecksum || len(s.TestTables) > 0 || s.DryRun {
		return ""
	}
	token, err := tokens.ChangeToken(ctx)
	if err != nil || token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{token, p.c.Scope.Digest(), p.detector.Method(), p.declared.whole}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// unchanged plans nothing: the token proves that all known tables are as they were.
func (p *sourcePlan) unchanged(ctx context.Context) error {
	p.plan.Complete = true
	return p.c.Layer.States(ctx, p.plan.Source, func(s metadata.TableState) error {
		if in, _ := p.c.Scope.Match(s.ID); in {
			p.plan.Known++
			p.plan.Discovered++
			p.plan.Unchanged++
		}
		return nil
	})
}

// sweep reads the whole catalog and joins it with the recorded states.
func (p *sourcePlan) sweep(ctx context.Context, reader source.Reader, state layer.SourceState) error {
	p.plan.Swept = true
	clues, err := p.clues(ctx, reader)
	if err != nil {
		return p.failed(ctx, err)
	}
	clues.Declared = p.declared.of
	var layerErr error // told apart from the source's errors
	next, stop := delta.PullStates(func(yield func(metadata.TableState) error) error {
		return p.c.Layer.States(ctx, p.plan.Source, func(s metadata.TableState) error {
			if in, _ := p.c.Scope.Match(s.ID); !in || !p.only(s.ID) {
				return nil
			}
			p.plan.Known++
			return yield(s)
		})
	})
	defer stop()
	joiner := delta.NewJoiner(p.detector, clues, next, func(d delta.Decision) error {
		layerErr = p.decide(ctx, reader, d)
		return layerErr
	})
	cert, err := reader.Discover(ctx, p.options(), p.keep, func(t *metadata.Table) error {
		p.reading = t
		p.proposer.Add(t)
		p.checkTypes(ctx, t)
		err := joiner.Table(t)
		p.reading = nil
		if err != nil && layerErr == nil {
			layerErr = err
		}
		return err
	})
	p.typesChecked(ctx)
	if layerErr != nil {
		return layerErr
	}
	if err != nil {
		if err := p.failed(ctx, err); err != nil {
			return err
		}
		return errors.Join(joiner.Finish(false), p.resolve(ctx, reader))
	}
	defer p.storeSchemas(ctx)
	token := p.plan.Token
	p.certify(cert, state, p.run.Settings.AcceptDrops)
	if err := errors.Join(joiner.Finish(p.plan.Complete), p.resolve(ctx, reader)); err != nil {
		return err
	}
	if cert.Complete && p.plan.Missing == 0 {
		// Nothing known is absent, so there is nothing that could be believed wrongly: what the read saw is the truth from now on.
		p.plan.Complete, p.plan.Why, p.plan.Token = true, "", token
	}
	return nil
}

// keep counts a table of the scope, and tells whether the run wants it.
func (p *sourcePlan) keep(id metadata.TableID) bool {
	if in, _ := p.c.Scope.Match(id); !in {
		return false
	}
	p.plan.Discovered++
	if !p.only(id) {
		p.plan.Filtered++
		return false
	}
	return true
}

// certify says whether absences may be believed. The privileges of an earlier complete read are needed
// for that where privileges hide tables, and a source that shows nothing at all is not believed. While no read is known, which is so
// after runs that did not end, absences prove nothing either; a read that misses nothing known settles that. A person who
// accepts drops vouches for the privileges as they are.
func (p *sourcePlan) certify(cert source.Certificate, state layer.SourceState, vouched bool) {
	p.plan.Complete, p.plan.Why, p.plan.Privileges = cert.Complete, cert.Why, cert.Privileges
	unknown := cert.Privileges != "" && state.Privileges != cert.Privileges
	switch {
	case !cert.Complete:
	case unknown && !vouched:
		p.plan.Complete, p.plan.Why = false, "the privileges of the connection have changed since the last complete read"
	case p.plan.Discovered == 0:
		p.plan.Complete, p.plan.Why = false, "the source shows no table in scope at all"
	case unknown && p.run.Settings.DryRun:
		p.plan.Privileges = "" // who only looks vouches for nothing later
	}
	if !p.plan.Complete {
		p.plan.Token = ""
	}
}

// decide turns a verdict into a row of the plan, as the run's mode wants it.
func (p *sourcePlan) decide(ctx context.Context, reader source.Reader, d delta.Decision) error {
	if d.Unknown {
		p.unknown = append(p.unknown, d)
		if len(p.unknown) < unknownAtOnce {
			return nil
		}
		return p.resolve(ctx, reader)
	}
	mode := p.run.Settings.Mode
	if d.Verdict == delta.VerdictNew || d.Verdict == delta.VerdictChanged || d.Verdict == delta.VerdictDropped {
		p.found++
	}
	switch d.Verdict {
	case delta.VerdictNew:
		return p.add(ctx, d, metadata.ReasonNew)
	case delta.VerdictChanged, delta.VerdictUnchanged:
		switch {
		case mode == metadata.ModeIncremental:
			p.plan.Filtered++
			return nil
		case d.Verdict == delta.VerdictChanged:
			return p.add(ctx, d, metadata.ReasonChanged)
		case mode == metadata.ModeFull:
			return p.add(ctx, d, metadata.ReasonForced)
		default:
			p.plan.Unchanged++
			return nil
		}
	case delta.VerdictDropped:
		if mode == metadata.ModeIncremental {
			return nil
		}
		return p.add(ctx, d, metadata.ReasonDropped)
	case delta.VerdictMissing:
		p.plan.Missing++
	}
	return nil
}

func (p *sourcePlan) add(ctx context.Context, d delta.Decision, reason metadata.Reason) error {
	s := p.run.Settings
	next := p.batch < 0 || p.inBatch >= s.BatchSize || (s.ParallelMode == metadata.ParallelDatabase && p.database != d.Table.Database)
	if next {
		p.storeSchemas(ctx)
		p.batch, p.inBatch = p.writer.newBatch(), 0
		p.beginSchemas(ctx)
	}
	if p.schemas != nil && p.reading != nil && p.reading.ID == d.Table {
		if err := p.schemas.Add(p.reading); err != nil {
			p.schemas = nil // the workers read them
		}
	}
	p.inBatch++
	p.database = d.Table.Database
	row := metadata.PlannedTable{
		Table: d.Table, ObjectID: d.ObjectID, Reason: reason, Batch: p.batch, LastModified: d.LastModified, Version: d.Version,
	}
	if reason == metadata.ReasonNew && d.ObjectID == "" && p.reading != nil && p.reading.ID == d.Table {
		row.Shape = p.reading.Shape()
	}
	return p.writer.add(ctx, row)
}

func (p *sourcePlan) beginSchemas(ctx context.Context) {
	if p.c.Schemas == nil || p.unkept {
		return
	}
	var err error
	if p.schemas, err = p.c.Schemas(p.run.ID, p.batch); err != nil {
		p.schemas = nil
		p.c.Logger.WarnContext(ctx, "schemas are not kept for the workers", "run_id", p.run.ID, "batch", p.batch, "error", err)
	}
}

// storeSchemas keeps the schemas of a full batch. Without them the workers read their tables themselves.
func (p *sourcePlan) storeSchemas(ctx context.Context) {
	if p.schemas == nil {
		return
	}
	if err := p.schemas.Store(ctx); err != nil {
		p.unkept = true // each try may wait long for a Redis that is away
		p.c.Logger.WarnContext(ctx, "schemas are not kept for the workers", "run_id", p.run.ID, "batch", p.batch, "error", err)
	}
	p.schemas = nil
}
