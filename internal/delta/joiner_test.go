package delta_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/semsync/semsync/internal/delta"
	"github.com/semsync/semsync/internal/metadata"
)

func id(database, name string) metadata.TableID {
	return metadata.TableID{Source: "wh", Database: database, Name: name}
}

// pulled gives states one by one.
func pulled(states []metadata.TableState) func() (metadata.TableState, bool, error) {
	return func() (metadata.TableState, bool, error) {
		if len(states) == 0 {
			return metadata.TableState{}, false, nil
		}
		s := states[0]
		states = states[1:]
		return s, true, nil
	}
}

// run joins and gives the decisions by table, and the first error.
func run(d *delta.Detector, clues delta.Clues, states []metadata.TableState, tables []*metadata.Table, complete bool) ([]delta.Decision, error) {
	var out []delta.Decision
	j := delta.NewJoiner(d, clues, pulled(states), func(dec delta.Decision) error {
		out = append(out, dec)
		return nil
	})
	for _, t := range tables {
		if err := j.Table(t); err != nil {
			return out, errors.Join(err, j.Finish(complete))
		}
	}
	return out, j.Finish(complete)
}

func table(database, name, object string, columns ...string) *metadata.Table {
	t := &metadata.Table{ID: id(database, name), ObjectID: object, Kind: metadata.KindTable}
	for i, c := range columns {
		t.Fields = append(t.Fields, metadata.Field{Name: c, Ordinal: i + 1, DataType: "int"})
	}
	return t
}

func stateOf(d *delta.Detector, t *metadata.Table) metadata.TableState {
	return metadata.TableState{ID: t.ID, ObjectID: t.ObjectID, Fingerprint: d.Fingerprint(t), Method: d.Method()}
}

func TestJoinByChecksum(t *testing.T) {
	d := detector(t, metadata.DeltaSettings{})
	old := detector(t, metadata.DeltaSettings{Algorithm: "md5"})
	same, changed := table("a", "same", "1", "x"), table("a", "changed", "2", "x", "y")
	moved, remade := table("b", "method", "3", "x"), table("b", "remade", "5", "x")
	states := []metadata.TableState{
		stateOf(d, table("a", "changed", "2", "x")),
		stateOf(d, table("a", "gone", "7", "x")),
		stateOf(d, same),
		stateOf(old, moved),
		stateOf(d, table("b", "remade", "4", "x")),
		stateOf(d, table("z", "gone", "", "x")),
	}
	tables := []*metadata.Table{changed, same, table("a", "stranger", "6", "x"), moved, remade}
	for _, complete := range []bool{true, false} {
		absent := map[bool]delta.Verdict{true: delta.VerdictDropped, false: delta.VerdictMissing}[complete]
		got, err := run(d, delta.Clues{}, states, tables, complete)
		require.NoError(t, err)
		want := []delta.Decision{
			{Table: id("a", "changed"), ObjectID: "2", Verdict: delta.VerdictChanged},
			{Table: id("a", "same"), ObjectID: "1", Verdict: delta.VerdictUnchanged},
			{Table: id("a", "stranger"), ObjectID: "6", Verdict: delta.VerdictNew},
			{Table: id("b", "method"), ObjectID: "3", Verdict: delta.VerdictChanged},
			{Table: id("b", "remade"), ObjectID: "5", Verdict: delta.VerdictChanged},
			{Table: id("a", "gone"), ObjectID: "7", Verdict: absent},
			{Table: id("z", "gone"), Verdict: absent},
		}
		require.Empty(t, cmp.Diff(want, got, cmpopts.IgnoreUnexported(delta.Decision{})))
	}
}

