// Package layertest is the suite that every semantic layer passes.
package layertest

import (
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Store is a layer whose database the suite can reach beside it, as a person would.
type Store interface {
	layer.Layer
	DB() *sql.DB
}

// Engine makes stores.
type Engine struct {
	// Open gives a store over a fresh database, not migrated, and a second one over the same database.
	Open func(t *testing.T) (a, b Store)
	// Table gives the quoted name of a table for the suite's own statements.
	Table func(name string) string
	// Arg gives the n-th parameter as the engine writes it.
	Arg func(n int) string
	// Versions gives a function that tells the state of tables so that any write to their rows shows, even one that
	// writes what was there.
	Versions func(t *testing.T, s Store, tables []string) func() string
}

// Run runs the suite.
func Run(t *testing.T, e Engine) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*fixture)
	}{
		{"migrating twice at once makes one layer", (*fixture).migrate},
		{"one coordinator leads, and a deposed one cannot write", (*fixture).lead},
		{"a fire time makes one run", (*fixture).fire},
		{"a plan is invisible until it is complete", (*fixture).planInvisible},
		{"a run goes from plan to completed and its account closes", (*fixture).wholeRun},
		{"claims side by side give each table once", (*fixture).claimsOnce},
		{"a ghost's commit is lost", (*fixture).ghost},
		{"a table that kills its worker alone is quarantined and its neighbours are not", (*fixture).quarantine},
		{"failures are tried again and end", (*fixture).failures},
		{"cancel lets the tables in hand finish and resume does the rest", (*fixture).cancelResume},
		{"max_runtime stops a run and resume goes on", (*fixture).timeout},
		{"an older run does not overwrite a newer one", (*fixture).superseded},
		{"a renamed table keeps what it had", (*fixture).renamed},
		{"an edit between reading and writing is not lost", (*fixture).concurrentEdit},
		{"a dry run writes changes and nothing else", (*fixture).dryRun},
		{"every attribute comes back as it was written", (*fixture).roundTrip},
		{"hostile names are kept to the byte", (*fixture).hostile},
		{"batches are dispatched by generation and become due again", (*fixture).dispatch},
		{"databases go one after another in database mode", (*fixture).databaseMode},
		{"a held plan waits for approval", (*fixture).held},
		{"stopping a held plan is no approval of it", (*fixture).heldAndStopped},
		{"a renamed table that went away keeps what it had", (*fixture).renamedAndGone},
		{"a table of a person's making is in a rename's way", (*fixture).renamedOnto},
		{"a run that did all in time is completed", (*fixture).lateLook},
		{"source state is remembered only by complete runs", (*fixture).sourceState},
		{"a run with an unread source is not completed", (*fixture).unreadSource},
		{"what happens to a run is recorded with it", (*fixture).happenings},
		{"a resumed run tells its changes once", (*fixture).changesOnce},
		{"a notice is claimed once, and its end is kept", (*fixture).deliveries},
		{"a notice that nobody can send is given up", (*fixture).givenUp},
		{"the dead are listed, dropped and tried again", (*fixture).dead},
		{"old runs go, and what is needed stays", (*fixture).pruned},
		{"a run waits until its changes are decided on", (*fixture).waits},
		{"a later run takes the place of what waits", (*fixture).takesPlace},
		{"a change is decided on once", (*fixture).decidedOnce},
		{"a cancelled run that waited leaves its tables to the next", (*fixture).waitedAndCancelled},
		{"findings are kept, resolved and found again", (*fixture).findingsFollow},
		{"findings of many tables come in pages, and a pass that was cut off is made again", (*fixture).findingsOfMany},
		{"suggested fixes run as they stand, whatever names there are", (*fixture).fixesWork},
		{"findings decide over runs that did all", (*fixture).findingsEndRuns},
		{"definitions arrive with what follows from them", (*fixture).definitionsArrive},
		{"definitions that did not change write nothing", (*fixture).unchangedDefinitions},
		{"definitions that changed are written, and those that went are deleted", (*fixture).changedDefinitions},
		{"rows of people stay as they are", (*fixture).rowsOfPeople},
		{"a deposed coordinator cannot write definitions", (*fixture).definitionsAreFenced},
		{"relationships that workers find follow their tables", (*fixture).foundRelationships},
		{"files and people go before keys, and keys before guesses", (*fixture).strongerRelationships},
		{"a dry run writes no relationships", (*fixture).dryRelationships},
		{"a table that a later run removed stays removed", (*fixture).supersededRemoval},
		{"privileges are known from runs that were alone", (*fixture).privileges},
		{"random operations do what the model of the simulation says", (*fixture).conform},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := e.Open(t)
			f := &fixture{T: t, Engine: e, a: a, b: b}
			if c.name != "migrating twice at once makes one layer" {
				require.NoError(t, a.Migrate(t.Context()))
				f.lease = f.campaign(a)
			}
			c.test(f)
		})
	}
}

type fixture struct {
	*testing.T
	Engine
	a, b  Store
	lease layer.Lease
}

const ttl = time.Minute

func (f *fixture) campaign(s Store) layer.Lease {
	f.Helper()
	l, ok, err := s.Campaign(f.Context(), uuid.NewString(), ttl)
	require.NoError(f, err)
	require.True(f, ok, "the lease is free")
	return l
}

func (f *fixture) must(err error) {
	f.Helper()
	require.NoError(f, err)
}

// settings are those of an ordinary run.
func settings() metadata.RunSettings {
	return metadata.RunSettings{Mode: metadata.ModeDelta, BatchSize: 10, Workers: 2, ParallelMode: metadata.ParallelTable, MaxRetries: 1, MaxDroppedFraction: 0.25}
}

func (f *fixture) newRun(change ...func(*metadata.RunSettings)) metadata.RunID {
	f.Helper()
	id, err := uuid.NewV7()
	f.must(err)
	s := settings()
	for _, c := range change {
		c(&s)
	}
	f.must(f.a.CreateRun(f.Context(), layer.NewRun{ID: id, Trigger: "manual", InitiatedBy: "tester", Settings: s}))
	return id
}

