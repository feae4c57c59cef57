package merge_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// columns makes a table of (name, object id) pairs.
func columns(table string, pairs ...string) *metadata.Table {
	t := &metadata.Table{ID: orders, ObjectID: table, Kind: metadata.KindTable, EstimatedRows: -1}
	for i := 0; i < len(pairs); i += 2 {
		t.Fields = append(t.Fields, metadata.Field{Name: pairs[i], ObjectID: pairs[i+1], Ordinal: i/2 + 1, DataType: "int"})
	}
	return t
}

// owned syncs a table and gives each field its own name as owner, by hand.
func owned(t *testing.T, m *merge.Merger, table *metadata.Table) *store {
	t.Helper()
	s := &store{}
	s.sync(t, m, merge.Input{Source: table})
	for i := range s.fields {
		s.fields[i].Owner = s.fields[i].Name
	}
	return s
}

// owners gives the owner of each row; removed rows have a minus before their name.
func owners(s *store) map[string]string {
	out := map[string]string{}
	for _, f := range s.fields {
		if f.Removed {
			out["-"+f.Name] = f.Owner
		} else {
			out[f.Name] = f.Owner
		}
	}
	return out
}

func TestNamesAndIdentities(t *testing.T) {
	tests := []struct {
		name   string
		before []*metadata.Table // synced in turn; owners are written after the first
		after  *metadata.Table
		want   map[string]string
	}{
		{"renamed", []*metadata.Table{columns("1", "a", "1", "b", "2")}, columns("1", "a", "1", "c", "2"), map[string]string{"a": "a", "c": "b"}},
		{"renamed without ids", []*metadata.Table{columns("", "a", "", "b", "")}, columns("", "a", "", "c", ""), map[string]string{"a": "a", "-b": "b", "c": ""}},
		{"two renamed", []*metadata.Table{columns("1", "a", "1", "b", "2")}, columns("1", "d", "2", "c", "1"), map[string]string{"c": "a", "d": "b"}},
		{"another table object", []*metadata.Table{columns("1", "a", "1", "b", "2")}, columns("2", "b", "1", "c", "2"), map[string]string{"-a": "a", "b": "b", "c": ""}},
		{"set aside, and its name used anew", []*metadata.Table{columns("1", "a", "1")}, columns("1", "a_old", "1", "a", "2"), map[string]string{"a": "a", "a_old": "a"}},
		{"exchanged", []*metadata.Table{columns("1", "a", "1", "b", "2")}, columns("1", "b", "1", "a", "2"), map[string]string{"a": "a", "b": "b"}},
		{"replaced by a new one of another name", []*metadata.Table{columns("1", "a", "1", "n", "2")}, columns("1", "a", "2"), map[string]string{"a": "a", "-n": "n"}},
		{"renamed to the name of a removed one", []*metadata.Table{columns("1", "a", "1", "b", "2"), columns("1", "b", "2")}, columns("1", "a", "2"), map[string]string{"a": "b", "-b": "b"}},
		{"removed and back", []*metadata.Table{columns("1", "a", "1", "b", "2"), columns("1", "a", "1")}, columns("1", "a", "1", "b", "2"), map[string]string{"a": "a", "b": "b"}},
		{"removed and back under another name", []*metadata.Table{columns("1", "a", "1", "b", "2"), columns("1", "a", "1")}, columns("1", "a", "1", "c", "2"), map[string]string{"a": "a", "c": "b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := merger(t, merge.DefaultRules())
			s := owned(t, m, test.before[0])
			for _, table := range test.before[1:] {
				s.sync(t, m, merge.Input{Source: table})
			}
			out := s.sync(t, m, merge.Input{Source: test.after})
			require.Equal(t, test.want, owners(s))
			require.Equal(t, len(test.after.Fields), out.Fields)
			require.NotEmpty(t, out.Update)
		})
	}
}

