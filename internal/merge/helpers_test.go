package merge_test

import (
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

var orders = metadata.TableID{Source: "wh", Database: "shop", Name: "orders"}

func merger(tb checker, r merge.Rules) *merge.Merger {
	tb.Helper()
	m, err := merge.New(r)
	require.NoError(tb, err)
	return m
}

// checker is what a test of Go's and one of rapid's have in common.
type checker interface {
	require.TestingT
	Helper()
}

// store is a layer that holds one table in memory.
type store struct {
	table  *metadata.TableRecord
	fields []metadata.FieldRecord
}

// apply writes an output as a layer does: updates by their old key, then inserts.
func (s *store) apply(tb checker, out *merge.Output) {
	tb.Helper()
	if out.TableDirty {
		s.table = new(out.Table)
	}
	for _, u := range out.Update {
		i := s.find(u.OldName)
		require.GreaterOrEqual(tb, i, 0, "no row %q to update", u.OldName)
		if u.OldName != u.Record.Name {
			require.Negative(tb, s.find(u.Record.Name), "the key %q is taken", u.Record.Name)
		}
		s.fields[i] = u.Record
	}
	for _, f := range out.Insert {
		require.Negative(tb, s.find(f.Name), "the key %q is taken", f.Name)
		s.fields = append(s.fields, f)
	}
}

func (s *store) find(name string) int {
	return slices.IndexFunc(s.fields, func(f metadata.FieldRecord) bool { return f.Name == name })
}

// field gives the row of a name, for reading and for editing as a person does.
func (s *store) field(tb checker, name string) *metadata.FieldRecord {
	tb.Helper()
	i := s.find(name)
	require.GreaterOrEqual(tb, i, 0, "no row %q", name)
	return &s.fields[i]
}

// sync merges and applies, and checks that doing it again does nothing.
func (s *store) sync(tb checker, m *merge.Merger, in merge.Input) merge.Output {
	tb.Helper()
	in.CurrentTable, in.CurrentFields = s.table, slices.Clone(s.fields)
	out, err := m.Table(in)
	require.NoError(tb, err)
	s.apply(tb, &out)
	in.CurrentTable, in.CurrentFields = s.table, slices.Clone(s.fields)
	again, err := m.Table(in)
	require.NoError(tb, err)
	require.False(tb, again.TableDirty, "the table is written again")
	require.Empty(tb, again.Insert)
	require.Empty(tb, again.Update)
	require.Empty(tb, again.Changes)
	require.Equal(tb, out.Fields, again.Fields)
	return out
}

// find gives the changes of one field and attribute.
func find(out *merge.Output, field, attribute string) []metadata.Change {
	return slices.DeleteFunc(slices.Clone(out.Changes), func(c metadata.Change) bool {
		return c.Field != field || c.Attribute != attribute
	})
}

// one is a table with one field.
func one(f *metadata.Field) *metadata.Table {
	f.Ordinal = 1
	return &metadata.Table{ID: orders, Kind: metadata.KindTable, EstimatedRows: -1, Fields: []metadata.Field{*f}}
}

// meaning is what was generated for the table's first fields.
func meaning(fields ...metadata.Attributes) *merge.Meaning {
	out := &merge.Meaning{}
	for _, a := range fields {
		out.Fields = append(out.Fields, merge.Generated{Attributes: a, Confidence: 0.8, Evidence: "name"})
	}
	return out
}

// removed marks a table as removed under the default rules.
func removed(t checker, table *metadata.TableRecord, fields []metadata.FieldRecord) merge.Output {
	t.Helper()
	m, err := merge.New(merge.DefaultRules())
	require.NoError(t, err)
	out, err := m.Tombstone(table, fields)
	require.NoError(t, err)
	return out
}
