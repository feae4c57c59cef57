package merge_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// revise carries out a revision as a layer does.
func (s *store) revise(tb checker, r *merge.Revision) {
	tb.Helper()
	s.fields = slices.DeleteFunc(slices.Clone(s.fields), func(f metadata.FieldRecord) bool { return slices.Contains(r.Delete, f.Name) })
	if r.DeleteTable {
		s.table = nil
	}
	out := merge.Output{Insert: r.Insert, Update: r.Update}
	if r.Table != nil {
		out.Table, out.TableDirty = *r.Table, true
	}
	s.apply(tb, &out)
}

func (s *store) clone() *store {
	c := &store{fields: slices.Clone(s.fields)}
	if s.table != nil {
		c.table = new(*s.table)
	}
	return c
}

// shown is what a person sees of a layer, without ids, estimates and bases.
func (s *store) shown() string {
	type row struct {
		Name, Type, Origin, Evidence string
		Ordinal                      int
		Nullable, Removed            bool
		Confidence                   float64
		metadata.Attributes
	}
	var rows []row
	if t := s.table; t != nil {
		rows = append(rows, row{Name: t.ID.Name, Type: string(t.Kind), Origin: string(t.Origin), Evidence: t.Evidence, Removed: t.Removed, Confidence: t.Confidence, Attributes: t.Attributes})
	}
	for i := range s.fields {
		f := &s.fields[i]
		rows = append(rows, row{f.Name, f.DataType, string(f.Origin), f.Evidence, f.Ordinal, f.Nullable, f.Removed, f.Confidence, f.Attributes})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.Name, b.Name) })
	text, err := json.MarshalIndent(rows, "", " ")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// withoutIDs makes fields keep their places: which row a field that changes places with a removed one
// takes is not a question of holding.
func withoutIDs(in merge.Input) merge.Input {
	in.Source.ObjectID = ""
	for i := range in.Source.Fields {
		in.Source.Fields[i].ObjectID = ""
	}
	return in
}

func history(t *rapid.T, m *merge.Merger) *store {
	s := &store{}
	for range rapid.IntRange(0, 3).Draw(t, "syncs") {
		s.sync(t, m, withoutIDs(drawInput(t, true)))
		s.edit(t)
	}
	return s
}

func held(changes []metadata.Change) []metadata.Change {
	return slices.DeleteFunc(answers(changes), func(c metadata.Change) bool { return c.Held == "" })
}

// answers leaves out proposed renamings, which are questions beside what is done whatever the answer is.
func answers(changes []metadata.Change) []metadata.Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c metadata.Change) bool { return c.Held == metadata.HeldAsRename })
}

var holds = []merge.Hold{
	{All: true},
	{Kinds: []string{"pii_category"}},
	{Kinds: []string{"description", "tags", merge.KindTypeChanges}},
	{Kinds: []string{"owner", "description", merge.KindFieldRemovals, "valid_values"}},
	{Kinds: []string{"description", "owner"}, AboveConfidence: 0.5},
}

// TestApprovingAllIsAsIfNothingWasHeld: what is held back and approved afterwards ends as what is not held.
func TestApprovingAllIsAsIfNothingWasHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		free := merger(t, r)
		before := history(t, free)
		in := withoutIDs(drawInput(t, true))
		r.Hold = rapid.SampledFrom(holds).Draw(t, "hold")
		want, got := before.clone(), before.clone()
		in.CurrentTable, in.CurrentFields = want.table, slices.Clone(want.fields)
		out, err := free.Table(in)
		require.NoError(t, err)
		want.apply(t, &out)

		in.CurrentTable, in.CurrentFields = got.table, slices.Clone(got.fields)
		out, err = merger(t, r).Table(in)
		require.NoError(t, err)
		got.apply(t, &out)
		if r.Hold.All {
			require.Equal(t, before.shown(), got.shown(), "nothing is written unasked")
			require.Len(t, held(out.Changes), len(answers(out.Changes)))
		}
		rev, err := merge.Apply(got.table, got.fields, held(out.Changes), nil)
		require.NoError(t, err)
		require.Empty(t, rev.Refused)
		got.revise(t, &rev)
		require.Equal(t, want.shown(), got.shown())
	})
}