func TestANewTableIsOneChange(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	table := columns("1", "id", "1", "we\"ird\n\x01\xff", "2")
	table.Comment, table.Kind, table.EstimatedRows = "Orders <all>", metadata.KindView, 12
	out := s.sync(t, m, merge.Input{Source: table, Meaning: meaning(metadata.Attributes{
		Tags: []string{"key"}, IsPII: new(false), ValidValues: []string{"1", "2"}, Owner: "x",
	})})
	require.True(t, out.TableNew)
	require.True(t, out.TableDirty)
	require.Len(t, out.Insert, 2)
	require.Equal(t, 2, out.Fields)
	require.Len(t, out.Changes, 1)
	require.Equal(t, "created", out.Changes[0].Attribute)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(out.Changes[0].New), &got))
	require.Equal(t, map[string]any{
		"kind": "view", "description": "Orders <all>", "fields": []any{
			map[string]any{
				"name": "id", "type": "int", "nullable": false, "tags": []any{"key"}, "is_pii": false,
				"valid_values": []any{"1", "2"}, "owner": "x",
			},
			map[string]any{"name": "we\"ird\n\x01\uFFFD", "type": "int", "nullable": false},
		},
	}, got)
	require.Equal(t, "we\"ird\n\x01\xff", out.Insert[1].Name, "names are byte-exact")
	require.InDelta(t, 0.8, out.Insert[0].Confidence, 0)
	require.Empty(t, out.Problems)
}

func TestANewFieldIsOneChange(t *testing.T) {
	r := merge.DefaultRules()
	r.OnSchemaChanges.NewFields = merge.Error
	m, s := merger(t, r), &store{}
	s.sync(t, m, merge.Input{Source: columns("1", "a", "1")})
	out := s.sync(t, m, merge.Input{Source: columns("1", "b", "2", "a", "1")})
	require.Equal(t, []metadata.Change{
		{Table: orders, Field: "b", Attribute: "created", New: `{"name":"b","type":"int","nullable":false}`, Reason: "new in the source"},
		{Table: orders, Field: "a", Attribute: "ordinal", Old: "1", New: "2", Reason: "changed in the source"},
	}, out.Changes)
	fault := out.Fault()
	require.Equal(t, metadata.FaultConflict, fault.Kind)
	require.ErrorContains(t, fault, `merge shop.orders: field "b": the field is new in the source`)
}

func TestStructureIsTheSources(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	table := columns("1", "a", "1")
	s.sync(t, m, merge.Input{Source: table})
	table.Fields[0].DataType, table.Fields[0].Nullable = "text", true
	table.Kind, table.EstimatedRows, table.ObjectID = metadata.KindPartitionedTable, 5, "2"
	out := s.sync(t, m, merge.Input{Source: table})
	require.Equal(t, []metadata.Change{
		{Table: orders, Attribute: "kind", Old: "table", New: "partitioned_table", Reason: "changed in the source"},
		{Table: orders, Field: "a", Attribute: "data_type", Old: "int", New: "text", Reason: "changed in the source"},
		{Table: orders, Field: "a", Attribute: "is_nullable", Old: "false", New: "true", Reason: "changed in the source"},
	}, out.Changes)
	require.Equal(t, int64(5), s.table.EstimatedRows)
	require.Equal(t, "2", s.table.ObjectID)
	require.Nil(t, out.Fault(), "a warning fails nothing")
}

func TestRenamedTableKeepsItsRows(t *testing.T) {
	m := merger(t, merge.DefaultRules())
	table := columns("1", "a", "1")
	s := owned(t, m, table)
	table.ID.Name = "orders_2026"
	out := s.sync(t, m, merge.Input{Source: table})
	require.True(t, out.TableDirty)
	require.False(t, out.TableNew)
	require.Equal(t, []metadata.Change{{
		Table: table.ID, Attribute: "renamed", Old: "wh:shop.orders", New: "wh:shop.orders_2026", Reason: "renamed in the source",
	}}, out.Changes)
	require.Equal(t, map[string]string{"a": "a"}, owners(s))
}