func id(n int) metadata.TableID {
	return metadata.TableID{Source: "src", Database: "db", Name: fmt.Sprintf("t%03d", n)}
}

func planned(reason metadata.Reason, batch int, ids ...metadata.TableID) (out []metadata.PlannedTable) {
	for _, i := range ids {
		out = append(out, metadata.PlannedTable{Table: i, Reason: reason, Batch: batch})
	}
	return out
}

// plan makes a run with the rows planned, and gives its id.
func (f *fixture) plan(rows []metadata.PlannedTable, change ...func(*metadata.RunSettings)) metadata.RunID {
	f.Helper()
	run := f.newRun(change...)
	f.planFor(run, rows)
	return run
}

func (f *fixture) planFor(run metadata.RunID, rows []metadata.PlannedTable) {
	f.Helper()
	ctx := f.Context()
	f.must(f.a.BeginPlan(ctx, f.lease, run))
	f.must(f.a.AppendPlan(ctx, f.lease, run, rows))
	found := 0
	for _, r := range rows {
		if r.Reason != metadata.ReasonDropped {
			found++
		}
	}
	_, err := f.a.CompletePlan(ctx, f.lease, run, []layer.SourcePlan{{Source: "src", Swept: true, Complete: true, Discovered: found, Token: "token"}}, nil)
	f.must(err)
}

func (f *fixture) worker(s Store) string {
	f.Helper()
	w := uuid.NewString()
	f.beat(s, w, ttl)
	return w
}

func (f *fixture) beat(s Store, w string, ttl time.Duration, runs ...metadata.RunID) []metadata.RunID {
	f.Helper()
	stop, err := s.Heartbeat(f.Context(), layer.Worker{ID: w, Host: "h", PID: 1, Version: "v", Concurrency: 1}, ttl, runs)
	f.must(err)
	return stop
}

// claim leases what a worker would: all that is free, else one suspect alone.
func (f *fixture) claim(s Store, w string, run metadata.RunID, batch int) layer.Claim {
	f.Helper()
	c, err := s.Claim(f.Context(), w, metadata.BatchRef{Run: run, Batch: batch, Generation: 1})
	f.must(err)
	if c.Suspects {
		c, err = s.ClaimAlone(f.Context(), w, metadata.BatchRef{Run: run, Batch: batch, Generation: 1})
		f.must(err)
		c.Suspects = true
	}
	return c
}

// think gives effects that create each table with two fields, or touch it when it is there.
func think(claimed []layer.Claimed) func([]layer.Current) ([]layer.Effect, error) {
	return func(current []layer.Current) ([]layer.Effect, error) {
		out := make([]layer.Effect, len(claimed))
		for i, c := range claimed {
			out[i] = layer.Effect{
				Claimed: c, Fields: 2, Duration: 5 * time.Millisecond,
				State: &metadata.TableState{ID: c.Table, Fingerprint: "f", Method: "checksum"},
			}
			if current[i].Table != nil {
				continue
			}
			out[i].TableDirty = true
			out[i].Table = metadata.TableRecord{Kind: metadata.KindTable, EstimatedRows: -1, Attributes: metadata.Attributes{Description: "made by a test"}}
			out[i].Insert = []metadata.FieldRecord{{Name: "a", Ordinal: 1, DataType: "int"}, {Name: "b", Ordinal: 2, DataType: "text"}}
			out[i].Changes = []metadata.Change{{Table: c.Table, Attribute: "created", New: "{}"}}
		}
		return out, nil
	}
}

func (f *fixture) commit(s Store, w string, c layer.Claim) layer.Committed {
	f.Helper()
	out, err := s.Commit(f.Context(), w, c.Run, c.Tables, think(c.Tables))
	f.must(err)
	return out
}

func (f *fixture) advance(run metadata.RunID) (metadata.Run, bool) {
	f.Helper()
	r, final, err := f.a.Advance(f.Context(), f.lease, run, time.Hour)
	f.must(err)
	return r, final
}

// finish works a run of one batch off and gives it.
func (f *fixture) finish(run metadata.RunID) metadata.Run {
	f.Helper()
	w := f.worker(f.a)
	f.commit(f.a, w, f.claim(f.a, w, run, 0))
	r, final := f.advance(run)
	require.True(f, final)
	return r
}

func (f *fixture) count(query string) (n int) {
	f.Helper()
	f.must(f.a.DB().QueryRowContext(f.Context(), query).Scan(&n))
	return n
}

func (f *fixture) exec(query string) {
	f.Helper()
	_, err := f.a.DB().ExecContext(f.Context(), query)
	f.must(err)
}

func (f *fixture) migrate() {
	require.ErrorIs(f, f.a.CheckMigrated(f.Context()), layer.ErrNotMigrated)
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, s := range []Store{f.a, f.b} {
		wg.Go(func() { errs[i] = s.Migrate(f.Context()) })
	}
	wg.Wait()
	require.NoError(f, errs[0])
	require.NoError(f, errs[1])
	f.must(f.a.CheckMigrated(f.Context()))
	f.must(f.a.Migrate(f.Context()))
}