func TestJoinRefusesDisorder(t *testing.T) {
	d := detector(t, metadata.DeltaSettings{})
	elsewhere := table("b", "x", "1")
	elsewhere.ID.Source = "other"
	beyond := table("z", "x", "1")
	beyond.ID.Source = "zz"
	a, b, c := table("a", "x", "1"), table("b", "x", "2"), table("c", "x", "3")
	states := func(tables ...*metadata.Table) (out []metadata.TableState) {
		for _, t := range tables {
			out = append(out, stateOf(d, t))
		}
		return out
	}
	tests := []struct {
		name   string
		states []metadata.TableState
		tables []*metadata.Table
		want   string
	}{
		{"tables descend", states(a, b, c), []*metadata.Table{a, c, b}, "tables out of order: wh:b.x after wh:c.x"},
		{"a table twice", states(b), []*metadata.Table{a, a}, "tables out of order"},
		{"states descend", states(a, c, b), []*metadata.Table{a}, "states out of order: wh:b.x after wh:c.x"},
		{"a state twice", states(a, a), []*metadata.Table{a}, "states out of order"},
		{"tables of two sources", nil, []*metadata.Table{a, elsewhere}, "tables out of order"},
		{"tables of a later source", nil, []*metadata.Table{a, beyond}, "tables out of order: zz:z.x after wh:a.x"},
		{"states of two sources", states(a, elsewhere), nil, "states out of order"},
		{"states of another source", states(elsewhere), []*metadata.Table{a}, "states out of order: other:b.x after wh:a.x"},
		{"name parts are not joined", states(table("a", "b.c", "")), []*metadata.Table{table("a.b", "c", ""), table("a", "z", "")}, "tables out of order"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := run(d, delta.Clues{}, test.states, test.tables, true)
			require.ErrorContains(t, err, test.want)
			_, ok := errors.AsType[*delta.OrderError](err)
			require.True(t, ok)
			for _, dec := range got {
				require.NotEqual(t, delta.VerdictDropped, dec.Verdict, "nothing is dropped on the word of a disordered stream")
			}
		})
	}
}

func TestJoinerIsDeadAfterAnError(t *testing.T) {
	d := detector(t, metadata.DeltaSettings{})
	broken := errors.New("connection lost")
	var emitted []delta.Decision
	emit := func(dec delta.Decision) error {
		emitted = append(emitted, dec)
		return nil
	}
	j := delta.NewJoiner(d, delta.Clues{}, func() (metadata.TableState, bool, error) { return metadata.TableState{}, false, broken }, emit)
	require.ErrorIs(t, j.Table(table("a", "x", "")), broken)
	require.ErrorIs(t, j.Table(table("b", "x", "")), broken)
	require.ErrorIs(t, j.Finish(true), broken)
	require.Empty(t, emitted)

	full := errors.New("plan is full")
	j = delta.NewJoiner(d, delta.Clues{}, pulled(nil), func(delta.Decision) error { return full })
	require.ErrorIs(t, j.Table(table("a", "x", "")), full)
	require.ErrorIs(t, j.Finish(true), full)

	j = delta.NewJoiner(d, delta.Clues{}, pulled([]metadata.TableState{stateOf(d, table("a", "x", ""))}), emit)
	require.NoError(t, j.Finish(true))
	require.Len(t, emitted, 1)
	require.ErrorIs(t, j.Finish(true), delta.ErrFinished, "nothing is said twice")
	require.ErrorIs(t, j.Table(table("b", "x", "")), delta.ErrFinished)
	require.Len(t, emitted, 1)
}

// TestJoinIsAsTheNaiveOne compares the joiner with maps, over random states and tables.
func TestJoinIsAsTheNaiveOne(t *testing.T) {
	d := detector(t, metadata.DeltaSettings{Algorithm: "xxh3"})
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) map[metadata.TableID]*metadata.Table {
			out := map[metadata.TableID]*metadata.Table{}
			for range rapid.IntRange(0, 12).Draw(t, label) {
				parts := rapid.SampledFrom([]string{"", "a", "a.b", "b", "a\x00", "é", "A"})
				tab := table(parts.Draw(t, "database"), parts.Draw(t, "name"), "", rapid.SampledFrom([]string{"x", "y"}).Draw(t, "column"))
				out[tab.ID] = tab
			}
			return out
		}
		before, now := draw("states"), draw("tables")
		complete := rapid.Bool().Draw(t, "complete")

		want := map[metadata.TableID]delta.Verdict{}
		for id := range before {
			want[id] = map[bool]delta.Verdict{true: delta.VerdictDropped, false: delta.VerdictMissing}[complete]
		}
		for id, tab := range now {
			switch old, known := before[id]; {
			case !known:
				want[id] = delta.VerdictNew
			case old.Fields[0].Name == tab.Fields[0].Name:
				want[id] = delta.VerdictUnchanged
			default:
				want[id] = delta.VerdictChanged
			}
		}

		var states []metadata.TableState
		for _, id := range slices.SortedFunc(maps.Keys(before), metadata.TableID.Compare) {
			states = append(states, stateOf(d, before[id]))
		}
		var tables []*metadata.Table
		for _, id := range slices.SortedFunc(maps.Keys(now), metadata.TableID.Compare) {
			tables = append(tables, now[id])
		}
		decisions, err := run(d, delta.Clues{}, states, tables, complete)
		require.NoError(t, err)
		got := map[metadata.TableID]delta.Verdict{}
		for _, dec := range decisions {
			require.NotContains(t, got, dec.Table, "one decision a table")
			got[dec.Table] = dec.Verdict
		}
		require.Equal(t, want, got)
	})
}

