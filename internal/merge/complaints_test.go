package merge_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// The tests in this file are what users of other tools complain about.

func TestManualDescriptionIsNeverOverwritten(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	f := metadata.Field{Name: "email", DataType: "text"}
	s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Description: "[AUTO] Email"})})
	require.Equal(t, metadata.OriginAuto, s.field(t, "email").Origin)

	s.field(t, "email").Description = "Where invoices go"
	out := s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Description: "[AUTO] Email"})})
	require.Equal(t, []metadata.Change{{
		Table: orders, Field: "email", Attribute: "description_origin", Old: "auto", New: "manual", Reason: "edited in the layer",
	}}, out.Changes)
	require.Empty(t, out.Conflicts, "only one side changed")

	f.Comment = "customer's e-mail"
	out = s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Description: "[AUTO] E-mail address"})})
	require.Equal(t, "Where invoices go", s.field(t, "email").Description)
	require.Equal(t, []merge.Conflict{{
		Table: orders, Field: "email", Attribute: "description", Base: "[AUTO] Email", Current: "Where invoices go",
		Proposed: "customer's e-mail", Origin: metadata.OriginSource, Resolution: merge.Waits,
	}}, out.Conflicts)
}

func TestSourceCommentsThatChangeArrive(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	f := metadata.Field{Name: "email", DataType: "text"}
	auto := meaning(metadata.Attributes{Description: "[AUTO] Email"})
	for _, step := range []struct {
		comment, want string
		origin        metadata.Origin
	}{
		{"", "[AUTO] Email", metadata.OriginAuto},
		{"first", "first", metadata.OriginSource},
		{"second", "second", metadata.OriginSource},
		{"", "[AUTO] Email", metadata.OriginAuto},
	} {
		f.Comment = step.comment
		s.sync(t, m, merge.Input{Source: one(&f), Meaning: auto})
		require.Equal(t, step.want, s.field(t, "email").Description)
		require.Equal(t, step.origin, s.field(t, "email").Origin)
	}
}

func TestTypeChangeKeepsTags(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	f := metadata.Field{Name: "amount", DataType: "integer"}
	s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Tags: []string{"numeric"}})})
	s.field(t, "amount").Tags = []string{"finance", "numeric"}

	f.DataType = "text"
	out := s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Tags: []string{"text"}})})
	require.Equal(t, []string{"finance", "numeric", "text"}, s.field(t, "amount").Tags)
	require.Equal(t, "integer", find(&out, "amount", "data_type")[0].Old)
	require.Equal(t, merge.Warn, out.Problems[0].Severity)
	s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Tags: []string{"text"}})})
	require.Equal(t, []string{"finance", "numeric", "text"}, s.field(t, "amount").Tags, "nor does the next run lose them")
}

func TestRenamedColumnKeepsEverything(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	f := metadata.Field{Name: "mail", ObjectID: "7", DataType: "text"}
	s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Description: "[AUTO] Mail", Tags: []string{"contact"}})})
	row := s.field(t, "mail")
	row.Owner, row.Tags = "sales", []string{"contact", "gdpr"}

	f.Name = "email"
	out := s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Description: "[AUTO] Email", Tags: []string{"contact"}})})
	require.Len(t, s.fields, 1)
	require.Equal(t, "sales", s.field(t, "email").Owner)
	require.Equal(t, []string{"contact", "gdpr"}, s.field(t, "email").Tags)
	require.Equal(t, "[AUTO] Mail", s.field(t, "email").Description)
	require.Equal(t, []metadata.Change{{
		Table: orders, Field: "email", Attribute: "renamed", Old: "mail", New: "email", Reason: "renamed in the source",
	}}, out.Changes)
	require.Equal(t, "mail", out.Update[0].OldName)
	require.Empty(t, out.Problems, "nothing is new or removed")
}

func TestRemovedTagDoesNotReturn(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	f := metadata.Field{Name: "email", DataType: "text"}
	sync := func(tags ...string) {
		s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Tags: tags})})
	}
	sync("contact", "pii")
	s.field(t, "email").Tags = []string{"contact"}
	sync("contact", "pii")
	sync("contact") // the rule is gone for a while
	sync("contact", "pii", "string")
	require.Equal(t, []string{"contact", "string"}, s.field(t, "email").Tags)
}

