package validate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/validate"
)

// apply merges a table into what the layer has, and wants that the changes lead from the one to the other.
func apply(t *testing.T, table *metadata.Table, meaning *merge.Meaning, was *metadata.TableRecord, fields []metadata.FieldRecord) (*metadata.TableRecord, []metadata.FieldRecord) {
	t.Helper()
	m, err := merge.New(merge.DefaultRules())
	require.NoError(t, err)
	out, err := m.Table(merge.Input{Source: table, Meaning: meaning, CurrentTable: was, CurrentFields: fields})
	require.NoError(t, err)
	got, gotFields, err := validate.Planned(was, fields, out.Changes)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(out.Table.Attributes, got.Attributes))
	want := map[string]metadata.Attributes{}
	for _, f := range fields {
		want[f.Name] = f.Attributes
	}
	for _, f := range out.Insert {
		want[f.Name] = f.Attributes
	}
	for _, u := range out.Update {
		delete(want, u.OldName)
		if !u.Record.Removed {
			want[u.Record.Name] = u.Record.Attributes
		}
	}
	have := map[string]metadata.Attributes{}
	for _, f := range gotFields {
		have[f.Name] = f.Attributes
	}
	require.Empty(t, cmp.Diff(want, have))
	var live []metadata.FieldRecord
	for _, f := range out.Insert {
		f.Table = table.ID
		live = append(live, f)
	}
	return &out.Table, live
}

func TestPlannedFollowsMerging(t *testing.T) {
	source := &metadata.Table{ID: users, Kind: metadata.KindTable, Comment: `The "users"`, EstimatedRows: -1, Fields: []metadata.Field{
		{Name: "id", Ordinal: 1, ObjectID: "1", DataType: "int"},
		{Name: "e'mail \u202e", Ordinal: 2, ObjectID: "2", DataType: "text", Comment: "Where\nthey are"},
		{Name: "old", Ordinal: 3, ObjectID: "3", DataType: "text"},
	}}
	meaning := &merge.Meaning{Fields: make([]merge.Generated, 3)}
	meaning.Fields[1] = merge.Generated{Attributes: metadata.Attributes{
		Tags: []string{`a"b`, "c"}, IsPII: new(true), PIICategory: "email", DataClassification: "confidential", SemanticType: "text", ValidValues: []string{"x"},
	}, Confidence: 0.9}
	table, fields := apply(t, source, meaning, nil, nil)
	require.Len(t, fields, 3)

	source.Comment = ""
	source.Fields = []metadata.Field{
		{Name: "id", Ordinal: 1, ObjectID: "1", DataType: "bigint", Comment: "Number"},
		{Name: "mail", Ordinal: 2, ObjectID: "2", DataType: "text"},
		{Name: "new", Ordinal: 3, ObjectID: "4", DataType: "text", Comment: "Fresh"},
	}
	meaning.Fields[1] = merge.Generated{Attributes: metadata.Attributes{Tags: []string{"d"}, SemanticType: "text"}, Confidence: 0.8}
	apply(t, source, meaning, table, fields)
}

func TestPlannedOfWhatIsNotThere(t *testing.T) {
	gone, _, err := validate.Planned(&metadata.TableRecord{ID: users}, nil, []metadata.Change{{Table: users, Attribute: "removed"}})
	require.NoError(t, err)
	require.Nil(t, gone)
	back, _, err := validate.Planned(nil, nil, []metadata.Change{{Table: users, Attribute: "restored"}, {Table: users, Field: "a", Attribute: "created", New: "{}"}})
	require.NoError(t, err)
	require.Nil(t, back, "the changes do not say all of it")
	_, _, err = validate.Planned(nil, nil, []metadata.Change{{Table: users, Attribute: "created", New: "{"}})
	require.ErrorContains(t, err, "customers.users")
}