func TestPullStates(t *testing.T) {
	broken := errors.New("cut")
	stream := func(n int, end error) func(func(metadata.TableState) error) error {
		return func(yield func(metadata.TableState) error) error {
			for i := range n {
				if err := yield(metadata.TableState{ID: id("a", string(rune('a'+i)))}); err != nil {
					return fmt.Errorf("stream: %v", err) //nolint:errorlint // a layer that hides the cause
				}
			}
			return end
		}
	}
	next, stop := delta.PullStates(stream(2, nil))
	for _, want := range []string{"a", "b"} {
		s, ok, err := next()
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, want, s.ID.Name)
	}
	_, ok, err := next()
	require.NoError(t, err)
	require.False(t, ok)
	stop()

	next, stop = delta.PullStates(stream(1, broken))
	_, ok, err = next()
	require.True(t, ok)
	require.NoError(t, err)
	_, ok, err = next()
	require.False(t, ok)
	require.ErrorIs(t, err, broken)
	stop()

	next, stop = delta.PullStates(stream(5, nil))
	_, ok, err = next()
	require.True(t, ok)
	require.NoError(t, err)
	stop() // in the middle: the stream ends and nothing panics
	_, ok, err = next()
	require.False(t, ok)
	require.NoError(t, err)
}

func TestTimestamp(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(h int) time.Time { return now.Add(time.Duration(h) * time.Hour) }
	lookup := func(v time.Time) func(metadata.TableID) (time.Time, bool) {
		return func(metadata.TableID) (time.Time, bool) { return v, !v.IsZero() }
	}
	tests := []struct {
		name                         string
		recorded, query, engine, max time.Time
		window                       time.Duration
		want                         delta.Verdict
		value                        time.Time
		unknown                      bool
	}{
		{name: "later", recorded: at(-9), engine: at(-8), want: delta.VerdictChanged, value: at(-8)},
		{name: "same", recorded: at(-9), engine: at(-9), want: delta.VerdictUnchanged, value: at(-9)},
		{name: "earlier", recorded: at(-9), engine: at(-10), want: delta.VerdictUnchanged, value: at(-10)},
		{name: "in the window", recorded: at(-1), engine: at(-1), window: 2 * time.Hour, want: delta.VerdictChanged, value: at(-1)},
		{name: "at the window's edge", recorded: at(-2), engine: at(-2), window: 2 * time.Hour, want: delta.VerdictChanged, value: at(-2)},
		{name: "before the window", recorded: at(-3), engine: at(-3), window: 2 * time.Hour, want: delta.VerdictUnchanged, value: at(-3)},
		{name: "query goes first", recorded: at(-9), query: at(-9), engine: at(-1), max: at(-1), want: delta.VerdictUnchanged, value: at(-9)},
		{name: "engine before max", recorded: at(-9), engine: at(-9), max: at(-1), want: delta.VerdictUnchanged, value: at(-9)},
		{name: "max last", recorded: at(-9), max: at(-1), want: delta.VerdictChanged, value: at(-1)},
		{name: "no value", recorded: at(-9), want: delta.VerdictChanged, unknown: true},
		{name: "nothing recorded", engine: at(-9), want: delta.VerdictChanged, value: at(-9)},
		{
			name: "finer than the layer keeps", recorded: at(-9).Add(5 * time.Microsecond), engine: at(-9).Add(5*time.Microsecond + 900),
			want: delta.VerdictUnchanged, value: at(-9).Add(5 * time.Microsecond),
		},
		{
			name: "another zone", recorded: at(-9).In(time.FixedZone("x", 3600)), engine: at(-9).In(time.FixedZone("y", -7200)),
			want: delta.VerdictUnchanged, value: at(-9),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := detector(t, metadata.DeltaSettings{Method: metadata.DeltaTimestamp, LookbackWindow: test.window})
			tab := table("a", "x", "1")
			tab.LastModified = test.engine
			state := metadata.TableState{ID: tab.ID, ObjectID: "1", Method: d.Method(), LastModified: test.recorded}
			clues := delta.Clues{Now: now, Queried: lookup(test.query), Max: lookup(test.max)}
			got, err := run(d, clues, []metadata.TableState{state}, []*metadata.Table{tab}, true)
			require.NoError(t, err)
			want := []delta.Decision{{Table: tab.ID, ObjectID: "1", Verdict: test.want, LastModified: test.value, Unknown: test.unknown}}
			require.Empty(t, cmp.Diff(want, got, cmpopts.IgnoreUnexported(delta.Decision{})))
		})
	}
}