func TestDroppedAndRecreatedColumnKeepsEdits(t *testing.T) {
	for _, id := range []string{"2", "9", ""} { // the same object, another one, no ids
		m, s := merger(t, merge.DefaultRules()), &store{}
		key := metadata.Field{Name: "id", ObjectID: "1", Ordinal: 1, DataType: "int"}
		mail := metadata.Field{Name: "mail", ObjectID: "2", Ordinal: 2, DataType: "text"}
		with := &metadata.Table{ID: orders, ObjectID: "100", Kind: metadata.KindTable, Fields: []metadata.Field{key, mail}}
		without := &metadata.Table{ID: orders, ObjectID: "100", Kind: metadata.KindTable, Fields: []metadata.Field{key}}
		auto := func(d string) *merge.Meaning {
			return meaning(metadata.Attributes{}, metadata.Attributes{Description: d})
		}
		s.sync(t, m, merge.Input{Source: with, Meaning: auto("[AUTO] Mail")})
		s.field(t, "mail").Owner = "sales"

		out := s.sync(t, m, merge.Input{Source: without, Meaning: auto("")})
		require.Len(t, find(&out, "mail", "removed"), 1)
		require.True(t, s.field(t, "mail").Removed)
		require.Equal(t, 1, out.Fields)
		require.Equal(t, []merge.Problem{{
			Table: orders, Field: "mail", Attribute: "removed", Severity: merge.Warn, Message: `field "mail": the field is gone from the source`,
		}}, out.Problems)

		with.Fields[1].ObjectID = id
		out = s.sync(t, m, merge.Input{Source: with, Meaning: auto("[AUTO] Mail, second")})
		require.Len(t, find(&out, "mail", "restored"), 1)
		require.False(t, s.field(t, "mail").Removed)
		require.Equal(t, "sales", s.field(t, "mail").Owner, "object id %q", id)
		want := "[AUTO] Mail"
		if id == "9" {
			want = "[AUTO] Mail, second" // another column: only what a person wrote goes over
		}
		require.Equal(t, want, s.field(t, "mail").Description)
	}
}

func TestClearingIsAnEdit(t *testing.T) {
	for _, r := range []merge.Rules{merge.DefaultRules(), {DescriptionStrategy: merge.DescriptionAppend}, {Precedence: merge.MergeBoth}} {
		m, s := merger(t, r), &store{}
		f := metadata.Field{Name: "email", DataType: "text", Comment: "old"}
		auto := meaning(metadata.Attributes{PIICategory: "email", IsPII: new(true), Tags: []string{"pii"}, ValidValues: []string{"x"}})
		s.sync(t, m, merge.Input{Source: one(&f), Meaning: auto})
		row := s.field(t, "email")
		row.Attributes = metadata.Attributes{}
		s.sync(t, m, merge.Input{Source: one(&f), Meaning: auto})
		f.Comment = "new"
		s.sync(t, m, merge.Input{Source: one(&f), Meaning: auto})
		require.Equal(t, metadata.Attributes{}, s.field(t, "email").Attributes)
		require.Equal(t, metadata.OriginManual, s.field(t, "email").Origin, "a person wants it empty")
	}
}

func TestUndoneEditGoesBackToSemsync(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	f := metadata.Field{Name: "email", DataType: "text", Comment: "old"}
	s.sync(t, m, merge.Input{Source: one(&f)})
	s.field(t, "email").Description = "mine"
	s.sync(t, m, merge.Input{Source: one(&f)})
	s.field(t, "email").Description = "old"
	f.Comment = "new"
	s.sync(t, m, merge.Input{Source: one(&f)})
	require.Equal(t, "new", s.field(t, "email").Description)
}

func TestRowsThatPeopleInsertedAreEdits(t *testing.T) {
	m := merger(t, merge.DefaultRules())
	s := &store{
		table:  &metadata.TableRecord{ID: orders, Attributes: metadata.Attributes{Owner: "sales"}},
		fields: []metadata.FieldRecord{{Table: orders, Name: "email", Attributes: metadata.Attributes{Description: "mine"}}},
	}
	f := metadata.Field{Name: "email", DataType: "text", Comment: "theirs"}
	out := s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{BusinessTerm: "e-mail"})})
	require.Len(t, find(&out, "", "created"), 1)
	require.Equal(t, "sales", s.table.Owner)
	require.Equal(t, "mine", s.field(t, "email").Description)
	require.Equal(t, "e-mail", s.field(t, "email").BusinessTerm)
	f.Comment = "theirs, changed"
	s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{})})
	require.Equal(t, "mine", s.field(t, "email").Description, "and they stay edits")
	require.Equal(t, "sales", s.table.Owner)
}

