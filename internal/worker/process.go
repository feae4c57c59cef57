package worker

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/profile"
	"github.com/semsync/semsync/internal/source"
)

// Thinker works out a table's effect. It is safe for concurrent use.
type Thinker interface {
	// Prepare does what does not depend on the layer: fingerprint, meaning. It may look at values in the source.
	// Declared is what definition files say of the table; zero when nothing.
	Prepare(ctx context.Context, s metadata.RunSettings, t *metadata.Table, declared metadata.DeclaredTable) (Prepared, error)
	// Effect merges with what the layer holds. A nil Prepared is a table that is gone for good.
	Effect(s metadata.RunSettings, c layer.Claimed, p Prepared, current layer.Current) (layer.Effect, error)
}

// Prepared is what a thinker made of a table.
type Prepared any

// item is a table on its way from the claim to the commit.
type item struct {
	claimed  layer.Claimed
	prepared Prepared
	skip     string
	fault    *metadata.Fault
	took     time.Duration
}

// process reads, thinks about and commits the tables of one claim. Reading,
// thinking and writing overlap. The error is for what ended the work on the
// whole claim; tables' own faults are settled.
func (w *Worker) process(ctx context.Context, claim layer.Claim, ref metadata.BatchRef, run *activeRun) (layer.Settled, error) {
	ids := make([]metadata.TableID, len(claim.Tables))
	for i := range claim.Tables {
		ids[i] = claim.Tables[i].Table
	}
	declared, err := w.Ledger.Declared(ctx, claim.Run, ids)
	if err != nil {
		return layer.Settled{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	read := make(chan readResult, 64)
	thought := make(chan item, 64)
	var wg sync.WaitGroup
	wg.Go(func() { w.readAll(ctx, claim, ref, run, read) })
	wg.Go(func() { w.thinkAll(ctx, claim.Run, declared, read, thought) })
	settled, err := w.commitAll(ctx, claim, ref, thought)
	if err != nil {
		cancel(err)
	}
	for range thought { // until the others have seen that it is over
	}
	wg.Wait()
	if err == nil && isClosed(run.stopped) {
		err = w.releaseRest(ctx, ref)
	}
	return settled, err
}

// releaseRest gives back tables that were claimed and not begun, when the run wants no more.
func (w *Worker) releaseRest(ctx context.Context, ref metadata.BatchRef) error {
	_, err := w.Ledger.Release(ctx, w.cfg.ID, &ref.Run, &ref.Batch)
	return err
}

type readResult struct {
	claimed layer.Claimed
	result  source.Result
	at      time.Time
}

// readAll reads the claimed tables of each source, and sends each once with its table or fault.
func (w *Worker) readAll(ctx context.Context, claim layer.Claim, ref metadata.BatchRef, run *activeRun, out chan<- readResult) {
	defer close(out)
	bySource := map[string][]layer.Claimed{}
	known := w.knownSchemas(ctx, claim, ref)
	for _, c := range claim.Tables {
		if t := known[c.Table]; t != nil && c.Attempt == 1 { // what failed is read anew
			if isClosed(run.stopped) {
				return
			}
			select {
			case out <- readResult{claimed: c, result: source.Result{ID: c.Table, Table: t}, at: time.Now()}:
				continue
			case <-ctx.Done():
				return
			}
		}
		bySource[c.Table.Source] = append(bySource[c.Table.Source], c)
	}
	for name, tables := range bySource {
		w.readSource(ctx, claim.Run, name, tables, run, out)
	}
}

// knownSchemas gives the tables that the coordinator has read just now, where they are kept.
func (w *Worker) knownSchemas(ctx context.Context, claim layer.Claim, ref metadata.BatchRef) map[metadata.TableID]*metadata.Table {
	if w.Schemas == nil || w.alone.Load() {
		return nil
	}
	began := time.Now()
	tables, err := w.Schemas(ctx, ref.Run, ref.Batch)
	if err != nil {
		w.Logger.WarnContext(ctx, "kept schemas could not be had: they are read from the source", "run_id", ref.Run, "batch", ref.Batch, "error", err)
	}
	out := make(map[metadata.TableID]*metadata.Table, len(tables))
	for _, t := range tables {
		out[t.ID] = t
	}
	w.Metrics.cached(len(claim.Tables), out)
	w.profileOf(claim.Run).Add(profile.Line{Phase: profile.Cache, Rows: int64(len(out)), Time: time.Since(began)})
	return out
}

func (w *Worker) readSource(ctx context.Context, run metadata.Run, name string, tables []layer.Claimed, active *activeRun, out chan<- readResult) {
	left := make(map[metadata.TableID]layer.Claimed, len(tables))
	ids := make([]metadata.TableID, len(tables))
	for i, t := range tables {
		left[t.Table], ids[i] = t, t.Table
	}
	began := time.Now()
	queries, bytes, fields := int64(0), int64(0), int64(0)
	send := func(r source.Result) error {
		c, ok := left[r.ID]
		if !ok {
			return nil
		}
		if isClosed(active.stopped) {
			return errRunStopped
		}
		delete(left, r.ID)
		if r.Table != nil {
			fields += int64(len(r.Table.Fields))
		}
		select {
		case out <- readResult{claimed: c, result: r, at: time.Now()}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	err := w.readFrom(ctx, run, name, ids, send, &queries, &bytes)
	w.Metrics.read(time.Since(began))
	w.profileOf(run).Add(profile.Line{Phase: profile.Read, Source: name, Queries: queries, Bytes: bytes, Rows: fields, Time: time.Since(began)})
	if ctx.Err() != nil || errors.Is(err, errRunStopped) {
		return
	}
	if err == nil && len(left) > 0 {
		err = &metadata.Fault{Kind: metadata.FaultBug, Class: metadata.ClassBug, Op: "read source " + name, Err: errors.New("the reader left tables out")}
	}
	fault := metadata.AsFault(err)
	for _, t := range tables { // in the claim's order
		if _, ok := left[t.Table]; ok && send(source.Result{ID: t.Table, Fault: fault}) != nil {
			return
		}
	}
}

// errRunStopped ends a read because the run wants no more tables.
var errRunStopped = errors.New("the run was stopped")

func (w *Worker) readFrom(ctx context.Context, run metadata.Run, name string, ids []metadata.TableID, send func(source.Result) error, queries, bytes *int64) error {
	reader, err := w.Sources.Source(ctx, name)
	if err != nil {
		return err
	}
	// With several batches at once, each also sees what the others send: the sum over a worker may be too high.
	sent, came := reader.Queries(), reader.Bytes()
	defer func() { *queries, *bytes = reader.Queries()-sent, reader.Bytes()-came }()
	return reader.Read(ctx, source.Options{
		Indexes: slices.Contains(run.Settings.Delta.IncludeFields, "indexes"), QueryTimeout: run.Settings.QueryTimeout, Application: run.ID.String(),
	}, ids, send)
}

// thinkAll prepares tables, as many at once as the run's parallel_workers, or
// one after another where the mode asks for that.
func (w *Worker) thinkAll(ctx context.Context, run metadata.Run, declared map[metadata.TableID]metadata.DeclaredTable, in <-chan readResult, out chan<- item) {
	defer close(out)
	s, recorder := run.Settings, w.profileOf(run)
	lanes := max(1, s.Workers)
	if s.ParallelMode != metadata.ParallelTable {
		lanes = 1
	}
	var wg sync.WaitGroup
	for range lanes {
		wg.Go(func() {
			for r := range in {
				began := time.Now()
				it := w.prepare(ctx, s, r, declared[r.claimed.Table])
				if recorder != nil && r.result.Table != nil {
					recorder.Add(profile.Line{Phase: profile.Think, Rows: int64(len(r.result.Table.Fields)), Time: time.Since(began)})
				}
				select {
				case out <- it:
				case <-ctx.Done():
				}
			}
		})
	}
	wg.Wait()
}

func (w *Worker) prepare(ctx context.Context, s metadata.RunSettings, r readResult, declared metadata.DeclaredTable) (it item) {
	it = item{claimed: r.claimed}
	defer func() {
		// A table that makes us panic is a result for that table alone.
		if p := recover(); p != nil {
			w.logPanic(ctx, r.claimed.Table)
			it.fault = metadata.PanicFault("think about", r.claimed.Table.Qualified(), p)
		}
		it.took = time.Since(r.at)
	}()
	switch f := r.result.Fault; {
	case f == nil && !keepable(r.result.Table):
		it.fault = &metadata.Fault{
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "read", Subject: r.claimed.Table.Qualified(),
			Err: errors.New("a field's name is not UTF-8, which the layer cannot keep"), Hint: "rename the field",
		}
	case f == nil:
		p, err := w.Thinker.Prepare(ctx, s, r.result.Table, declared)
		it.prepared, it.fault = p, metadata.AsFault(err)
	case f.Kind != metadata.FaultMissing:
		it.fault = f
	case r.claimed.Reason != metadata.ReasonDropped:
		it.skip = "the table went away between plan and read"
	}
	return it
}

// commitAll commits checkpoints of the run's size as tables come in, and settles those that failed.
func (w *Worker) commitAll(ctx context.Context, claim layer.Claim, ref metadata.BatchRef, in <-chan item) (layer.Settled, error) {
	size := claim.Run.Settings.CheckpointInterval
	if size <= 0 || size > len(claim.Tables) {
		size = len(claim.Tables)
	}
	var ready []item
	var failed []layer.Outcome
	for it := range in {
		if it.fault != nil {
			if it.fault.Kind == metadata.FaultStopped {
				return layer.Settled{}, it.fault
			}
			failed = append(failed, outcomeOf(claim.Run.Settings, it))
			continue
		}
		if ready = append(ready, it); len(ready) >= size {
			bad, err := w.commit(ctx, claim.Run, ref, ready)
			if err != nil {
				return layer.Settled{}, err
			}
			failed = append(failed, bad...)
			ready = ready[:0:0]
		}
	}
	if err := context.Cause(ctx); err != nil {
		return layer.Settled{}, err
	}
	bad, err := w.commit(ctx, claim.Run, ref, ready)
	if err != nil {
		return layer.Settled{}, err
	}
	return w.settle(ctx, claim.Run, ref, append(failed, bad...))
}

// outcomeOf says whether a fault may be tried again under the run's settings.
func outcomeOf(s metadata.RunSettings, it item) layer.Outcome {
	f := it.fault
	transient := f.Kind == metadata.FaultTransient || f.Kind == metadata.FaultThrottled || f.Kind == metadata.FaultConflict
	wanted := len(s.RetryOn) == 0 || slices.Contains(s.RetryOn, f.Class)
	return layer.Outcome{Claimed: it.claimed, Final: !transient || !wanted, Class: f.Class, Error: f.Error()}
}

// commit writes a checkpoint. When the layer refuses what is in it, the tables
// are committed one by one, so that only the one it refuses fails.
func (w *Worker) commit(ctx context.Context, run metadata.Run, ref metadata.BatchRef, items []item) ([]layer.Outcome, error) {
	if len(items) == 0 {
		return nil, nil
	}
	err := w.checkpoint(ctx, run, ref, items)
	if err == nil || !refused(err) {
		return nil, err
	}
	if len(items) == 1 {
		it := items[0]
		it.fault = metadata.AsFault(err)
		return []layer.Outcome{outcomeOf(run.Settings, it)}, nil
	}
	var failed []layer.Outcome
	for i := range items {
		bad, err := w.commit(ctx, run, ref, items[i:i+1])
		if err != nil {
			return nil, err
		}
		failed = append(failed, bad...)
	}
	return failed, nil
}

// refused tells whether a commit failed for what was in it.
func refused(err error) bool {
	f, ok := errors.AsType[*metadata.Fault](err)
	return ok && (f.Kind == metadata.FaultInvalid || f.Kind == metadata.FaultBug || f.Kind == metadata.FaultConflict)
}

func (w *Worker) checkpoint(ctx context.Context, run metadata.Run, ref metadata.BatchRef, items []item) error {
	began := time.Now()
	claimed := make([]layer.Claimed, len(items))
	for i := range items {
		claimed[i] = items[i].claimed
		claimed[i].Gone = items[i].skip != ""
	}
	done, err := w.Ledger.Commit(ctx, w.cfg.ID, run, claimed, func(current []layer.Current) ([]layer.Effect, error) {
		return w.effects(ctx, run.Settings, items, current)
	})
	if err != nil {
		return err
	}
	w.Metrics.committed(done, time.Since(began))
	w.profileOf(run).Add(profile.Line{Phase: profile.Commit, Rows: done.Fields, Time: time.Since(began)})
	if done.Lost > 0 {
		w.Logger.WarnContext(ctx, "tables were not this worker's any more, nothing of theirs was written", "run_id", run.ID, "batch", ref.Batch, "tables", done.Lost)
	}
	if done.Done+done.Skipped > 0 {
		w.publish(run, ref, metadata.Event{Kind: metadata.EventCheckpoint, Sequence: done.Checkpoint, Done: done.Done, Fields: done.Fields})
	}
	return nil
}

func (w *Worker) effects(ctx context.Context, s metadata.RunSettings, items []item, current []layer.Current) ([]layer.Effect, error) {
	out := make([]layer.Effect, len(items))
	for i, it := range items {
		e, err := w.effect(ctx, s, it, current[i])
		if err != nil {
			return nil, &metadata.Fault{Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "merge", Subject: it.claimed.Table.Qualified(), Err: err}
		}
		e.Claimed, e.Duration = it.claimed, it.took
		out[i] = e
	}
	return out, nil
}

func (w *Worker) effect(ctx context.Context, s metadata.RunSettings, it item, current layer.Current) (e layer.Effect, err error) {
	if it.skip != "" {
		return layer.Effect{Skip: it.skip}, nil
	}
	defer func() {
		if p := recover(); p != nil {
			w.logPanic(ctx, it.claimed.Table)
			err = metadata.PanicFault("", "", p) // whoever called says which table
		}
	}()
	return w.Thinker.Effect(s, it.claimed, it.prepared, current)
}

// keepable tells whether the layer can hold the names of a table's fields.
func keepable(t *metadata.Table) bool {
	return !slices.ContainsFunc(t.Fields, func(f metadata.Field) bool { return !utf8.ValidString(f.Name) })
}

// logPanic says where a panic came from. Called while it is being recovered.
func (w *Worker) logPanic(ctx context.Context, id metadata.TableID) {
	w.Logger.ErrorContext(ctx, "panic over a table", "table", id.Qualified(), "stack", string(debug.Stack()))
}

func (w *Worker) settle(ctx context.Context, run metadata.Run, ref metadata.BatchRef, failed []layer.Outcome) (layer.Settled, error) {
	if len(failed) == 0 {
		return layer.Settled{}, nil
	}
	settled, err := w.Ledger.Settle(ctx, w.cfg.ID, run, ref.Batch, failed, func(n int) time.Duration { return w.Delay(run.Settings, n) })
	if err != nil {
		return settled, err
	}
	w.Metrics.failed(failed)
	for _, o := range failed[:min(len(failed), 20)] {
		w.Logger.WarnContext(ctx, "a table failed", "run_id", run.ID, "table", o.Claimed.Table.Qualified(), "class", o.Class, "final", o.Final, "error", o.Error)
	}
	w.publish(run, ref, metadata.Event{
		Kind: metadata.EventFailed, Sequence: int64(failed[0].Claimed.Attempt), Failed: settled.Failed, Retried: settled.Retry,
	})
	return settled, nil
}