func (f *fixture) lead() {
	ctx := f.Context()
	_, ok, err := f.b.Campaign(ctx, "rival", ttl)
	f.must(err)
	require.False(f, ok, "the lease is taken")
	f.must(f.a.Renew(ctx, f.lease, ttl))
	run := f.newRun()

	f.must(f.a.Resign(ctx, f.lease))
	rival, ok, err := f.b.Campaign(ctx, "rival", ttl)
	f.must(err)
	require.True(f, ok)
	require.Greater(f, rival.Epoch, f.lease.Epoch)

	require.ErrorIs(f, f.a.Renew(ctx, f.lease, ttl), layer.ErrDeposed)
	require.ErrorIs(f, f.a.BeginPlan(ctx, f.lease, run), layer.ErrDeposed)
	require.ErrorIs(f, f.a.AppendPlan(ctx, f.lease, run, planned(metadata.ReasonNew, 0, id(1))), layer.ErrDeposed)
	_, _, err = f.a.Advance(ctx, f.lease, run, 0)
	require.ErrorIs(f, err, layer.ErrDeposed)
	_, err = f.a.Reap(ctx, f.lease)
	require.ErrorIs(f, err, layer.ErrDeposed)
	f.must(f.b.BeginPlan(ctx, rival, run))
	who, err := f.b.Leader(ctx)
	f.must(err)
	require.Equal(f, layer.Leader{Lease: rival, Live: true}, who)

	// A lease that runs out is there for the taking.
	f.must(f.b.Renew(ctx, rival, -time.Second))
	_, ok, err = f.a.Campaign(ctx, "third", ttl)
	f.must(err)
	require.True(f, ok)

	// Who knows that all others are dead needs not wait for their leases.
	_, err = f.a.Heartbeat(ctx, layer.Worker{ID: uuid.NewString()}, ttl, nil)
	f.must(err)
	f.must(f.b.OutliveOthers(ctx))
	_, ok, err = f.b.Campaign(ctx, "survivor", ttl)
	f.must(err)
	require.True(f, ok)
	alive, err := f.b.LiveWorkers(ctx)
	f.must(err)
	require.Zero(f, alive)
}

func (f *fixture) fire() {
	ctx := f.Context()
	at := time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	last, err := f.a.LastFire(ctx, "nightly")
	f.must(err)
	require.True(f, last.IsZero())
	for try := range 3 {
		run, err := uuid.NewV7()
		f.must(err)
		made, err := f.a.Fire(ctx, f.lease, "nightly", at, &layer.NewRun{ID: run, Trigger: "schedule", Settings: settings()})
		f.must(err)
		require.Equal(f, try == 0, made)
	}
	made, err := f.a.Fire(ctx, f.lease, "nightly", at.Add(time.Hour), nil)
	f.must(err)
	require.True(f, made)
	active, err := f.a.ActiveRuns(ctx)
	f.must(err)
	require.Len(f, active, 1)
	last, err = f.a.LastFire(ctx, "nightly")
	f.must(err)
	require.Equal(f, at.Add(time.Hour), last)
}

func (f *fixture) planInvisible() {
	ctx := f.Context()
	run := f.newRun()
	f.must(f.a.BeginPlan(ctx, f.lease, run))
	f.must(f.a.AppendPlan(ctx, f.lease, run, planned(metadata.ReasonNew, 0, id(1), id(2))))
	w := f.worker(f.b)
	require.Empty(f, f.claim(f.b, w, run, 0).Tables)
	due, err := f.a.DueBatches(ctx, run, 10)
	f.must(err)
	require.Empty(f, due)
	// Planning begins again after a crash, and the same rows are no conflict.
	f.planFor(run, planned(metadata.ReasonNew, 0, id(1), id(2)))
	require.Len(f, f.claim(f.b, w, run, 0).Tables, 2)
	require.ErrorIs(f, f.a.AppendPlan(ctx, f.lease, run, planned(metadata.ReasonNew, 0, id(3))), layer.ErrWrongState)
}

func (f *fixture) wholeRun() {
	ctx := f.Context()
	run := f.plan(append(planned(metadata.ReasonNew, 0, id(1), id(2)), planned(metadata.ReasonNew, 1, id(3))...))
	w := f.worker(f.b)
	done := f.commit(f.b, w, f.claim(f.b, w, run, 0))
	require.Equal(f, layer.Committed{Done: 2, Fields: 4, Changes: 2, Checkpoint: 1}, done)
	r, final := f.advance(run)
	require.False(f, final)
	require.Equal(f, 2, r.Counts.Done)
	r, err := f.b.Run(ctx, run)
	f.must(err)
	require.Equal(f, metadata.StatusRunning, r.Status)

	f.commit(f.b, w, f.claim(f.b, w, run, 1))
	r, final = f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCompleted, r.Status)
	_, final = f.advance(run)
	require.False(f, final, "a run ends once")

	list, err := f.a.ListRuns(ctx, 5)
	f.must(err)
	require.Len(f, list, 1)
	require.Equal(f, metadata.RunCounts{Discovered: 3, Total: 3, New: 3, Done: 3, Fields: 6, Applied: 3}, list[0].Counts)
	require.Positive(f, list[0].Duration)
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("outbox")+" WHERE kind = 'run_finished'"))
	require.Equal(f, 6, f.count("SELECT count(*) FROM "+f.Table("field_metadata")))
	require.Equal(f, 3, f.count("SELECT count(*) FROM "+f.Table("table_state")))
	var states []metadata.TableState
	f.must(f.a.States(ctx, "src", func(s metadata.TableState) error { states = append(states, s); return nil }))
	require.Len(f, states, 3)
	require.Equal(f, id(1), states[0].ID)
	// Nobody can claim anything of it any more.
	require.Empty(f, f.claim(f.b, w, run, 0).Tables)
}

