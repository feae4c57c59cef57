package layertest

import (
	"database/sql"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// definitionTables are all that definitions are written to.
var definitionTables = []string{
	"declared_tables", "glossary", "governance", "field_relationships", "field_lineage", "table_dependencies", "impact_analysis",
}

func ref(text string) metadata.Reference {
	r, err := metadata.ParseReference(text)
	if err != nil {
		panic(err)
	}
	return r
}

// definitions are a set with something of everything.
func definitions() *metadata.Definitions {
	yes := true
	return &metadata.Definitions{
		Tables: map[metadata.TableID]metadata.DeclaredTable{
			{Database: "shop", Name: "orders"}: {Digest: "d1", Declared: metadata.Declared{
				Table:  &metadata.Attributes{Description: `it's "so"`, Tags: []string{"a", "b"}},
				Fields: map[string]*metadata.Attributes{"id": {IsPII: &yes}},
				Notes:  map[string]metadata.FieldNote{"id": {Type: "int", EditedBy: "ann", LastManualEdit: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}},
			}},
			{Source: "crm", Database: "shop", Name: "orders"}: {Digest: "d2", Declared: metadata.Declared{Table: &metadata.Attributes{Owner: "crm"}}},
			{Database: "a.b", Name: "ü'"}:                     {Digest: "d3"},
		},
		Terms: []metadata.Term{
			{Name: "Bare"},
			{
				Name: "Order value", Abbreviation: "OV", Definition: "d", Owner: "o", RelatedFields: []string{"shop.a.b", "shop.orders.id"}, BusinessRule: "r",
				LastReviewed: time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC),
			},
		},
		Policies: []metadata.Policy{
			{Policy: "audit", Value: "true"},
			{On: ref("shop.orders"), Policy: "retention_days", Value: "30", Owner: "legal", Description: "law"},
			{On: ref("crm:shop.orders.id"), Policy: "retention_days", Value: "40"},
		},
		Relationships: []metadata.Relationship{{
			Name: "fk", From: ref("shop.orders.customer"), To: ref("shop.customers.id"), Type: "foreign_key", Cardinality: metadata.ManyToOne,
			JoinLogic: "x = y", Description: "d", Criticality: metadata.CriticalityHigh, Origin: metadata.FromDefinitions, Confidence: 1,
		}},
		Lineage: []metadata.LineageEdge{
			{Name: "n", From: ref("shop.orders.sum"), To: ref("shop.sums.total"), Transformation: "sum", Description: "d", Criticality: metadata.CriticalityCritical},
			{From: ref("shop.sums.total"), To: ref("shop.orders.sum")},
		},
		Dependencies: []metadata.Dependency{{From: ref("shop.z"), To: ref("shop.orders"), Type: "declared"}},
	}
}

// lines gives the rows of a query, each as its values with bars between them.
func (f *fixture) lines(query string) (out []string) {
	f.Helper()
	rows, err := f.a.DB().QueryContext(f.Context(), query)
	f.must(err)
	defer func() { f.must(rows.Close()) }()
	columns, err := rows.Columns()
	f.must(err)
	for rows.Next() {
		values, dest := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		f.must(rows.Scan(dest...))
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = v.String
		}
		out = append(out, strings.Join(texts, "|"))
	}
	f.must(rows.Err())
	return out
}

func (f *fixture) replace(set *metadata.Definitions) layer.Replaced {
	f.Helper()
	out, err := f.a.ReplaceDefinitions(f.Context(), f.lease, f.newRun(), set)
	f.must(err)
	return out
}

func (f *fixture) relationships() []string {
	f.Helper()
	return f.lines("SELECT source_name, from_field, to_field, origin FROM " + f.Table("field_relationships") +
		" WHERE removed_at IS NULL ORDER BY source_name, from_field, to_field, origin")
}

