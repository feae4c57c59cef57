package layertest

import (
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// propose makes a run that has a table's owner wait for approval, to its last claim.
func (f *fixture) propose(owner string, reason metadata.Reason) metadata.RunID {
	f.Helper()
	run := f.plan(planned(reason, 0, id(1)))
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	require.Len(f, c.Tables, 1)
	_, err := f.a.Commit(f.Context(), w, c.Run, c.Tables, func(current []layer.Current) ([]layer.Effect, error) {
		e := layer.Effect{Claimed: c.Tables[0], Fields: 0, State: &metadata.TableState{ID: id(1), Fingerprint: "f", Method: "checksum"}}
		if current[0].Table == nil {
			e.Table, e.TableDirty = metadata.TableRecord{ID: id(1), Kind: metadata.KindTable, Base: &metadata.Attributes{}}, true
			e.Changes = append(e.Changes, metadata.Change{Table: id(1), Attribute: "created", New: "{}"})
		}
		e.Changes = append(e.Changes, metadata.Change{Table: id(1), Attribute: "owner", New: owner, Held: metadata.HeldForApproval, Content: []byte(`{"a": "ü"}`)})
		return []layer.Effect{e}, nil
	})
	f.must(err)
	return run
}

func (f *fixture) owner() string {
	f.Helper()
	var owner string
	f.must(f.a.DB().QueryRowContext(f.Context(), "SELECT coalesce(owner, '') FROM "+f.Table("table_metadata")).Scan(&owner))
	return owner
}

func revision(run metadata.RunID) layer.Revision {
	return layer.Revision{
		Run: run, From: []metadata.ChangeStatus{metadata.ChangePending}, To: metadata.ChangeApproved, By: "ana", Comment: "fine",
		Think: func(c layer.Current, changes []metadata.Change) (merge.Revision, error) {
			return merge.Apply(c.Table, c.Fields, changes, c.Former)
		},
	}
}

func (f *fixture) waits() {
	ctx := f.Context()
	run := f.propose("bea", metadata.ReasonNew)
	r, final := f.advance(run)
	require.False(f, final)
	require.Equal(f, metadata.StatusAwaitingApproval, r.Status)
	require.Equal(f, "1 changes wait for approval", r.Error)
	require.Equal(f, int64(1), r.Counts.Applied)
	require.Equal(f, int64(1), r.Counts.Pending)
	require.True(f, r.Waits())
	require.Empty(f, f.owner())

	var waiting []metadata.Change
	f.must(f.a.Changes(ctx, run, func(c metadata.Change) error {
		if c.Status == metadata.ChangePending {
			waiting = append(waiting, c)
		}
		return nil
	}))
	require.Len(f, waiting, 1)
	f.must(f.a.Vote(ctx, "first", "ana", "", []int64{waiting[0].ID}))
	f.must(f.a.Vote(ctx, "first", "ana", "", []int64{waiting[0].ID}))
	votes, err := f.a.Votes(ctx, run)
	f.must(err)
	require.Len(f, votes[waiting[0].ID], 1, "voting twice counts once")
	require.Equal(f, "first", votes[waiting[0].ID][0].Stage)

	v := revision(run)
	v.Want = func(*metadata.Change) bool { return false }
	out, err := f.a.Revise(ctx, v)
	f.must(err)
	require.Zero(f, out.Settled)
	v.Want = nil
	var content string
	think := v.Think
	v.Think = func(c layer.Current, changes []metadata.Change) (merge.Revision, error) {
		content = string(changes[0].Content)
		return think(c, changes)
	}
	out, err = f.a.Revise(ctx, v)
	f.must(err)
	require.Equal(f, layer.Revised{Settled: 1}, out)
	require.JSONEq(f, `{"a": "ü"}`, content)
	require.Equal(f, "bea", f.owner())
	r, final = f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCompleted, r.Status)
	require.Equal(f, int64(2), r.Counts.Applied)
	require.Zero(f, r.Counts.Pending)
	votes, err = f.a.Votes(ctx, run)
	f.must(err)
	require.Empty(f, votes, "of what does not wait any more nothing is told")
}

