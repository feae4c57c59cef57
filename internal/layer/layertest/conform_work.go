package layertest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/simulation"
)

// number is the inverse of tab.
func (c *conformer) number(id metadata.TableID) int {
	n, err := strconv.Atoi(strings.TrimPrefix(id.Name, "t"))
	require.NoError(c, err)
	return n
}

func (c *conformer) claim() {
	n := c.run()
	if n == 0 {
		return
	}
	w, batch := c.worker(), c.rng.IntN(2)
	take, model := c.store().Claim, c.m.Claim
	alone := c.rng.IntN(3) == 0
	if alone {
		take, model = c.store().ClaimAlone, c.m.ClaimAlone
	}
	claim, err := take(c.Context(), w, metadata.BatchRef{Run: c.ids[n], Batch: batch, Generation: 1})
	want, wanted := model(w, simulation.Ref{Run: n, Batch: batch, Generation: 1}, 0)
	c.sameError(wanted, err)
	slices.SortFunc(claim.Tables, func(a, b layer.Claimed) int { return cmp.Compare(a.Table.Name, b.Table.Name) })
	var got []simulation.Claimed
	for _, t := range claim.Tables {
		got = append(got, simulation.Claimed{Table: c.number(t.Table), Batch: t.Batch, Attempt: t.Attempt, Fails: t.FailCount, Reason: t.Reason})
	}
	c.same("claimed", want.Tables, got)
	c.same("suspects", want.Suspects, claim.Suspects)
	c.same("failed", want.Failed, claim.Failed)
	if alone && len(got) > 0 {
		c.seen["alone"]++
	}
	if len(got) > 0 {
		c.claims = append(c.claims, held{w, simulation.Ref{Run: n, Batch: batch}, claim, want})
	}
}

// some gives a claim, mostly a late one, and which of its tables to do something with.
func (c *conformer) some() (h held, tables []int) {
	if len(c.claims) == 0 {
		return h, nil
	}
	h = c.claims[len(c.claims)-1-c.rng.IntN(min(len(c.claims), 4))]
	if c.rng.IntN(10) == 0 {
		h.worker = c.worker()
	}
	for i := range h.real.Tables {
		if c.rng.IntN(4) > 0 {
			tables = append(tables, i)
		}
	}
	return h, tables
}

func (c *conformer) commit() {
	h, tables := c.some()
	if len(tables) == 0 {
		return
	}
	var claimed []layer.Claimed
	var effects []simulation.Effect
	for _, i := range tables {
		e := simulation.Effect{Claimed: h.model.Tables[i], Version: 1 + c.rng.IntN(3), Skip: c.rng.IntN(8) == 0}
		e.Remove = e.Claimed.Reason == metadata.ReasonDropped
		claimed, effects = append(claimed, h.real.Tables[i]), append(effects, e)
	}
	out, err := c.store().Commit(c.Context(), h.worker, h.real.Run, claimed, func(current []layer.Current) ([]layer.Effect, error) {
		out := make([]layer.Effect, len(claimed))
		for i, e := range effects {
			out[i] = effectOf(e, claimed[i], current[i])
		}
		return out, nil
	})
	require.NoError(c, err)
	want := c.m.Commit(h.worker, h.ref.Run, effects, 0)
	c.same("committed", []int{want.Done, want.Skipped, want.Lost}, []int{out.Done, out.Skipped, out.Lost})
	c.seen["done"] += out.Done
	c.seen["skipped"] += out.Skipped
	c.seen["lost"] += out.Lost
}

// effectOf is a model's effect for the real layer: a table's description is its version.
func effectOf(e simulation.Effect, claimed layer.Claimed, current layer.Current) layer.Effect {
	out := layer.Effect{Claimed: claimed}
	switch {
	case e.Skip:
		out.Skip = "not wanted"
	case e.Remove:
		if current.Table != nil {
			out.Table, out.TableDirty = *current.Table, true
			out.Table.Removed = true
		}
	default:
		out.TableDirty = true
		out.Table = metadata.TableRecord{Kind: metadata.KindTable, EstimatedRows: -1, Attributes: metadata.Attributes{Description: strconv.Itoa(e.Version)}}
		out.State = &metadata.TableState{ID: claimed.Table, Fingerprint: strconv.Itoa(e.Version), Method: "m"}
	}
	return out
}

func (c *conformer) settle() {
	h, tables := c.some()
	if len(tables) == 0 {
		return
	}
	var settled []layer.Outcome
	var model []simulation.Outcome
	for _, i := range tables {
		final := c.rng.IntN(5) == 0
		settled, model = append(settled, layer.Outcome{Claimed: h.real.Tables[i], Final: final}), append(model, simulation.Outcome{Claimed: h.model.Tables[i], Final: final})
	}
	wait := time.Hour
	if c.rng.IntN(2) == 0 {
		wait = -time.Minute
	}
	delay := func(int) time.Duration { return wait }
	out, err := c.store().Settle(c.Context(), h.worker, h.real.Run, h.ref.Batch, settled, delay)
	require.NoError(c, err)
	c.same("settled", c.m.Settle(h.worker, h.ref.Run, h.ref.Batch, model, delay), out)
	c.seen["retried"] += out.Retry
	c.seen["failed"] += out.Failed
}