func (f *fixture) claimsOnce() {
	const batches, size = 10, 20
	var rows []metadata.PlannedTable
	for n := range batches * size {
		rows = append(rows, planned(metadata.ReasonNew, n/size, id(n))...)
	}
	run := f.plan(rows)
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := range 8 {
		s := []Store{f.a, f.b}[i%2]
		w := f.worker(s)
		wg.Go(func() {
			for b := range batches {
				c, err := s.Claim(f.Context(), w, metadata.BatchRef{Run: run, Batch: b, Generation: 1})
				if err == nil && len(c.Tables) > 0 {
					var done layer.Committed
					done, err = s.Commit(f.Context(), w, c.Run, c.Tables, think(c.Tables))
					mu.Lock()
					total += done.Done
					mu.Unlock()
				}
				if err != nil {
					f.Errorf("batch %d: %v", b, err)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(f, batches*size, total)
	require.Equal(f, batches*size, f.count("SELECT count(*) FROM "+f.Table("metadata_changes")))
	r, final := f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCompleted, r.Status)
}

func (f *fixture) ghost() {
	ctx := f.Context()
	run := f.plan(planned(metadata.ReasonNew, 0, id(1), id(2)))
	ghost := f.worker(f.a)
	held := f.claim(f.a, ghost, run, 0)
	f.beat(f.a, ghost, -time.Second) // it stopped beating
	n, err := f.a.Reap(ctx, f.lease)
	f.must(err)
	require.Equal(f, 2, n)
	require.Equal(f, layer.Committed{Lost: 2}, f.commit(f.a, ghost, held), "between two owners")
	require.Zero(f, f.count("SELECT count(*) FROM "+f.Table("field_metadata")))

	w := f.worker(f.b)
	for range 2 { // both saw a worker die, so they come one at a time
		c := f.claim(f.b, w, run, 0)
		require.True(f, c.Suspects)
		require.Equal(f, layer.Committed{Lost: 2}, f.commit(f.a, ghost, held), "another one has it")
		require.Equal(f, 1, f.commit(f.b, w, c).Done)
	}
	require.Equal(f, layer.Committed{Lost: 2}, f.commit(f.a, ghost, held), "it is done")
	require.Equal(f, 2, f.count("SELECT count(*) FROM "+f.Table("metadata_changes")))
	settled, err := f.a.Settle(ctx, ghost, held.Run, 0, []layer.Outcome{{Claimed: held.Tables[0], Final: true}}, func(int) time.Duration { return 0 })
	f.must(err)
	require.Equal(f, layer.Settled{Lost: 1}, settled)
}

func (f *fixture) quarantine() {
	run := f.plan(planned(metadata.ReasonNew, 0, id(1), id(2), id(3)))
	poison := id(2)
	die := func(w string) {
		f.beat(f.a, w, -time.Second)
		_, err := f.a.Reap(f.Context(), f.lease)
		f.must(err)
	}
	w := f.worker(f.a)
	require.Len(f, f.claim(f.a, w, run, 0).Tables, 3)
	die(w)
	for deaths := 0; deaths < 2; {
		w := f.worker(f.a)
		for {
			c := f.claim(f.a, w, run, 0)
			require.True(f, c.Suspects)
			if c.Tables[0].Table == poison {
				die(w)
				deaths++
				break
			}
			f.commit(f.a, w, c)
		}
	}
	r, final := f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCompletedWithErrors, r.Status)
	require.Equal(f, 2, r.Counts.Done)
	late := f.claim(f.a, f.worker(f.a), run, 0)
	require.Empty(f, late.Tables)
	require.Equal(f, 1, late.Failed, "a late delivery learns that its batch has failed")
	f.must(f.a.RunTables(f.Context(), run, []metadata.LedgerState{metadata.LedgerFailed}, func(rt layer.RunTable) error {
		require.Equal(f, poison, rt.Table)
		require.Equal(f, metadata.ClassQuarantined, rt.Class)
		require.Equal(f, 3, rt.CrashCount)
		return nil
	}))
}

func (f *fixture) failures() {
	ctx := f.Context()
	run := f.plan(planned(metadata.ReasonNew, 0, id(1), id(2)))
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	wait := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	s, err := f.a.Settle(ctx, w, c.Run, 0, []layer.Outcome{
		{Claimed: c.Tables[0], Class: metadata.ClassDeadlock, Error: "deadlock"}, {Claimed: c.Tables[1], Class: metadata.ClassPermission, Error: "denied", Final: true},
	}, wait)
	f.must(err)
	require.Equal(f, layer.Settled{Retry: 1, Failed: 1, MaxFailCount: 1}, s)
	due, err := f.a.DueBatches(ctx, run, 10)
	f.must(err)
	require.Empty(f, due, "its time comes in an hour")
	c = f.claim(f.a, w, run, 0)
	require.Len(f, c.Tables, 1)
	require.Equal(f, 2, c.Tables[0].Attempt)
	require.Equal(f, 1, c.Tables[0].FailCount)
	s, err = f.a.Settle(ctx, w, c.Run, 0, []layer.Outcome{{Claimed: c.Tables[0], Class: metadata.ClassDeadlock, Error: "deadlock again"}}, wait)
	f.must(err)
	require.Equal(f, layer.Settled{Failed: 1}, s)
	r, final := f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusFailed, r.Status)
	require.Equal(f, int64(1), r.Counts.Retries)
}

func (f *fixture) cancelResume() {
	ctx := f.Context()
	run := f.plan(append(planned(metadata.ReasonNew, 0, id(1), id(2)), planned(metadata.ReasonNew, 1, id(3))...))
	w := f.worker(f.a)
	inHand := f.claim(f.a, w, run, 0)
	f.must(f.a.RequestCancel(ctx, run, "tester"))
	require.Equal(f, []metadata.RunID{run}, f.beat(f.a, w, ttl, run))
	require.Empty(f, f.claim(f.a, w, run, 1).Tables)
	_, final := f.advance(run)
	require.False(f, final, "tables are in hand")
	f.commit(f.a, w, inHand)
	r, final := f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCancelled, r.Status)
	require.Equal(f, 2, r.Counts.Done)
	require.Equal(f, 1, r.Counts.Skipped)
	require.ErrorIs(f, f.a.RequestCancel(ctx, run, "tester"), layer.ErrWrongState)
	require.ErrorIs(f, f.a.RequestCancel(ctx, uuid.New(), "tester"), layer.ErrNotFound)

	n, err := f.a.Reopen(ctx, run, false, false)
	f.must(err)
	require.Equal(f, 1, n)
	require.Empty(f, f.claim(f.a, w, run, 0).Tables, "what was done is not done again")
	f.commit(f.a, w, f.claim(f.a, w, run, 1))
	r, final = f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCompleted, r.Status)
	require.Equal(f, 3, r.Counts.Done)
	_, err = f.a.Reopen(ctx, run, true, false)
	require.ErrorIs(f, err, layer.ErrWrongState)

	// A worker that never comes back is fenced when the grace is over.
	run = f.plan(planned(metadata.ReasonNew, 0, id(4)))
	held := f.claim(f.a, w, run, 0)
	f.must(f.a.RequestCancel(ctx, run, "tester"))
	_, final, err = f.a.Advance(ctx, f.lease, run, 0)
	f.must(err)
	require.True(f, final)
	require.Equal(f, 1, f.commit(f.a, w, held).Lost)
}