func TestTombstone(t *testing.T) {
	m := merger(t, merge.DefaultRules())
	s := owned(t, m, columns("1", "a", "1", "b", "2", "c", "3"))
	s.sync(t, m, merge.Input{Source: columns("1", "a", "1", "b", "2")})
	before := owners(s)
	out := removed(t, s.table, s.fields)
	require.Equal(t, []metadata.Change{{Table: orders, Attribute: "removed", Reason: "gone from the source"}}, out.Changes)
	require.Len(t, out.Update, 2, "rows that are removed already are left alone")
	require.Zero(t, out.Fields)
	require.Contains(t, before, "-c")
	s.apply(t, &out)
	require.Equal(t, map[string]string{"-a": "a", "-b": "b", "-c": "c"}, owners(s))

	again := removed(t, s.table, s.fields)
	require.False(t, again.TableDirty)
	require.Empty(t, again.Update)
	require.Empty(t, again.Changes)
	require.Empty(t, removed(t, nil, s.fields).Changes)

	back := s.sync(t, m, merge.Input{Source: columns("1", "a", "1", "b", "2")})
	require.Equal(t, []metadata.Change{{Table: orders, Attribute: "restored", Reason: "back in the source"}}, back.Changes, "one change, as it went")
	require.Equal(t, map[string]string{"a": "a", "b": "b", "-c": "c"}, owners(s))
}

func TestModeFailFailsOnWaitingConflicts(t *testing.T) {
	for _, mode := range []merge.Mode{merge.ModeFail, merge.ModeWarn, merge.ModeAutoGenerate} {
		m, s := merger(t, merge.Rules{Mode: mode}), &store{}
		table := columns("1", "a", "1")
		s.sync(t, m, merge.Input{Source: table})
		s.fields[0].Description = "mine"
		table.Fields[0].Comment = "theirs"
		out, err := m.Table(merge.Input{Source: table, CurrentTable: s.table, CurrentFields: s.fields})
		require.NoError(t, err)
		require.Len(t, out.Conflicts, 1)
		require.Equal(t, mode == merge.ModeFail, out.Fault() != nil)
	}
}

func TestConfidenceAndEvidenceAreReported(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	table := columns("1", "a", "1")
	s.sync(t, m, merge.Input{Source: table, Meaning: meaning(metadata.Attributes{SemanticType: "key"})})
	s.fields[0].Confidence = float64(float32(0.8)) // as a layer of four bytes gives it back
	again := meaning(metadata.Attributes{SemanticType: "key"})
	out := s.sync(t, m, merge.Input{Source: table, Meaning: again})
	require.Empty(t, out.Changes)
	again.Fields[0].Confidence, again.Fields[0].Evidence = 0.5, "type"
	out = s.sync(t, m, merge.Input{Source: table, Meaning: again})
	require.Equal(t, "0.5", find(&out, "a", "confidence")[0].New)
	require.Equal(t, "type", find(&out, "a", "evidence")[0].New)
}

func TestRulesAreValidated(t *testing.T) {
	_, err := merge.New(merge.Rules{
		Strategy: "x", TagStrategy: "x", DescriptionStrategy: "x", Mode: "x", Precedence: "x",
		OnSchemaChanges:  merge.SchemaChanges{NewFields: "x", RemovedFields: "x", TypeChanges: "x"},
		FieldsToPreserve: []string{"owner", "colour"}, FieldsToAutoMerge: []string{"owner", "shape"},
	})
	for _, want := range []string{
		`strategy: "x" is none of manual, auto_merge, prefer_existing, prefer_new`, `tag_merge_strategy: "x"`, `description_merge_strategy: "x"`,
		`mode: "x"`, `merge_strategy: "x"`, `on_schema_changes.new_fields: "x"`, `on_schema_changes.removed_fields: "x"`,
		`on_schema_changes.type_changes: "x"`, `fields_to_preserve: "colour"`, `fields_to_auto_merge: "owner" is in fields_to_preserve too`, `fields_to_auto_merge: "shape"`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.NoError(t, merge.DefaultRules().Validate())
}