func (c *conformer) release() {
	w := c.worker()
	if n := c.run(); n > 0 && c.rng.IntN(2) == 0 {
		id, batch := c.ids[n], c.rng.IntN(2)
		out, err := c.store().Release(c.Context(), w, &id, &batch)
		require.NoError(c, err)
		c.same("released", c.m.Release(w, n, batch), out)
		return
	}
	out, err := c.store().Release(c.Context(), w, nil, nil)
	require.NoError(c, err)
	c.same("released", c.m.Release(w, 0, 0), out)
}

func (c *conformer) reap() {
	l := c.lease()
	out, err := c.store().Reap(c.Context(), l)
	want, wanted := c.m.Reap(l)
	c.sameError(wanted, err)
	c.same("reaped", want, out)
	c.seen["reaped"] += out
}

func (c *conformer) dispatch() {
	n := c.run()
	if n == 0 {
		return
	}
	l, batches := c.lease(), []int{c.rng.IntN(2)}
	again := []time.Duration{time.Hour, -time.Second}[c.rng.IntN(2)]
	switch c.rng.IntN(5) {
	case 0:
		c.sameError(c.m.Postpone(l, n, batches, again), c.store().Postpone(c.Context(), l, c.ids[n], batches, again))
	case 1:
		out, err := c.store().RedispatchAll(c.Context(), l)
		want, wanted := c.m.RedispatchAll(l)
		c.sameError(wanted, err)
		c.same("due again", want, out)
	case 2:
		mark := strconv.Itoa(c.rng.IntN(100))
		c.sameError(c.m.SetQueueMark(l, mark), c.store().SetQueueMark(c.Context(), l, mark))
	default:
		refs, err := c.store().MarkDispatched(c.Context(), l, c.ids[n], batches, again)
		want, wanted := c.m.MarkDispatched(l, n, batches, again)
		c.sameError(wanted, err)
		var got []simulation.Ref
		for _, r := range refs {
			got = append(got, simulation.Ref{Run: c.names[r.Run], Batch: r.Batch, Generation: r.Generation})
		}
		c.same("dispatched", want, got)
	}
}

func (c *conformer) cancel() {
	if n := c.run(); n > 0 {
		c.sameError(c.m.RequestCancel(n), c.store().RequestCancel(c.Context(), c.ids[n], "tester"))
	}
}

func (c *conformer) reopen() {
	n := c.run()
	if n == 0 {
		return
	}
	failed := c.rng.IntN(2) == 0
	left, err := c.store().Reopen(c.Context(), c.ids[n], failed, false)
	want, wanted := c.m.Reopen(n, failed)
	c.sameError(wanted, err)
	c.same("left", want, left)
	c.seen["reopened"] += left
}

func (c *conformer) overdue() {
	n := c.run()
	if n == 0 {
		return
	}
	_, err := c.s.DB().ExecContext(c.Context(), "UPDATE "+c.e.Table("sync_runs")+" SET deadline_at = started_at WHERE run_id = "+c.e.Arg(1), c.ids[n].String())
	require.NoError(c, err)
	c.m.Overdue(n)
}

func (c *conformer) advance() {
	n := c.run()
	if n == 0 {
		return
	}
	l := c.lease()
	grace := []time.Duration{0, time.Hour}[c.rng.IntN(2)]
	r, final, err := c.store().Advance(c.Context(), l, c.ids[n], grace)
	want, ended, wanted := c.m.Advance(l, n, grace)
	c.sameError(wanted, err)
	c.same("ended", ended, final)
	if final {
		c.seen["ended"]++
	}
	if err == nil {
		c.same("status", want.Status, r.Status)
	}
}

func (c *conformer) tell() {
	if untold := c.m.Happenings(); len(untold) > 0 {
		key := untold[c.rng.IntN(len(untold))]
		for range 1 + c.rng.IntN(2) {
			err := c.store().Tell(c.Context(), c.realKey(key), []metadata.Delivery{{DeliveryKey: metadata.DeliveryKey{Event: "e", Channel: "slack", Target: "x"}, Notice: []byte("{}")}})
			require.NoError(c, err)
			c.m.Tell(key)
		}
	}
}

// realKey is a happening's key in the layer, and modelKey its inverse.
func (c *conformer) realKey(key string) string {
	run, rest, _ := strings.Cut(key, "/")
	n, err := strconv.Atoi(run)
	require.NoError(c, err)
	return "run/" + c.ids[n].String() + "/" + rest
}

func (c *conformer) send() {
	holder, hold := strconv.Itoa(c.rng.IntN(3)), []time.Duration{time.Hour, -time.Second}[c.rng.IntN(2)]
	d, ok, err := c.store().ClaimDelivery(c.Context(), holder, "slack", hold)
	require.NoError(c, err)
	want := c.m.ClaimDelivery(holder, hold)
	c.same("a notice is due", want != nil, ok)
	if ok {
		c.same("notice", c.realKey(want.Key), d.Happening)
		c.same("attempts", want.Attempts, d.Attempts)
		c.seen["notices"]++
		c.sends = append(c.sends, sending{holder, d, want})
	}
}

func (c *conformer) sent() {
	if len(c.sends) == 0 {
		return
	}
	s := c.sends[c.rng.IntN(len(c.sends))]
	if c.rng.IntN(2) == 0 {
		require.NoError(c, c.store().DeliverySent(c.Context(), s.real.DeliveryKey))
		c.m.DeliverySent(s.model)
		return
	}
	again := []time.Duration{time.Hour, 0}[c.rng.IntN(2)]
	require.NoError(c, c.store().DeliveryFailed(c.Context(), s.real.DeliveryKey, s.holder, "no", again))
	c.m.DeliveryFailed(s.model, s.holder, again)
}
