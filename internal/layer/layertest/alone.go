package layertest

import (
	"runtime"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// tick waits until clocks of milliseconds show another time.
func tick() {
	for began := time.Now(); time.Since(began) < 2*time.Millisecond; {
		runtime.Gosched()
	}
}

// supersededRemoval has a later run remove a table that an older one holds.
func (f *fixture) supersededRemoval() {
	f.finish(f.plan(planned(metadata.ReasonNew, 0, id(1))))
	older := f.plan(planned(metadata.ReasonChanged, 0, id(1)))
	newer := f.plan(planned(metadata.ReasonDropped, 0, id(1)))
	w := f.worker(f.a)
	held, drop := f.claim(f.a, w, older, 0), f.claim(f.a, w, newer, 0)
	out, err := f.a.Commit(f.Context(), w, drop.Run, drop.Tables, func(current []layer.Current) ([]layer.Effect, error) {
		gone := *current[0].Table
		gone.Removed = true
		return []layer.Effect{{Claimed: drop.Tables[0], TableDirty: true, Table: gone}}, nil
	})
	f.must(err)
	require.Equal(f, 1, out.Done)
	require.Equal(f, 1, f.commit(f.b, w, held).Skipped, "its read is from before the removal")
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("table_metadata")+" WHERE removed_at IS NOT NULL"))
	require.Zero(f, f.count("SELECT count(*) FROM "+f.Table("table_state")))
}

// privileges has runs of several privileges, side by side and one after another.
func (f *fixture) privileges() {
	ctx := f.Context()
	plan := func(privileges string, n int) metadata.RunID {
		run := f.newRun() //nolint:contextcheck // the context is the test's
		f.must(f.a.AppendPlan(ctx, f.lease, run, planned(metadata.ReasonNew, 0, id(n))))
		_, err := f.a.CompletePlan(ctx, f.lease, run, []layer.SourcePlan{{Source: "src", Swept: true, Complete: true, Discovered: 1, Privileges: privileges, Token: "t"}}, nil)
		f.must(err)
		return run
	}
	is := func(privileges, token, why string) {
		f.Helper()
		st, err := f.a.SourceState(ctx, "src")
		f.must(err)
		require.Equal(f, privileges, st.Privileges, why)
		require.Equal(f, token, st.Token, why)
	}
	run := plan("some", 1)
	f.must(f.a.RequestCancel(ctx, run, "tester"))
	f.advance(run)
	is("some", "", "what a cancelled run has read is true all the same")
	st, err := f.a.SourceState(ctx, "src")
	f.must(err)
	require.True(f, st.LastRun.IsZero(), "no run has completed")

	older := plan("some", 2)
	newer := plan("all", 3)
	is("", "", "tables come to be known that the earlier privileges hide")
	f.finish(newer)
	is("", "", "another run was at work beside it")
	f.finish(older)
	tick()
	f.finish(plan("all", 4))
	is("all", "t", "it was alone")
}