func (f *fixture) timeout() {
	run := f.plan(planned(metadata.ReasonNew, 0, id(1), id(2)), func(s *metadata.RunSettings) { s.MaxRuntime = time.Hour })
	w := f.worker(f.a)
	held := f.claim(f.a, w, run, 0)
	_, final := f.advance(run)
	require.False(f, final)
	f.exec("UPDATE " + f.Table("sync_runs") + " SET deadline_at = started_at")
	r, final := f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusTimedOut, r.Status)
	require.Equal(f, 2, f.commit(f.a, w, held).Lost)
	n, err := f.a.Reopen(f.Context(), run, false, false)
	f.must(err)
	require.Equal(f, 2, n)
	require.Equal(f, metadata.StatusCompleted, f.finish(run).Status)
}

func (f *fixture) superseded() {
	older, newer := f.plan(planned(metadata.ReasonNew, 0, id(1))), f.plan(planned(metadata.ReasonNew, 0, id(1)))
	w := f.worker(f.a)
	slow := f.claim(f.a, w, older, 0)
	f.finish(newer)
	f.exec("UPDATE " + f.Table("field_metadata") + " SET description = 'newer'")
	require.Equal(f, layer.Committed{Skipped: 1, Checkpoint: 1}, f.commit(f.a, w, slow))
	r, final := f.advance(older)
	require.True(f, final)
	require.Equal(f, metadata.StatusCompleted, r.Status)
	require.Equal(f, 1, r.Counts.Skipped)
	require.Equal(f, 2, f.count("SELECT count(*) FROM "+f.Table("field_metadata")+" WHERE description = 'newer'"))
}

func (f *fixture) renamed() {
	before, after := id(1), id(2)
	first := planned(metadata.ReasonNew, 0, before)
	first[0].ObjectID = "77"
	f.finish(f.plan(first))
	f.exec("UPDATE " + f.Table("field_metadata") + " SET description = 'by a person'")

	rows := append(planned(metadata.ReasonDropped, 0, before), planned(metadata.ReasonNew, 0, after)...)
	rows[0].ObjectID, rows[1].ObjectID = "77", "77"
	run := f.plan(rows)
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	require.Len(f, c.Tables, 1)
	require.Equal(f, metadata.ReasonRenamed, c.Tables[0].Reason)
	require.Equal(f, &before, c.Tables[0].RenamedFrom)
	f.commit(f.a, w, c)
	r, final := f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCompleted, r.Status, r.Error)
	require.Equal(f, 1, r.Counts.Renamed)
	require.Zero(f, r.Counts.Dropped)
	require.Equal(f, 2, f.count("SELECT count(*) FROM "+f.Table("field_metadata")+" WHERE table_name = 't002' AND description = 'by a person'"))
	require.Zero(f, f.count("SELECT count(*) FROM "+f.Table("table_metadata")+" WHERE table_name = 't001'"))
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("table_state")))
}

func (f *fixture) concurrentEdit() {
	f.finish(f.plan(planned(metadata.ReasonNew, 0, id(1))))
	run := f.plan(planned(metadata.ReasonChanged, 0, id(1)))
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	var seen []string
	edited := make(chan error, 1)
	out, err := f.a.Commit(f.Context(), w, c.Run, c.Tables, func(current []layer.Current) ([]layer.Effect, error) {
		first := len(seen) == 0
		record := current[0].Fields[slices.IndexFunc(current[0].Fields, func(r metadata.FieldRecord) bool { return r.Name == "a" })]
		seen = append(seen, record.Description)
		if first {
			go func() { // a person writes while we think; where there is one writer, right after us
				_, err := f.b.DB().ExecContext(f.Context(), "UPDATE "+f.Table("field_metadata")+" SET description = 'human' WHERE field_name = 'a'")
				edited <- err
			}()
			select {
			case err := <-edited:
				if err != nil {
					return nil, err
				}
				edited <- nil
			case <-time.After(300 * time.Millisecond):
			}
		}
		if record.Description == "" {
			record.Description = "machine"
		}
		return []layer.Effect{{
			Claimed: c.Tables[0], Fields: 2, Update: []layer.FieldUpdate{{OldName: "a", Record: record}},
			State: &metadata.TableState{Fingerprint: "g", Method: "checksum"},
		}}, nil
	})
	f.must(err)
	f.must(<-edited)
	require.Equal(f, 1, out.Done)
	var got string
	f.must(f.a.DB().QueryRowContext(f.Context(), "SELECT description FROM "+f.Table("field_metadata")+" WHERE field_name = 'a'").Scan(&got))
	require.Equal(f, "human", got, "seen by the tries: %q", seen)
}

func (f *fixture) dryRun() {
	ctx := f.Context()
	f.finish(f.plan(planned(metadata.ReasonNew, 0, id(1))))
	before, err := f.a.Digest(ctx)
	f.must(err)
	run := f.plan(planned(metadata.ReasonNew, 0, id(2)), func(s *metadata.RunSettings) { s.DryRun = true })
	r := f.finish(run)
	require.Equal(f, metadata.StatusDryRun, r.Status)
	require.Zero(f, r.Counts.Applied)
	after, err := f.a.Digest(ctx)
	f.must(err)
	require.Equal(f, before, after)
	var changes []metadata.Change
	f.must(f.a.Changes(ctx, run, func(c metadata.Change) error { changes = append(changes, c); return nil }))
	require.Len(f, changes, 1)
	require.Equal(f, metadata.Change{
		Table: id(2), Attribute: "created", New: "{}", Status: metadata.ChangePlanned, ID: changes[0].ID, At: changes[0].At,
	}, changes[0])
	require.NotZero(f, changes[0].ID)
	require.WithinDuration(f, time.Now(), changes[0].At, time.Minute)
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("metadata_changes")+" WHERE status = 'planned'"))
}

