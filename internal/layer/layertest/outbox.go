package layertest

import (
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func (f *fixture) untold() []metadata.Happening {
	f.Helper()
	list, err := f.a.Happenings(f.Context(), 10)
	f.must(err)
	return list
}

func (f *fixture) happenings() {
	run := f.plan(planned(metadata.ReasonNew, 0, id(1)))
	list := f.untold()
	require.Len(f, list, 1)
	require.Equal(f, metadata.HappeningPlanned, list[0].Kind)
	require.Equal(f, metadata.StatusRunning, list[0].Run.Status)
	require.Equal(f, 1, list[0].Run.Counts.New)
	require.WithinDuration(f, time.Now(), list[0].At, time.Minute)

	w := f.worker(f.a)
	f.commit(f.a, w, f.claim(f.a, w, run, 0))
	f.finish(run)
	list = f.untold()
	require.Len(f, list, 2, "in the order in which they happened")
	end := list[1]
	require.Equal(f, metadata.HappeningFinished, end.Kind)
	now, err := f.b.Run(f.Context(), run)
	f.must(err)
	require.Equal(f, now, end.Run, "the run as it ended")

	f.must(f.a.Tell(f.Context(), end.Key, nil))
	require.Equal(f, list[:1], f.untold())

	held := f.newRun()
	f.planHeld(held, "too many drops")
	list = f.untold()
	require.Len(f, list, 2)
	require.Equal(f, metadata.StatusAwaitingApproval, list[1].Run.Status)
	require.Equal(f, "too many drops", list[1].Run.Error)
	_, err = f.a.Reopen(f.Context(), held, false, true)
	f.must(err)
	list = f.untold()
	require.Len(f, list, 3)
	require.Equal(f, metadata.HappeningReleased, list[2].Kind)
	require.Equal(f, metadata.StatusRunning, list[2].Run.Status)
}

func (f *fixture) planHeld(run metadata.RunID, why string) {
	f.Helper()
	ctx := f.Context()
	f.must(f.a.BeginPlan(ctx, f.lease, run))
	f.must(f.a.AppendPlan(ctx, f.lease, run, planned(metadata.ReasonDropped, 0, id(1))))
	_, err := f.a.CompletePlan(ctx, f.lease, run, nil, func(map[string]int) string { return why })
	f.must(err)
}

func (f *fixture) changesOnce() {
	run := f.plan(append(planned(metadata.ReasonNew, 0, id(1)), planned(metadata.ReasonNew, 1, id(2))...))
	w := f.worker(f.a)
	f.commit(f.a, w, f.claim(f.a, w, run, 0))
	f.must(f.a.RequestCancel(f.Context(), run, "tester"))
	f.finish(run)
	_, err := f.a.Reopen(f.Context(), run, false, false)
	f.must(err)
	f.commit(f.a, w, f.claim(f.a, w, run, 1))
	f.finish(run)
	var told [][]metadata.TableID
	for _, h := range f.untold() {
		if h.Kind != metadata.HappeningFinished {
			continue
		}
		var tables []metadata.TableID
		f.must(f.a.ChangesOf(f.Context(), h, func(c metadata.Change) error { tables = append(tables, c.Table); return nil }))
		told = append(told, tables)
	}
	require.Equal(f, [][]metadata.TableID{{id(1)}, {id(2)}}, told)
}

// told gives the keys of notices for a webhook and two mail addresses of one happening.
func (f *fixture) told() []metadata.DeliveryKey {
	f.Helper()
	f.plan(planned(metadata.ReasonNew, 0, id(1)))
	h := f.untold()[0]
	var list []metadata.Delivery
	var keys []metadata.DeliveryKey
	for _, to := range [][2]string{{"email", "a@example.com"}, {"email", "b@example.com"}, {"webhook", ""}} {
		k := metadata.DeliveryKey{Happening: h.Key, Event: "sync_started", Channel: to[0], Target: to[1]}
		keys = append(keys, k)
		list = append(list, metadata.Delivery{DeliveryKey: k, Notice: []byte(`{"title": "x"}`)})
	}
	var wg sync.WaitGroup
	for _, s := range []Store{f.a, f.b} {
		wg.Go(func() { f.must(s.Tell(f.Context(), h.Key, list)) })
	}
	wg.Wait()
	require.Equal(f, 3, f.count("SELECT count(*) FROM "+f.Table("outbox_deliveries")), "two that tell it at once tell it once")
	return keys
}

func (f *fixture) send(s Store, holder, channel string) (metadata.Delivery, bool) {
	f.Helper()
	d, ok, err := s.ClaimDelivery(f.Context(), holder, channel, ttl)
	f.must(err)
	return d, ok
}

func (f *fixture) deliveries() {
	keys := f.told()
	d, ok := f.send(f.a, "one", "webhook")
	require.True(f, ok)
	require.Equal(f, keys[2], d.DeliveryKey)
	require.JSONEq(f, `{"title": "x"}`, string(d.Notice))
	require.Equal(f, 1, d.Attempts)
	require.WithinDuration(f, time.Now(), d.CreatedAt, time.Minute)
	_, ok = f.send(f.b, "two", "webhook")
	require.False(f, ok, "somebody has it")

	first, ok := f.send(f.b, "two", "email")
	require.True(f, ok)
	second, ok := f.send(f.b, "two", "email")
	require.True(f, ok)
	require.ElementsMatch(f, keys[:2], []metadata.DeliveryKey{first.DeliveryKey, second.DeliveryKey}, "a channel does not wait for another")

	f.must(f.a.DeliveryFailed(f.Context(), keys[2], "two", "not his", -1))
	f.must(f.a.DeliveryFailed(f.Context(), keys[2], "one", "busy", time.Hour))
	_, ok = f.send(f.b, "two", "webhook")
	require.False(f, ok, "it is not due")
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("outbox_deliveries")+" WHERE error = 'busy' AND gave_up_at IS NULL"))
	f.exec("UPDATE " + f.Table("outbox_deliveries") + " SET due_at = created_at WHERE error = 'busy'")
	d, ok = f.send(f.b, "two", "webhook")
	require.True(f, ok)
	require.Equal(f, 2, d.Attempts)

	// Its holder dies after sending and before saying so.
	_, ok = f.send(f.a, "three", "webhook")
	require.False(f, ok)
	f.must(f.a.OutliveOthers(f.Context()))
	d, ok = f.send(f.a, "three", "webhook")
	require.True(f, ok)
	require.Equal(f, 3, d.Attempts)
	f.must(f.a.DeliveryFailed(f.Context(), keys[2], "two", "comes late", 0))
	f.must(f.b.DeliverySent(f.Context(), keys[2]))
	f.must(f.a.DeliveryFailed(f.Context(), keys[2], "three", "was sent", 0))
	_, ok = f.send(f.a, "three", "webhook")
	require.False(f, ok, "what was sent is not sent again")
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("outbox_deliveries")+" WHERE sent_at IS NOT NULL AND error IS NULL"))
}

func (f *fixture) givenUp() {
	keys := f.told()
	d, ok := f.send(f.a, "one", "email")
	require.True(f, ok)
	f.must(f.a.DeliveryFailed(f.Context(), d.DeliveryKey, "one", "no such mailbox", -1))
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("outbox_deliveries")+" WHERE gave_up_at IS NOT NULL AND error = 'no such mailbox'"))
	other, ok := f.send(f.a, "one", "email")
	require.True(f, ok)
	require.NotEqual(f, d.DeliveryKey, other.DeliveryKey)

	old, err := f.a.GiveUpDeliveries(f.Context(), time.Hour)
	f.must(err)
	require.Empty(f, old)
	old, err = f.a.GiveUpDeliveries(f.Context(), -time.Hour)
	f.must(err)
	require.Equal(f, keys[2:], old, "neither what has ended nor what somebody tries")
	_, ok = f.send(f.a, "one", "webhook")
	require.False(f, ok)
}