// TestRejectedStaysAway: what was rejected is not there, and the next run does not ask again.
func TestRejectedStaysAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := merge.DefaultRules()
		s := history(t, merger(t, r))
		in := withoutIDs(drawInput(t, false))
		s.sync(t, merger(t, r), in) // the structure is settled
		r.Hold = merge.Hold{Kinds: []string{"description", "owner", "pii_category", "tags"}}
		m := merger(t, r)
		in = again(t, in)
		in.CurrentTable, in.CurrentFields = s.table, slices.Clone(s.fields)
		out, err := m.Table(in)
		require.NoError(t, err)
		s.apply(t, &out)
		before := s.shown()
		rev, err := merge.Reject(s.table, s.fields, held(out.Changes))
		require.NoError(t, err)
		require.Empty(t, rev.Refused)
		s.revise(t, &rev)
		require.Equal(t, before, s.shown())
		in.CurrentTable, in.CurrentFields = s.table, slices.Clone(s.fields)
		out, err = m.Table(in)
		require.NoError(t, err)
		require.Empty(t, held(out.Changes))
	})
}

// again is the same table with another meaning.
func again(t *rapid.T, in merge.Input) merge.Input {
	in.Meaning = &merge.Meaning{Table: merge.Generated{Attributes: drawAttributes(t)}}
	for range in.Source.Fields {
		in.Meaning.Fields = append(in.Meaning.Fields, merge.Generated{Attributes: drawAttributes(t)})
	}
	return in
}

// TestRollbackPutsBack: what a run changed is as before when it is taken back, and by default the next run leaves it so.
func TestRollbackPutsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		m := merger(t, r)
		s := history(t, m)
		before := s.clone()
		in := withoutIDs(drawInput(t, true))
		in.CurrentTable, in.CurrentFields = s.table, slices.Clone(s.fields)
		out, err := m.Table(in)
		require.NoError(t, err)
		s.apply(t, &out)
		rev, err := merge.Revert(s.table, s.fields, answers(out.Changes))
		require.NoError(t, err)
		if before.table == nil || before.table.Base != nil {
			require.Empty(t, rev.Refused)
		}
		s.revise(t, &rev)
		if len(rev.Refused) == 0 {
			requireSameAttributes(t, before, s)
		}
		if before.table == nil {
			require.Nil(t, s.table)
			require.Empty(t, s.fields, "what a run made is gone")
		}
	})
}

func requireSameAttributes(t *rapid.T, want, got *store) {
	t.Helper()
	require.Len(t, got.fields, len(want.fields))
	for i := range want.fields {
		f := got.field(t, want.fields[i].Name)
		require.Equal(t, want.fields[i].Attributes, f.Attributes)
		require.Equal(t, want.fields[i].DataType, f.DataType)
		require.Equal(t, want.fields[i].Removed, f.Removed)
	}
	if want.table != nil {
		require.Equal(t, want.table.Attributes, got.table.Attributes)
	}
}

func TestMovedBaseIsRefused(t *testing.T) {
	r := merge.DefaultRules()
	r.Hold = merge.Hold{Kinds: []string{"owner"}}
	m, s := merger(t, r), &store{}
	in := merge.Input{Source: one(&metadata.Field{Name: "a", DataType: "int"}), Meaning: meaning(metadata.Attributes{Owner: "ana", Description: "d"})}
	out, err := m.Table(in)
	require.NoError(t, err)
	s.apply(t, &out)
	require.Equal(t, "d", s.field(t, "a").Description)
	require.Empty(t, s.field(t, "a").Owner, "it waits")
	waiting := held(out.Changes)
	require.Len(t, waiting, 1)
	s.field(t, "a").Owner = "bea"
	rev, err := merge.Apply(s.table, s.fields, waiting, nil)
	require.NoError(t, err)
	require.Empty(t, rev.Settled)
	require.Equal(t, `it is "bea" now, and was empty when the change was made`, rev.Refused[0].Why)

	applied := metadata.Change{Table: orders, Field: "a", Attribute: "description", New: "d", Reason: "generated"}
	s.field(t, "a").Description = "e"
	rev, err = merge.Revert(s.table, s.fields, []metadata.Change{applied})
	require.NoError(t, err)
	require.Equal(t, `it is "e" now, and was "d" when the change was made`, rev.Refused[0].Why)
	require.Empty(t, rev.Update)
}

func TestConflictsCanBeDecided(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	table := one(&metadata.Field{Name: "a", DataType: "int", Comment: "first"})
	s.sync(t, m, merge.Input{Source: table})
	s.field(t, "a").Description = "mine"
	table.Fields[0].Comment = "second"
	in := merge.Input{Source: table, CurrentTable: s.table, CurrentFields: s.fields}
	out, err := m.Table(in)
	require.NoError(t, err)
	waiting := out.Waiting()
	require.Len(t, waiting, 1)
	require.Equal(t, `conflict: a person changed what was "first"; comment in the source`, waiting[0].Reason)
	s.apply(t, &out)
	rev, err := merge.Apply(s.table, s.fields, waiting, nil)
	require.NoError(t, err)
	s.revise(t, &rev)
	require.Equal(t, "second", s.field(t, "a").Description)
	require.Equal(t, metadata.OriginSource, s.field(t, "a").Origin)
}