func (f *fixture) roundTrip() {
	yes := true
	attributes := metadata.Attributes{
		Description: "what it is", Tags: []string{"a, b", `c"d`, "{e}"}, SemanticType: "measure", BusinessTerm: "Term", IsPII: &yes, PIICategory: "email",
		Owner: "o", StewardEmail: "s@example.com", DataClassification: "restricted", ValidValues: []string{"1", "", "zwei"},
	}
	base := attributes
	base.Description = "what it was"
	field := metadata.FieldRecord{
		Table: id(1), Name: "f", Ordinal: 3, DataType: "numeric(10,2)", Nullable: true, ObjectID: "5", Attributes: attributes,
		Origin: metadata.OriginManual, Confidence: 0.9, Evidence: "because", Base: &base,
	}
	table := metadata.TableRecord{
		ID: id(1), Kind: metadata.KindView, ObjectID: "9", Attributes: attributes, Origin: metadata.OriginSource, Confidence: 0.35, Evidence: "why",
		EstimatedRows: 12345678901, Base: &base,
	}
	table.RefreshCadence = "daily"
	write := func(run metadata.RunID, e layer.Effect) (seen layer.Current) {
		w := f.worker(f.a)
		c := f.claim(f.a, w, run, 0)
		_, err := f.a.Commit(f.Context(), w, c.Run, c.Tables, func(current []layer.Current) ([]layer.Effect, error) {
			seen = current[0]
			e.Claimed = c.Tables[0]
			return []layer.Effect{e}, nil
		})
		f.must(err)
		return seen
	}
	state := &metadata.TableState{Method: "m"}
	write(f.plan(planned(metadata.ReasonNew, 0, id(1))), layer.Effect{Table: table, TableDirty: true, Insert: []metadata.FieldRecord{field}, State: state})
	field2, table2 := field, table
	field2.Description, field2.IsPII, field2.Tags, field2.Base = "", nil, nil, nil
	table2.Removed = true
	seen := write(f.plan(planned(metadata.ReasonChanged, 0, id(1))), layer.Effect{
		Table: table2, TableDirty: true, Update: []layer.FieldUpdate{{OldName: "f", Record: field2}}, State: state,
	})
	require.Empty(f, cmp.Diff(layer.Current{Table: &table, Fields: []metadata.FieldRecord{field}}, seen))
	seen = write(f.plan(planned(metadata.ReasonChanged, 0, id(1))), layer.Effect{State: nil})
	require.Empty(f, cmp.Diff(layer.Current{Table: &table2, Fields: []metadata.FieldRecord{field2}}, seen))
	require.Zero(f, f.count("SELECT count(*) FROM "+f.Table("table_state")), "a nil state forgets the table")
}

func (f *fixture) hostile() {
	names := []string{
		`Robert'); DROP TABLE students;--`, `"quoted"`, "new\nline", "per%cent %s $1 ?1", "emoji 😀", "select", "dot.ted.name", `back\slash`, "`tick`", "{{brace}}", "\x1b[31mred",
	}
	var rows []metadata.PlannedTable
	for _, n := range names {
		rows = append(rows, planned(metadata.ReasonNew, 0, metadata.TableID{Source: n, Database: n, Name: n})...)
	}
	run := f.newRun()
	f.must(f.a.AppendPlan(f.Context(), f.lease, run, rows))
	_, err := f.a.CompletePlan(f.Context(), f.lease, run, []layer.SourcePlan{{Source: "src", Complete: true, Discovered: len(rows)}}, nil)
	f.must(err)
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	out, err := f.a.Commit(f.Context(), w, c.Run, c.Tables, func([]layer.Current) ([]layer.Effect, error) {
		var out []layer.Effect
		for _, t := range c.Tables {
			n := t.Table.Name
			out = append(out, layer.Effect{
				Claimed: t, TableDirty: true, Table: metadata.TableRecord{Kind: "table", EstimatedRows: -1, Attributes: metadata.Attributes{Description: n}},
				Insert: []metadata.FieldRecord{{Name: n, DataType: n, Attributes: metadata.Attributes{Tags: []string{n}}}}, State: &metadata.TableState{Method: n},
				Changes: []metadata.Change{{Attribute: "created", New: n, Field: n}}, Fields: 1,
			})
		}
		return out, nil
	})
	f.must(err)
	require.Equal(f, len(names), out.Done)
	got := map[string]bool{}
	f.must(f.a.Fields(f.Context(), func(r metadata.FieldRecord) error {
		for _, n := range []string{r.Table.Database, r.Table.Name, r.Name, r.DataType, r.Tags[0]} {
			require.Equal(f, r.Table.Source, n)
		}
		got[r.Name] = true
		return nil
	}))
	for _, n := range names {
		require.True(f, got[n], "%q is there", n)
	}
}