func (f *fixture) definitionsArrive() {
	ctx := f.Context()
	require.Equal(f, layer.Replaced{Impacts: 9}, f.replace(definitions()))
	require.Equal(f, []string{"Bare||||", "Order value|OV|d|o|r"},
		f.lines("SELECT term, abbreviation, definition, owner, business_rule FROM "+f.Table("glossary")+" ORDER BY term"))
	require.Equal(f, []string{"|||audit|true||", "shop|orders||retention_days|30|legal|law", "shop|orders|id|retention_days|40||"},
		f.lines("SELECT database_name, table_name, field_name, policy, value, owner, description FROM "+f.Table("governance")+" ORDER BY policy, value"))
	require.Equal(f, []string{
		"shop.z|shop.orders|declared|definitions", "shop.customers|shop.orders|foreign_key|derived",
		"shop.orders|shop.sums|lineage|derived", "shop.sums|shop.orders|lineage|derived",
	},
		f.lines("SELECT from_table, to_table, dependency_type, origin FROM "+f.Table("table_dependencies")+" ORDER BY dependency_type, from_table"))
	require.Equal(f, []string{
		"shop.customers|shop.orders|1|table|high", "shop.customers|shop.sums|2|table|critical", "shop.customers.id|shop.orders.customer|1|field|high",
		"shop.orders|shop.sums|1|table|critical", "shop.orders.sum|shop.sums.total|1|field|critical", "shop.sums|shop.orders|1|table|",
		"shop.sums.total|shop.orders.sum|1|field|", "shop.z|shop.orders|1|table|", "shop.z|shop.sums|2|table|critical",
	}, f.lines("SELECT changed_field, affected_field, distance, level, criticality FROM "+f.Table("impact_analysis")+" ORDER BY changed_field, affected_field"))

	orders := metadata.TableID{Source: "warehouse", Database: "shop", Name: "orders"}
	ofCRM := metadata.TableID{Source: "crm", Database: "shop", Name: "orders"}
	odd := metadata.TableID{Source: "x", Database: "a.b", Name: "ü'"}
	declared, err := f.b.Declared(ctx, metadata.Run{}, []metadata.TableID{orders, ofCRM, odd, id(1)})
	f.must(err)
	set := definitions()
	require.Equal(f, map[metadata.TableID]metadata.DeclaredTable{
		orders: set.Tables[metadata.TableID{Database: "shop", Name: "orders"}], ofCRM: set.Tables[ofCRM],
		odd: set.Tables[metadata.TableID{Database: "a.b", Name: "ü'"}],
	}, declared)
	none, err := f.b.Declared(ctx, metadata.Run{}, nil)
	f.must(err)
	require.Empty(f, none)
	digests, err := f.b.DeclaredDigests(ctx)
	f.must(err)
	require.Equal(f, map[metadata.TableID]string{{Database: "shop", Name: "orders"}: "d1", ofCRM: "d2", {Database: "a.b", Name: "ü'"}: "d3"}, digests)
}

func (f *fixture) unchangedDefinitions() {
	f.exec("INSERT INTO " + f.Table("glossary") + " (term, definition) VALUES ('Order value', 'mine')")
	f.replace(definitions())
	for _, table := range definitionTables {
		require.NotZero(f, f.count("SELECT count(*) FROM "+f.Table(table)), table)
	}
	run := f.newRun()
	versions := f.Versions(f.T, f.b, definitionTables)
	before := versions()
	for range 2 {
		_, err := f.a.ReplaceDefinitions(f.Context(), f.lease, run, definitions())
		f.must(err)
		_, err = f.a.RefreshImpact(f.Context(), f.lease, run)
		f.must(err)
	}
	require.Equal(f, before, versions(), "nothing was written")

	set := definitions()
	set.Terms[0].Owner = "new"
	_, err := f.a.ReplaceDefinitions(f.Context(), f.lease, run, set)
	f.must(err)
	require.NotEqual(f, before, versions(), "what is looked at does show a change")
}

func (f *fixture) rowsOfPeople() {
	for table, insert := range map[string]string{
		"glossary":            "(term, definition) VALUES ('Order value', 'mine'), ('Mine', 'mine')",
		"governance":          "(database_name, table_name, policy, value) VALUES ('shop', 'orders', 'retention_days', '1')",
		"field_relationships": "(from_field, to_field) VALUES ('shop.orders.customer', 'shop.customers.id'), ('anything', 'at all')",
		"field_lineage":       "(from_field, to_field) VALUES ('shop.orders.sum', 'shop.sums.total'), ('shop.sums.total', 'shop.report.x')",
		"table_dependencies":  "(source_name, from_table, to_table, dependency_type) VALUES ('', 'shop.orders', 'shop.sums', 'lineage'), ('', 'shop.mine', 'shop.z', 'mine')",
		"impact_analysis":     "(changed_field, affected_field, distance) VALUES ('shop.orders.sum', 'shop.sums.total', 7)",
	} {
		f.exec("INSERT INTO " + f.Table(table) + " " + insert)
	}
	ours := func() (out []string) {
		for _, q := range []string{
			"term, definition, origin FROM " + f.Table("glossary"), "policy, value, origin FROM " + f.Table("governance"),
			"from_field, to_field, origin FROM " + f.Table("field_relationships"), "from_field, to_field, origin FROM " + f.Table("field_lineage"),
			"from_table, to_table, origin FROM " + f.Table("table_dependencies"), "changed_field, distance, origin FROM " + f.Table("impact_analysis"),
		} {
			out = append(out, f.lines("SELECT "+q+" WHERE origin = 'manual' ORDER BY 1, 2")...)
		}
		return out
	}
	before := ours()
	require.Equal(f, []string{"Order value"}, f.replace(definitions()).Kept)
	require.Equal(f, before, ours())
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("impact_analysis")+
		" WHERE changed_field = 'shop.mine' AND affected_field = 'shop.report' AND distance = 4 AND origin = 'derived'"), "what people wrote counts")

	f.replace(&metadata.Definitions{})
	require.Equal(f, before, ours())
	for _, table := range definitionTables[1:] {
		require.Zero(f, f.count("SELECT count(*) FROM "+f.Table(table)+" WHERE origin = 'definitions'"), "%s: what the files do not say any more is gone", table)
	}
	require.Zero(f, f.count("SELECT count(*) FROM "+f.Table("declared_tables")))
}