func TestDeclaredGoesBeforeEditsAndIsListed(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	f := metadata.Field{Name: "email", DataType: "text", Comment: "theirs"}
	s.sync(t, m, merge.Input{Source: one(&f)})
	s.field(t, "email").Description = "mine"
	declared := merge.Declared{Fields: map[string]*metadata.Attributes{"email": {Description: "ours"}}}
	out := s.sync(t, m, merge.Input{Source: one(&f), Declared: declared})
	require.Equal(t, "ours", s.field(t, "email").Description)
	require.Equal(t, metadata.OriginDictionary, s.field(t, "email").Origin)
	require.Equal(t, "mine", find(&out, "email", "description")[0].Old, "what was overwritten is in the log")
	require.Equal(t, merge.Taken, out.Conflicts[0].Resolution)

	s.sync(t, m, merge.Input{Source: one(&f)})
	require.Equal(t, "theirs", s.field(t, "email").Description, "what the files do not say any more is taken back")
}

func TestAppendedTextFollowsItsOrigin(t *testing.T) {
	m, s := merger(t, merge.Rules{DescriptionStrategy: merge.DescriptionAppend}), &store{}
	f := metadata.Field{Name: "email", DataType: "text", Comment: "one"}
	for _, step := range []struct{ edit, comment, want string }{
		{"", "one", "one"},
		{"mine", "one", "mine"}, // only the person changed it
		{"", "two", "mine\n\ntwo"},
		{"", "three", "mine\n\nthree"},
		{"mine again\n\nthree", "three", "mine again\n\nthree"},
		{"", "four", "mine again\n\nfour"},
	} {
		if step.edit != "" {
			s.field(t, "email").Description = step.edit
		}
		f.Comment = step.comment
		s.sync(t, m, merge.Input{Source: one(&f)})
		require.Equal(t, step.want, s.field(t, "email").Description)
	}
}

func TestGeneratedTextReplacesOlderOnlyWhenAllowed(t *testing.T) {
	for _, overwrite := range []bool{false, true} {
		r := merge.DefaultRules()
		r.Content.OverwriteAutoGenerated = overwrite
		m, s := merger(t, r), &store{}
		f := metadata.Field{Name: "email", DataType: "text"}
		s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Description: "[AUTO] one", SemanticType: "mail"})})
		s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{Description: "[AUTO] two", SemanticType: "email"})})
		require.Equal(t, map[bool]string{false: "[AUTO] one", true: "[AUTO] two"}[overwrite], s.field(t, "email").Description)
		require.Equal(t, "email", s.field(t, "email").SemanticType, "the rule is for texts")
		s.sync(t, m, merge.Input{Source: one(&f), Meaning: &merge.Meaning{}})
		require.Equal(t, map[bool]string{false: "[AUTO] one", true: ""}[overwrite], s.field(t, "email").Description)
		require.Empty(t, s.field(t, "email").SemanticType)
	}
}

func TestOverwriteExistingPutsGeneratedBeforeComments(t *testing.T) {
	r := merge.DefaultRules()
	r.Content = merge.ContentRules{OverwriteExisting: true, OverwriteAutoGenerated: true}
	m, s := merger(t, r), &store{}
	f := metadata.Field{Name: "email", DataType: "text", Comment: "comment"}
	auto := meaning(metadata.Attributes{Description: "[AUTO] Email"})
	s.sync(t, m, merge.Input{Source: one(&f), Meaning: auto})
	require.Equal(t, "[AUTO] Email", s.field(t, "email").Description)
	s.field(t, "email").Description = "mine"
	s.sync(t, m, merge.Input{Source: one(&f), Meaning: auto})
	require.Equal(t, "mine", s.field(t, "email").Description)
}

func TestWithoutAMeaningWhatWasGeneratedStays(t *testing.T) {
	m, s := merger(t, merge.Rules{Content: merge.ContentRules{OverwriteAutoGenerated: true}}), &store{}
	f := metadata.Field{Name: "email", DataType: "text"}
	s.sync(t, m, merge.Input{Source: one(&f), Meaning: meaning(metadata.Attributes{
		Description: "[AUTO] Email", SemanticType: "email", Tags: []string{"pii"}, IsPII: new(true), ValidValues: []string{"x"},
	})})
	before := *s.field(t, "email")
	out := s.sync(t, m, merge.Input{Source: one(&f)})
	require.Empty(t, out.Changes)
	require.Equal(t, before, *s.field(t, "email"))
}

func TestTextsThatALayerCannotKeepDoNotBecomeEdits(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	f := metadata.Field{Name: "x", DataType: "text", Comment: "caf\xe9 \x00 end"}
	s.sync(t, m, merge.Input{Source: one(&f)})
	require.Equal(t, "caf\uFFFD \uFFFD end", s.field(t, "x").Description)
}
