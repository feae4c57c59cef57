package merge_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// plainTable is a table of an engine without stable ids, its fields given as name and type.
func plainTable(id metadata.TableID, fields ...string) *metadata.Table {
	t := &metadata.Table{ID: id, Kind: metadata.KindTable, EstimatedRows: -1}
	for i := 0; i < len(fields); i += 2 {
		t.Fields = append(t.Fields, metadata.Field{Name: fields[i], Ordinal: i/2 + 1, DataType: fields[i+1]})
	}
	return t
}

// proposed gives the renamings that were proposed, as "old>new".
func proposed(out *merge.Output) (list []string) {
	for i := range out.Changes {
		if c := &out.Changes[i]; c.Held == metadata.HeldAsRename {
			list = append(list, c.Old+">"+c.New)
		}
	}
	return list
}

func TestWhichRenamesAreProposed(t *testing.T) {
	before := []string{"id", "int", "a", "text", "b", "text", "n", "int"}
	for name, test := range map[string]struct{ after, want []string }{
		"one at its place":              {[]string{"id", "int", "x", "text", "b", "text", "n", "int"}, []string{"a>x"}},
		"two at their places":           {[]string{"id", "int", "x", "text", "y", "text", "n", "int"}, []string{"a>x", "b>y"}},
		"the only one of its type":      {[]string{"id", "int", "b", "text", "n", "int", "x", "text"}, []string{"a>x"}},
		"another type":                  {[]string{"id", "int", "x", "date", "b", "text", "n", "int"}, nil},
		"nobody can tell which":         {[]string{"id", "int", "n", "int", "k", "int", "l", "int", "x", "text", "y", "text"}, nil},
		"two new ones for one gone":     {[]string{"id", "int", "b", "text", "n", "int", "x", "text", "y", "text"}, nil},
		"only new ones":                 {append(slices.Clone(before), "x", "text"), nil},
		"places go before being alone":  {[]string{"id", "int", "x", "text", "n", "int", "y", "text"}, []string{"a>x", "b>y"}},
		"one came back under its name":  {before, nil},
		"the type at the place differs": {[]string{"id", "int", "x", "date", "b", "text", "n", "int", "y", "text"}, []string{"a>y"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, s := merger(t, merge.DefaultRules()), &store{}
			s.sync(t, m, merge.Input{Source: plainTable(orders, before...)})
			out := s.sync(t, m, merge.Input{Source: plainTable(orders, test.after...)})
			require.Equal(t, test.want, proposed(&out))
		})
	}
}

// TestStableIDsNeedNoProposal: where fields have ids, a new id is another field.
func TestStableIDsNeedNoProposal(t *testing.T) {
	m, s := merger(t, merge.DefaultRules()), &store{}
	table := plainTable(orders, "a", "text")
	table.Fields[0].ObjectID = "1"
	s.sync(t, m, merge.Input{Source: table})
	table = plainTable(orders, "b", "text")
	table.Fields[0].ObjectID = "2"
	out := s.sync(t, m, merge.Input{Source: table})
	require.Empty(t, proposed(&out))
}

// renamed is a layer in which a field that people wrote about went, and another one came.
func renamed(t *testing.T) (*merge.Merger, *store, []metadata.Change) {
	t.Helper()
	m, s := merger(t, merge.DefaultRules()), &store{}
	was := merge.Input{Source: plainTable(orders, "mail", "text"), Meaning: meaning(metadata.Attributes{Description: "[AUTO] Mail.", Tags: []string{"contact", "old"}, Owner: "gen"})}
	s.sync(t, m, was)
	f := s.field(t, "mail")
	f.Description, f.Origin, f.Tags, f.StewardEmail, f.PIICategory = "Where we write to.", metadata.OriginManual, []string{"contact", "vip"}, "ana@example.org", "email"
	is := merge.Input{Source: plainTable(orders, "email", "text"), Meaning: meaning(metadata.Attributes{Description: "[AUTO] Email.", Tags: []string{"contact", "new", "old"}, Owner: "gen2", PIICategory: "email"})}
	out := s.sync(t, m, is)
	waiting := slices.DeleteFunc(slices.Clone(out.Changes), func(c metadata.Change) bool { return c.Held != metadata.HeldAsRename })
	require.Len(t, waiting, 1)
	require.Equal(t, "[AUTO] Email.", s.field(t, "email").Description, "until somebody agrees")
	return m, s, waiting
}