func (f *fixture) changedDefinitions() {
	f.replace(definitions())
	set := definitions()
	set.Terms, set.Terms[1].Owner = set.Terms[1:], "other"
	set.Policies, set.Policies[0].Value = set.Policies[:1], "false"
	set.Relationships[0].Cardinality = metadata.OneToOne
	set.Lineage, set.Lineage[0].Transformation = set.Lineage[:1], "other"
	one := metadata.TableID{Database: "shop", Name: "orders"}
	set.Tables = map[metadata.TableID]metadata.DeclaredTable{one: {Digest: "new", Declared: metadata.Declared{Table: &metadata.Attributes{Owner: "new"}}}}
	f.replace(set)
	require.Equal(f, []string{"Order value|other"}, f.lines("SELECT term, owner FROM "+f.Table("glossary")))
	require.Equal(f, []string{"audit|false"}, f.lines("SELECT policy, value FROM "+f.Table("governance")))
	require.Equal(f, []string{"one_to_one"}, f.lines("SELECT cardinality FROM "+f.Table("field_relationships")))
	require.Equal(f, []string{"other"}, f.lines("SELECT transformation FROM "+f.Table("field_lineage")))
	declared, err := f.a.Declared(f.Context(), metadata.Run{}, []metadata.TableID{{Source: "s", Database: "shop", Name: "orders"}})
	f.must(err)
	require.Equal(f, map[metadata.TableID]metadata.DeclaredTable{{Source: "s", Database: "shop", Name: "orders"}: set.Tables[one]}, declared)
	require.Zero(f, f.count("SELECT count(*) FROM "+f.Table("impact_analysis")+" WHERE changed_field = 'shop.sums.total'"))
}

func (f *fixture) definitionsAreFenced() {
	stale := f.lease
	f.must(f.a.Resign(f.Context(), f.lease))
	f.lease = f.campaign(f.b)
	_, err := f.a.ReplaceDefinitions(f.Context(), stale, f.newRun(), definitions())
	require.ErrorIs(f, err, layer.ErrDeposed)
	_, err = f.a.RefreshImpact(f.Context(), stale, f.newRun())
	require.ErrorIs(f, err, layer.ErrDeposed)
	require.ErrorIs(f, f.a.ReplaceProposals(f.Context(), stale, nil), layer.ErrDeposed)
	for _, table := range definitionTables {
		require.Zero(f, f.count("SELECT count(*) FROM "+f.Table(table)), table)
	}
}

// found commits tables with what their keys say.
func (f *fixture) found(reason metadata.Reason, rels map[metadata.TableID][]metadata.Relationship, ids ...metadata.TableID) {
	f.Helper()
	run := f.plan(planned(reason, 0, ids...))
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	_, err := f.a.Commit(f.Context(), w, c.Run, c.Tables, func(current []layer.Current) ([]layer.Effect, error) {
		effects, err := think(c.Tables)(current)
		for i := range effects {
			effects[i].Relationships = rels[c.Tables[i].Table]
			if reason == metadata.ReasonDropped {
				effects[i].State = nil
			}
		}
		return effects, err
	})
	f.must(err)
	_, final := f.advance(run)
	require.True(f, final)
}

func joins(from, to metadata.TableID, field string, origin metadata.Provenance) metadata.Relationship {
	return metadata.Relationship{
		From: metadata.Reference{TableID: from, Field: field}, To: metadata.Reference{TableID: to, Field: "id"},
		Type: "foreign_key", Cardinality: metadata.ManyToOne, Origin: origin, Confidence: 1,
	}
}