func TestResolveJudgesUnknownOnesLater(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := detector(t, metadata.DeltaSettings{Method: metadata.DeltaTimestamp, LookbackWindow: time.Hour})
	decide := func(method string, recorded time.Time) delta.Decision {
		tab := table("a", "x", "1")
		state := metadata.TableState{ID: tab.ID, Method: method, LastModified: recorded}
		got, err := run(d, delta.Clues{Now: now}, []metadata.TableState{state}, []*metadata.Table{tab}, true)
		require.NoError(t, err)
		require.True(t, got[0].Unknown)
		return got[0]
	}
	recorded := now.Add(-5 * time.Hour)
	unchanged := d.Resolve(decide(d.Method(), recorded), recorded, now)
	require.Equal(t, delta.VerdictUnchanged, unchanged.Verdict)
	require.False(t, unchanged.Unknown)
	require.Equal(t, recorded, unchanged.LastModified)
	require.Equal(t, delta.VerdictChanged, d.Resolve(decide(d.Method(), recorded), recorded.Add(time.Second), now).Verdict)
	require.Equal(t, delta.VerdictChanged, d.Resolve(decide("checksum", recorded), recorded, now).Verdict, "the method changed")
	require.True(t, d.Resolve(decide(d.Method(), recorded), time.Time{}, now).Unknown)

	fresh, err := run(d, delta.Clues{Now: now}, nil, []*metadata.Table{table("a", "x", "1")}, true)
	require.NoError(t, err)
	require.Equal(t, delta.VerdictNew, d.Resolve(fresh[0], recorded, now).Verdict)
}

func TestVersion(t *testing.T) {
	tests := []struct {
		name, comparison, recorded, comment, lookup string
		want                                        delta.Verdict
		version                                     string
		unknown                                     bool
	}{
		{name: "other", recorded: "1.9", comment: "schema_version=1.10", want: delta.VerdictChanged, version: "1.10"},
		{name: "equal by value", recorded: "2", comment: "schema_version=v2.0", want: delta.VerdictUnchanged, version: "v2.0"},
		{name: "lower differs", recorded: "2", comment: "schema_version=1", want: delta.VerdictChanged, version: "1"},
		{name: "lower is not greater", comparison: delta.GreaterThan, recorded: "1.10", comment: "schema_version=1.9", want: delta.VerdictUnchanged, version: "1.9"},
		{name: "greater", comparison: delta.GreaterThan, recorded: "1.9", comment: "schema_version=1.10", want: delta.VerdictChanged, version: "1.10"},
		{name: "lookup goes first", recorded: "7", comment: "schema_version=1", lookup: "7", want: delta.VerdictUnchanged, version: "7"},
		{name: "none", recorded: "7", comment: "no version here", want: delta.VerdictChanged, unknown: true},
		{name: "none recorded", comment: "schema_version=1", want: delta.VerdictChanged, version: "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := detector(t, metadata.DeltaSettings{Method: metadata.DeltaVersion, VersionComparison: test.comparison})
			tab := table("a", "x", "1")
			tab.Comment = test.comment
			clues := delta.Clues{Version: func(metadata.TableID) (string, bool) { return test.lookup, test.lookup != "" }}
			state := metadata.TableState{ID: tab.ID, Method: d.Method(), Version: test.recorded}
			got, err := run(d, clues, []metadata.TableState{state}, []*metadata.Table{tab}, true)
			require.NoError(t, err)
			want := []delta.Decision{{Table: tab.ID, ObjectID: "1", Verdict: test.want, Version: test.version, Unknown: test.unknown}}
			require.Empty(t, cmp.Diff(want, got, cmpopts.IgnoreUnexported(delta.Decision{})))
		})
	}
}