func TestApprovedRenameMovesWhatPeopleWrote(t *testing.T) {
	m, s, waiting := renamed(t)
	s.field(t, "email").BusinessTerm = "Email Address" // written meanwhile
	rev, err := merge.Apply(s.table, s.fields, waiting, nil)
	require.NoError(t, err)
	require.Empty(t, rev.Refused)
	require.Equal(t, []string{"email"}, rev.Delete)
	s.revise(t, &rev)
	check := func() {
		require.Len(t, s.fields, 1)
		f := s.field(t, "email")
		require.False(t, f.Removed)
		require.Equal(t, "Where we write to.", f.Description)
		require.Equal(t, metadata.OriginManual, f.Origin)
		require.Equal(t, []string{"contact", "new", "vip"}, f.Tags)
		require.Equal(t, "ana@example.org", f.StewardEmail)
		require.Equal(t, "Email Address", f.BusinessTerm)
		require.Equal(t, "gen2", f.Owner, "what was only generated is the new name's")
	}
	check()
	// It is known as a person's from now on, even where semsync would write the same.
	s.sync(t, m, merge.Input{Source: plainTable(orders, "email", "text"), Meaning: meaning(metadata.Attributes{Description: "[AUTO] Other.", Tags: []string{"contact", "new", "old"}, Owner: "gen2", PIICategory: "phone"})})
	check()
	require.Equal(t, "email", s.field(t, "email").PIICategory)
}

func TestRejectedRenameLeavesBoth(t *testing.T) {
	_, s, waiting := renamed(t)
	before := s.shown()
	rev, err := merge.Reject(s.table, s.fields, waiting)
	require.NoError(t, err)
	require.Len(t, rev.Settled, 1)
	s.revise(t, &rev)
	require.Equal(t, before, s.shown())
}

func TestRenameIsRefusedWhereThingsMoved(t *testing.T) {
	m, s, waiting := renamed(t)
	s.sync(t, m, merge.Input{Source: plainTable(orders, "email", "text", "mail", "text")})
	rev, err := merge.Apply(s.table, s.fields, waiting, nil)
	require.NoError(t, err)
	require.Empty(t, rev.Settled)
	require.Equal(t, `the field "mail" is in the source too`, rev.Refused[0].Why)

	s.sync(t, m, merge.Input{Source: plainTable(orders, "mail", "text")})
	rev, err = merge.Apply(s.table, s.fields, waiting, nil)
	require.NoError(t, err)
	require.Equal(t, `there is no field "email"`, rev.Refused[0].Why)
}

// TestApprovedTableRename: the new table has what people wrote of the old one, of fields that it has no more too, and the old rows go.
func TestApprovedTableRename(t *testing.T) {
	m, old, s := merger(t, merge.DefaultRules()), &store{}, &store{}
	old.sync(t, m, merge.Input{Source: plainTable(orders, "id", "int", "gone", "int")})
	old.sync(t, m, merge.Input{Source: plainTable(orders, "id", "int")})
	old.table.Owner, old.field(t, "id").Description, old.field(t, "gone").Owner = "ana", "The key.", "bea"
	tombstone := removed(t, old.table, old.fields)
	old.apply(t, &tombstone)
	to := orders
	to.Name = "purchases"
	s.sync(t, m, merge.Input{Source: plainTable(to, "id", "int")})

	change, err := merge.ProposedTable(orders, to)
	require.NoError(t, err)
	id, err := merge.FormerName(&change)
	require.NoError(t, err)
	require.Equal(t, orders, id)
	former := map[string]merge.Former{orders.Qualified(): {Table: old.table, Fields: old.fields}}
	rev, err := merge.Apply(s.table, s.fields, []metadata.Change{change}, former)
	require.NoError(t, err)
	require.Empty(t, rev.Refused)
	require.Len(t, rev.Former, 1)
	s.revise(t, &rev)
	require.Equal(t, "ana", s.table.Owner)
	require.Equal(t, "The key.", s.field(t, "id").Description)
	require.Equal(t, "bea", s.field(t, "gone").Owner)
	require.True(t, s.field(t, "gone").Removed)
	s.sync(t, m, merge.Input{Source: plainTable(to, "id", "int")})
	require.Equal(t, "ana", s.table.Owner)

	back := *old.table
	back.Removed = false
	for why, former := range map[string]merge.Former{
		"there is no table wh:shop.orders":              {},
		"the table wh:shop.orders is in the source too": {Table: &back},
	} {
		rev, err := merge.Apply(s.table, s.fields, []metadata.Change{change}, map[string]merge.Former{orders.Qualified(): former})
		require.NoError(t, err)
		require.Equal(t, why, rev.Refused[0].Why)
		require.Empty(t, rev.Former)
	}
}