func (f *fixture) foundRelationships() {
	one, two := joins(id(1), id(3), "a", metadata.FromSource), joins(id(2), id(3), "a", metadata.FromSource)
	twice := []metadata.Relationship{one, one}
	f.found(metadata.ReasonNew, map[metadata.TableID][]metadata.Relationship{id(1): twice, id(2): {two}}, id(1), id(2))
	both := []string{"src|db.t001.a|db.t003.id|source", "src|db.t002.a|db.t003.id|source"}
	require.Equal(f, both, f.relationships())

	f.found(metadata.ReasonChanged, nil, id(1), id(2))
	require.Equal(f, both, f.relationships(), "nil leaves them")
	other := joins(id(1), id(3), "b", metadata.FromSource)
	f.found(metadata.ReasonChanged, map[metadata.TableID][]metadata.Relationship{id(1): {other}}, id(1))
	require.Equal(f, []string{"src|db.t001.b|db.t003.id|source", both[1]}, f.relationships())
	f.found(metadata.ReasonChanged, map[metadata.TableID][]metadata.Relationship{id(1): {}}, id(1))
	require.Equal(f, both[1:], f.relationships(), "an empty list takes them back")
	f.found(metadata.ReasonDropped, nil, id(2))
	require.Empty(f, f.relationships(), "a table that is gone has none")
}

func (f *fixture) strongerRelationships() {
	ctx := f.Context()
	key := joins(id(1), id(3), "a", metadata.FromSource)
	guess := joins(id(1), id(3), "a", metadata.FromProposal)
	guess.Type, guess.Confidence, guess.Evidence = "inferred", 0.8, "a test"
	own := joins(id(2), id(3), "a", metadata.FromProposal)
	f.must(f.a.ReplaceProposals(ctx, f.lease, []metadata.Relationship{guess, own}))
	proposed := "src|db.t002.a|db.t003.id|proposed"
	require.Equal(f, []string{"src|db.t001.a|db.t003.id|proposed", proposed}, f.relationships())
	_, err := f.a.RefreshImpact(ctx, f.lease, f.newRun())
	f.must(err)
	require.Zero(f, f.count("SELECT count(*) FROM "+f.Table("impact_analysis")), "guesses have no impact")

	f.found(metadata.ReasonNew, map[metadata.TableID][]metadata.Relationship{id(1): {key}}, id(1))
	f.must(f.a.ReplaceProposals(ctx, f.lease, []metadata.Relationship{guess, own}))
	require.Equal(f, []string{"src|db.t001.a|db.t003.id|source", proposed}, f.relationships(), "a key goes before a guess")

	// The same fields, the other way round and for any source.
	set := &metadata.Definitions{Relationships: []metadata.Relationship{{
		From: ref("db.t003.id"), To: ref("db.t001.a"), Type: "foreign_key", Cardinality: metadata.OneToMany, Origin: metadata.FromDefinitions,
	}}}
	f.replace(set)
	declared := []string{"|db.t003.id|db.t001.a|definitions", proposed}
	require.Equal(f, declared, f.relationships(), "a file goes before a key")
	f.found(metadata.ReasonChanged, map[metadata.TableID][]metadata.Relationship{id(1): {key}}, id(1))
	require.Equal(f, declared, f.relationships(), "also when the key is found again")

	f.exec("UPDATE " + f.Table("field_relationships") + " SET removed_at = updated_at WHERE from_field = 'db.t002.a'")
	f.replace(&metadata.Definitions{})
	f.must(f.a.ReplaceProposals(ctx, f.lease, []metadata.Relationship{guess, own}))
	require.Equal(f, []string{"src|db.t001.a|db.t003.id|source"}, f.relationships(), "what the file hid is back; what a person removed is not")
	require.ErrorContains(f, f.a.ReplaceProposals(ctx, f.lease, []metadata.Relationship{key}), "origin")

	f.must(f.a.ReplaceProposals(ctx, f.lease, nil))
	require.Equal(f, 1, f.count("SELECT count(*) FROM "+f.Table("field_relationships")+" WHERE origin = 'proposed'"), "a person's no is remembered")
}

func (f *fixture) dryRelationships() {
	run := f.plan(planned(metadata.ReasonNew, 0, id(1)), func(s *metadata.RunSettings) { s.DryRun = true })
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	_, err := f.a.Commit(f.Context(), w, c.Run, c.Tables, func(current []layer.Current) ([]layer.Effect, error) {
		effects, err := think(c.Tables)(current)
		effects[0].Relationships = []metadata.Relationship{joins(id(1), id(3), "a", metadata.FromSource)}
		return effects, err
	})
	f.must(err)
	require.Empty(f, f.relationships())
}