func (f *fixture) takesPlace() {
	first := f.propose("bea", metadata.ReasonNew)
	r, _ := f.advance(first)
	require.True(f, r.Waits())
	second := f.propose("cleo", metadata.ReasonChanged)
	r, final := f.advance(first)
	require.True(f, final, "nothing of it waits any more")
	require.Equal(f, metadata.StatusCompleted, r.Status)
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("metadata_changes")+" WHERE status = 'rejected' AND comment = 'superseded by run "+second.String()+"'"))
	out, err := f.a.Revise(f.Context(), revision(second))
	f.must(err)
	require.Equal(f, 1, out.Settled)
	require.Equal(f, "cleo", f.owner())
}

// decidedOnce lets many decide at the same moment.
func (f *fixture) decidedOnce() {
	run := f.propose("bea", metadata.ReasonNew)
	settled := make([]int, 6)
	var wg sync.WaitGroup
	for i := range settled {
		wg.Go(func() {
			out, err := []Store{f.a, f.b}[i%2].Revise(f.Context(), revision(run))
			if err == nil { // who comes second may be told so
				settled[i] = out.Settled
			}
		})
	}
	wg.Wait()
	total := 0
	for _, n := range settled {
		total += n
	}
	require.Equal(f, 1, total)
	r, _ := f.advance(run)
	require.Equal(f, int64(2), r.Counts.Applied)
}

func (f *fixture) waitedAndCancelled() {
	run := f.propose("bea", metadata.ReasonNew)
	f.advance(run)
	f.must(f.a.RequestCancel(f.Context(), run, "ana"))
	r, final := f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCancelled, r.Status)
	require.Empty(f, f.owner())
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("metadata_changes")+" WHERE status = 'rejected' AND decided_by = 'ana'"))
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("table_state")+" WHERE fingerprint IS NULL"), "the next run finds it changed")
}

func (f *fixture) pruned() {
	ctx := f.Context()
	first := f.plan(planned(metadata.ReasonNew, 0, id(2)))
	f.finish(first)
	waiting := f.propose("bea", metadata.ReasonNew)
	f.advance(waiting)
	f.must(f.a.RequestCancel(ctx, f.newRun(), "ana"))
	last := f.plan(planned(metadata.ReasonNew, 0, id(3)))
	f.finish(last)
	n, err := f.a.Prune(ctx, f.lease, time.Hour)
	f.must(err)
	require.Zero(f, n, "none is that old")
	_, err = f.a.DB().ExecContext(ctx, "UPDATE "+f.Table("sync_runs")+" SET completed_at = started_at WHERE status = 'awaiting_approval'")
	f.must(err)
	before, err := f.a.Digest(ctx)
	f.must(err)
	n, err = f.a.Prune(ctx, f.lease, -time.Hour)
	f.must(err)
	require.Equal(f, 1, n, "not the one that waits for a person, the one that has not ended, nor the last")
	_, err = f.a.Run(ctx, first)
	require.ErrorIs(f, err, layer.ErrNotFound)
	for _, table := range []string{"sync_run_tables", "metadata_changes", "outbox", "sync_checkpoints"} {
		require.Zero(f, f.count("SELECT count(*) FROM "+f.Table(table)+" WHERE CAST(run_id AS text) = '"+first.String()+"'"), table)
		require.NotZero(f, f.count("SELECT count(*) FROM "+f.Table(table)+" WHERE CAST(run_id AS text) = '"+last.String()+"'"), table)
	}
	after, err := f.a.Digest(ctx)
	f.must(err)
	require.Equal(f, before, after)
	n, err = f.a.Prune(ctx, f.lease, -time.Hour)
	f.must(err)
	require.Zero(f, n)
	f.must(f.a.Resign(ctx, f.lease))
	f.campaign(f.b)
	_, err = f.a.Prune(ctx, f.lease, -time.Hour)
	f.must(err) // there is nothing to remove
}
