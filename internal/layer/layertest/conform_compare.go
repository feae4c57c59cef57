package layertest

import (
	"slices"
	"strconv"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/simulation"
)

// seenRun is what is compared of a run.
type seenRun struct {
	Run, Resumes int
	Status       metadata.RunStatus
	Cancel       bool
	Rows         []seenRow
	Due          []layer.Batch
}

type seenRow struct {
	Table, Batch, Attempt, Fails, Crashes int
	Reason                                metadata.Reason
	State                                 metadata.LedgerState
	Class                                 metadata.FaultClass
}

// compare looks at all that both worlds show.
func (c *conformer) compare() {
	c.Helper()
	runs := c.m.Runs()
	for _, r := range runs[max(0, len(runs)-6):] { // what is older rests
		c.same("run", c.modelRun(r), c.realRun(r.ID))
	}
	ref, ok, err := c.s.NextBatch(c.Context())
	require.NoError(c, err)
	want, wanted := c.m.NextBatch()
	c.same("there is a next batch", wanted, ok)
	if ok {
		c.same("next batch", want, simulation.Ref{Run: c.names[ref.Run], Batch: ref.Batch, Generation: ref.Generation})
	}
	mark, err := c.s.QueueMark(c.Context())
	require.NoError(c, err)
	c.same("mark", c.m.QueueMark(), mark)
	c.compareTables()
	c.compareOutbox()
}

func (c *conformer) modelRun(r *simulation.Run) seenRun {
	out := seenRun{Run: r.ID, Resumes: r.Resumes, Status: r.Status, Cancel: r.Cancel, Due: c.m.DueBatches(r.ID)}
	for _, row := range r.Rows {
		out.Rows = append(out.Rows, seenRow{row.Table, row.Batch, row.Attempt, row.Fails, row.Crashes, row.Reason, row.State, row.Class})
	}
	return out
}

func (c *conformer) realRun(n int) seenRun {
	r, err := c.s.Run(c.Context(), c.ids[n])
	require.NoError(c, err)
	out := seenRun{Run: n, Resumes: r.Resumes, Status: r.Status, Cancel: r.CancelRequested}
	require.NoError(c, c.s.RunTables(c.Context(), c.ids[n], nil, func(t layer.RunTable) error {
		out.Rows = append(out.Rows, seenRow{c.number(t.Table), t.Batch, t.Attempt, t.FailCount, t.CrashCount, t.Reason, t.State, t.Class})
		return nil
	}))
	out.Due, err = c.s.DueBatches(c.Context(), c.ids[n], 10)
	require.NoError(c, err)
	return out
}

func (c *conformer) compareTables() {
	states := map[int]int{}
	require.NoError(c, c.s.States(c.Context(), "src", func(s metadata.TableState) error {
		version, err := strconv.Atoi(s.Fingerprint)
		states[c.number(s.ID)] = version
		return err
	}))
	want := map[int]int{}
	for t, s := range c.m.States() {
		want[t] = s.Version
	}
	c.same("states", want, states)

	type content struct {
		Version string
		Removed bool
	}
	wanted, got := map[int]content{}, map[int]content{}
	for t, k := range c.m.Contents() {
		wanted[t] = content{strconv.Itoa(k.Version), k.Removed}
	}
	rows, err := c.s.DB().QueryContext(c.Context(), "SELECT table_name, description, removed_at IS NOT NULL FROM "+c.e.Table("table_metadata"))
	require.NoError(c, err)
	defer func() { require.NoError(c, rows.Close()) }()
	for rows.Next() {
		var name string
		var k content
		require.NoError(c, rows.Scan(&name, &k.Version, &k.Removed))
		got[c.number(metadata.TableID{Name: name})] = k
	}
	require.NoError(c, rows.Err())
	c.same("contents", wanted, got)

	st, err := c.s.SourceState(c.Context(), "src")
	require.NoError(c, err)
	privileges, token, since := c.m.Source()
	c.same("source", layer.SourceState{Privileges: privileges, Token: token, SinceSweep: since, LastRun: st.LastRun}, st)
}

func (c *conformer) compareOutbox() {
	list, err := c.s.Happenings(c.Context(), 1000)
	require.NoError(c, err)
	var got, want []string
	for _, h := range list {
		got = append(got, h.Key)
	}
	for _, key := range c.m.Happenings() {
		want = append(want, c.realKey(key))
	}
	slices.Sort(got)
	slices.Sort(want)
	c.same("happenings", want, got)
}