func (f *fixture) dispatch() {
	ctx := f.Context()
	run := f.plan(append(planned(metadata.ReasonNew, 0, id(1)), planned(metadata.ReasonNew, 1, id(2))...))
	due, err := f.a.DueBatches(ctx, run, 10)
	f.must(err)
	require.Equal(f, []layer.Batch{{Number: 0}, {Number: 1}}, due)
	refs, err := f.a.MarkDispatched(ctx, f.lease, run, []int{0, 1}, time.Hour)
	f.must(err)
	require.ElementsMatch(f, []metadata.BatchRef{{Run: run, Batch: 0, Generation: 1}, {Run: run, Batch: 1, Generation: 1}}, refs)
	due, err = f.a.DueBatches(ctx, run, 10)
	f.must(err)
	require.Empty(f, due)
	_, ok, err := f.a.NextBatch(ctx)
	f.must(err)
	require.False(f, ok)

	n, err := f.a.RedispatchAll(ctx, f.lease)
	f.must(err)
	require.Equal(f, 2, n)
	ref, ok, err := f.a.NextBatch(ctx)
	f.must(err)
	require.True(f, ok)
	require.Equal(f, metadata.BatchRef{Run: run, Batch: 0, Generation: 1}, ref)
	f.must(f.a.Postpone(ctx, f.lease, run, []int{0}, time.Hour))
	due, err = f.a.DueBatches(ctx, run, 10)
	f.must(err)
	require.Equal(f, []layer.Batch{{Number: 1, Generation: 1}}, due, "the queue that had it is lost")
	_, err = f.a.MarkDispatched(ctx, f.lease, run, []int{1}, -time.Second)
	f.must(err)
	due, err = f.a.DueBatches(ctx, run, 10)
	f.must(err)
	require.Equal(f, []layer.Batch{{Number: 1, Generation: 2, Overdue: true}}, due)

	// What a worker gives back is due at once, and no crash is counted.
	w := f.worker(f.a)
	require.Len(f, f.claim(f.a, w, run, 0).Tables, 1)
	n, err = f.a.Release(ctx, w, nil, nil)
	f.must(err)
	require.Equal(f, 1, n)
	due, err = f.a.DueBatches(ctx, run, 10)
	f.must(err)
	require.Len(f, due, 2)
	c := f.claim(f.a, w, run, 0)
	require.False(f, c.Suspects)
	require.Equal(f, 2, c.Tables[0].Attempt)

	live, err := f.a.LiveWorkers(ctx)
	f.must(err)
	require.Equal(f, 1, live)
	f.must(f.a.Gone(ctx, w))
	live, err = f.a.LiveWorkers(ctx)
	f.must(err)
	require.Zero(f, live)

	mark, err := f.a.QueueMark(ctx)
	f.must(err)
	require.Empty(f, mark)
	f.must(f.a.SetQueueMark(ctx, f.lease, "m1"))
	f.must(f.a.SetQueueMark(ctx, f.lease, "m2"))
	mark, err = f.b.QueueMark(ctx)
	f.must(err)
	require.Equal(f, "m2", mark)
}

func (f *fixture) databaseMode() {
	other := metadata.TableID{Source: "src", Database: "other", Name: "x"}
	rows := append(planned(metadata.ReasonNew, 0, id(1)), planned(metadata.ReasonNew, 1, id(2))...)
	run := f.plan(append(rows, planned(metadata.ReasonNew, 2, other)...), func(s *metadata.RunSettings) { s.ParallelMode = metadata.ParallelDatabase })
	due, err := f.a.DueBatches(f.Context(), run, 10)
	f.must(err)
	require.Equal(f, []layer.Batch{{Number: 0}, {Number: 2}}, due)
	w := f.worker(f.a)
	require.Empty(f, f.claim(f.a, w, run, 1).Tables, "its database's first batch is not done")
	f.commit(f.a, w, f.claim(f.a, w, run, 0))
	require.Len(f, f.claim(f.a, w, run, 1).Tables, 1)
}

func (f *fixture) held() {
	ctx := f.Context()
	run := f.newRun()
	f.must(f.a.AppendPlan(ctx, f.lease, run, planned(metadata.ReasonDropped, 0, id(1), id(2))))
	_, err := f.a.CompletePlan(ctx, f.lease, run, []layer.SourcePlan{{Source: "src", Complete: true, Known: 2}}, func(drops map[string]int) string {
		require.Equal(f, map[string]int{"src": 2}, drops)
		return "too many drops"
	})
	f.must(err)
	w := f.worker(f.a)
	require.Empty(f, f.claim(f.a, w, run, 0).Tables)
	r, final := f.advance(run)
	require.False(f, final)
	require.Equal(f, metadata.StatusAwaitingApproval, r.Status)
	require.Equal(f, "too many drops", r.Error)
	_, err = f.a.Reopen(ctx, run, false, false)
	require.ErrorIs(f, err, layer.ErrWrongState)
	n, err := f.a.Reopen(ctx, run, false, true)
	f.must(err)
	require.Equal(f, 2, n)
	require.Len(f, f.claim(f.a, w, run, 0).Tables, 2)
}

func (f *fixture) heldAndStopped() {
	ctx := f.Context()
	run := f.newRun()
	f.must(f.a.AppendPlan(ctx, f.lease, run, planned(metadata.ReasonDropped, 0, id(1), id(2))))
	_, err := f.a.CompletePlan(ctx, f.lease, run, []layer.SourcePlan{{Source: "src", Complete: true, Known: 2}}, func(map[string]int) string { return "too many drops" })
	f.must(err)
	f.must(f.a.RequestCancel(ctx, run, "tester"))
	r, final := f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCancelled, r.Status)
	_, err = f.a.Reopen(ctx, run, false, false)
	f.must(err)
	r, err = f.a.Run(ctx, run)
	f.must(err)
	require.Equal(f, metadata.StatusAwaitingApproval, r.Status)
	require.Equal(f, "too many drops", r.Error)
	w := f.worker(f.a)
	require.Empty(f, f.claim(f.a, w, run, 0).Tables)
	_, err = f.a.Reopen(ctx, run, false, true)
	f.must(err)
	require.Len(f, f.claim(f.a, w, run, 0).Tables, 2)
}

// renameRun plans a rename of t001 to t002, both with the same id, and claims it.
func (f *fixture) renameRun() (string, layer.Claim) {
	f.Helper()
	rows := append(planned(metadata.ReasonDropped, 0, id(1)), planned(metadata.ReasonNew, 0, id(2))...)
	rows[0].ObjectID, rows[1].ObjectID = "77", "77"
	run := f.plan(rows)
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	require.Equal(f, metadata.ReasonRenamed, c.Tables[0].Reason)
	return w, c
}

func (f *fixture) renamedAndGone() {
	first := planned(metadata.ReasonNew, 0, id(1))
	first[0].ObjectID = "77"
	f.finish(f.plan(first))
	w, c := f.renameRun()
	c.Tables[0].Gone = true
	out, err := f.a.Commit(f.Context(), w, c.Run, c.Tables, func([]layer.Current) ([]layer.Effect, error) {
		return []layer.Effect{{Claimed: c.Tables[0], Skip: "it went away again"}}, nil
	})
	f.must(err)
	require.Equal(f, 1, out.Skipped)
	require.Equal(f, 2, f.count("SELECT count(*) FROM "+f.Table("field_metadata")+" WHERE table_name = 't001'"))
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("table_state")+" WHERE table_name = 't001'"))
}

func (f *fixture) renamedOnto() {
	first := append(planned(metadata.ReasonNew, 0, id(1)), planned(metadata.ReasonNew, 0, id(2))...)
	first[0].ObjectID = "77"
	f.finish(f.plan(first))
	// t002's first column was dropped long ago, and a person had described it; its second one is there by a person's hand.
	f.exec("UPDATE " + f.Table("field_metadata") + " SET description = 'by a person', removed_at = updated_at WHERE table_name = 't002' AND field_name = 'a'")
	f.exec("UPDATE " + f.Table("field_metadata") + " SET description = 'in advance' WHERE table_name = 't002' AND field_name = 'b'")
	f.exec("UPDATE " + f.Table("table_metadata") + " SET removed_at = updated_at WHERE table_name = 't002'")
	w, c := f.renameRun()
	require.Equal(f, 1, f.commit(f.a, w, c).Done)
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("metadata_changes")+" WHERE attribute = 'replaced' AND old_value LIKE '%by a person%'"))
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("field_metadata")+" WHERE table_name = 't002' AND description = 'in advance'"))
	require.Zero(f, f.count("SELECT count(*) FROM "+f.Table("field_metadata")+" WHERE table_name = 't001' AND removed_at IS NULL"))
	require.Zero(f, f.count("SELECT count(*) FROM "+f.Table("table_metadata")+" WHERE table_name = 't001'"))
}

func (f *fixture) lateLook() {
	run := f.plan(planned(metadata.ReasonNew, 0, id(1)), func(s *metadata.RunSettings) { s.MaxRuntime = time.Hour })
	w := f.worker(f.a)
	f.commit(f.a, w, f.claim(f.a, w, run, 0))
	f.exec("UPDATE " + f.Table("sync_runs") + " SET deadline_at = started_at")
	r, final := f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCompleted, r.Status)
}

func (f *fixture) sourceState() {
	ctx := f.Context()
	f.finish(f.plan(planned(metadata.ReasonNew, 0, id(1))))
	st, err := f.a.SourceState(ctx, "src")
	f.must(err)
	require.Equal(f, layer.SourceState{Token: "token", LastRun: st.LastRun}, st)
	require.WithinDuration(f, time.Now(), st.LastRun, time.Minute)
	run := f.plan(planned(metadata.ReasonNew, 0, id(2)))
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	_, err = f.a.Settle(ctx, w, c.Run, 0, []layer.Outcome{{Claimed: c.Tables[0], Final: true}}, nil)
	f.must(err)
	f.advance(run)
	st, err = f.a.SourceState(ctx, "src")
	f.must(err)
	require.Equal(f, "token", st.Token, "a run that failed as a whole says nothing about its sources")

	older := f.plan(planned(metadata.ReasonNew, 0, id(3)))
	newer := f.plan(planned(metadata.ReasonNew, 0, id(4)))
	f.finish(newer)
	_, err = f.a.DB().ExecContext(ctx, "UPDATE "+f.Table("source_state")+" SET token = 'newer'")
	f.must(err)
	f.finish(older)
	st, err = f.a.SourceState(ctx, "src")
	f.must(err)
	require.Equal(f, "newer", st.Token, "an older run that ends late does not overwrite what a newer one knows")
	st, err = f.a.SourceState(ctx, "unknown")
	f.must(err)
	require.Zero(f, st)
}

func (f *fixture) unreadSource() {
	ctx := f.Context()
	run := f.newRun()
	f.must(f.a.AppendPlan(ctx, f.lease, run, planned(metadata.ReasonNew, 0, id(1))))
	_, err := f.a.CompletePlan(ctx, f.lease, run, []layer.SourcePlan{
		{Source: "src", Complete: true, Discovered: 1, Token: "t"}, {Source: "away", Failed: true, Why: "connection refused", Token: "t"},
	}, nil)
	f.must(err)
	r := f.finish(run)
	require.Equal(f, metadata.StatusCompletedWithErrors, r.Status)
	require.Equal(f, "source away could not be read: connection refused", r.Error)
	st, err := f.a.SourceState(ctx, "src")
	f.must(err)
	require.Empty(f, st.Token, "a run with errors proves nothing")
}

func (f *fixture) dead() {
	ctx := f.Context()
	run := f.plan(planned(metadata.ReasonNew, 0, id(1), id(2)))
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	_, err := f.a.Settle(ctx, w, c.Run, 0, []layer.Outcome{{Claimed: c.Tables[0], Final: true, Error: "boom"}, {Claimed: c.Tables[1], Final: true}}, nil)
	f.must(err)
	f.advance(run)
	dead, err := f.a.Dead(ctx, nil, 10)
	f.must(err)
	require.Len(f, dead, 2)
	require.Equal(f, run, dead[0].Run)
	require.Equal(f, "boom", dead[0].Error)
	n, err := f.a.DropDead(ctx, run)
	f.must(err)
	require.Equal(f, 2, n)
	dead, err = f.a.Dead(ctx, &run, 10)
	f.must(err)
	require.Empty(f, dead)
	n, err = f.a.Reopen(ctx, run, true, false)
	f.must(err)
	require.Equal(f, 2, n)
	require.Equal(f, metadata.StatusCompleted, f.finish(run).Status)
}
