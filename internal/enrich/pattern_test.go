package enrich_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/metadata"
)

func TestCheckTemplate(t *testing.T) {
	for _, test := range []struct{ template, want string }{
		{"", ""},
		{"Plain text.", ""},
		{"{field_name} of {entity}: {action}, {table_name} in {database}, {data_type}", ""},
		{"{nothing}", "{nothing}"},
		{"{}", "{}"},
		{"{field_name", "never closed"},
		{"field_name}", "stands without"},
		{"{{field_name}}", "not known"},
	} {
		err := enrich.CheckTemplate(test.template)
		if test.want == "" {
			require.NoError(t, err, test.template)
		} else {
			require.ErrorContains(t, err, test.want, test.template)
		}
	}
}

func TestNewNamesPatternAndKey(t *testing.T) {
	for _, test := range []struct {
		name    string
		pattern enrich.Pattern
		skip    string
		want    []string
	}{
		{"bad expression", enrich.Pattern{Name: "ours", Pattern: "(x"}, "", []string{"ours", "pattern"}},
		{"bad match", enrich.Pattern{Name: "ours", Match: []enrich.Match{{Pattern: "a*"}, {Pattern: "[x"}}}, "", []string{"ours", "match[1]"}},
		{"bad template", enrich.Pattern{Name: "ours", Pattern: "a", DescriptionTemplate: "{what}"}, "", []string{"ours", "description_template", "{what}"}},
		{"no name", enrich.Pattern{Pattern: "a"}, "", []string{"pattern 1", "name"}},
		{"no pattern", enrich.Pattern{Name: "ours"}, "", []string{"ours", "pattern"}},
		{"confidence", enrich.Pattern{Name: "ours", Pattern: "a", Confidence: 1.5}, "", []string{"ours", "confidence"}},
		{"skip", enrich.Pattern{Name: "ours", Pattern: "a"}, "(", []string{"skip_fields_matching"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := enrich.DefaultConfig()
			c.Patterns = []enrich.Pattern{test.pattern}
			if test.skip != "" {
				c.SkipFieldsMatching = []string{test.skip}
			}
			_, err := enrich.New(c)
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestUserPatterns(t *testing.T) {
	e := newEnricher(t, func(c *enrich.Config) {
		c.SkipFieldsMatching = []string{"_airbyte_*"}
		c.Patterns = []enrich.Pattern{
			{Name: "ours", Pattern: "x_*", Tag: "ours", Tags: []string{"b", "a"}, DescriptionTemplate: "Our {field_name} of {table_name} in {database} ({data_type})", SemanticType: "code"},
			{Name: "badge", Match: []enrich.Match{{Pattern: "^badge_(no|id)$"}}, PIICategory: "national_id"},
			{Name: "public_mail", Pattern: "info_email", PIICategory: "none"},
			{Name: "postal_code", Pattern: "plz", Tag: "plz"},
		}
	})
	m := e.Table(&metadata.Table{
		ID: metadata.TableID{Source: "s", Database: "shop", Name: "customers"},
		Fields: []metadata.Field{
			{Name: "x_email", DataType: "text"},
			{Name: "BADGE_NO", DataType: "text"},
			{Name: "info_email", DataType: "text"},
			{Name: "_airbyte_ab_id", DataType: "text"},
			{Name: "zip_code", DataType: "text"},
		},
	})
	ours := m.Fields[0]
	require.Equal(t, "[AUTO] Our x_email of customers in shop (text)", ours.Description)
	require.Subset(t, ours.Tags, []string{"a", "b", "ours"})
	require.Equal(t, "code", ours.SemanticType)
	require.Equal(t, "email", ours.PIICategory, "what the pattern leaves empty comes from the built-in rules")
	require.Equal(t, "national_id", m.Fields[1].PIICategory)
	require.Equal(t, "restricted", m.Fields[1].DataClassification)
	require.NotNil(t, m.Fields[2].IsPII)
	require.False(t, *m.Fields[2].IsPII)
	require.Empty(t, m.Fields[2].PIICategory)
	if diff := cmp.Diff(enrich.Annotation{}, m.Fields[3]); diff != "" {
		t.Error("a skipped field gets nothing:\n" + diff)
	}
	require.NotContains(t, m.Fields[4].Tags, "postal_code", "the built-in pattern of that name is replaced")
}

func TestVersionFollowsConfig(t *testing.T) {
	one, same := newEnricher(t), newEnricher(t)
	other := newEnricher(t, func(c *enrich.Config) { c.Prefix = "" })
	require.Equal(t, one.Version(), same.Version())
	require.NotEqual(t, one.Version(), other.Version())
	require.NotEmpty(t, one.Version())
}

func TestSwitches(t *testing.T) {
	table := &metadata.Table{
		ID:     metadata.TableID{Source: "s", Database: "shop", Name: "customers"},
		Fields: []metadata.Field{{Name: "email", DataType: "text"}},
	}
	full := newEnricher(t).Table(table).Fields[0]
	require.NotEmpty(t, full.BusinessTerm)
	for _, test := range []struct {
		name string
		off  func(*enrich.Config)
		want func(*enrich.Annotation)
	}{
		{"descriptions", func(c *enrich.Config) { c.FieldDescriptions = false }, func(a *enrich.Annotation) { a.Description = "" }},
		{"tags", func(c *enrich.Config) { c.Tags = false }, func(a *enrich.Annotation) { a.Tags = nil }},
		{"personal data", func(c *enrich.Config) { c.PIIDetection = false }, func(a *enrich.Annotation) { a.IsPII, a.PIICategory = nil, "" }},
		{"terms", func(c *enrich.Config) { c.BusinessTerms = false }, func(a *enrich.Annotation) { a.BusinessTerm = "" }},
		{"classification", func(c *enrich.Config) { c.DataClassification = false }, func(a *enrich.Annotation) { a.DataClassification = "" }},
		{"prefix", func(c *enrich.Config) { c.Prefix = "" }, func(a *enrich.Annotation) { a.Description = a.Description[len("[AUTO] "):] }},
	} {
		want := full
		test.want(&want)
		got := newEnricher(t, test.off).Table(table).Fields[0]
		if test.name == "personal data" {
			got.Tags, want.Tags = nil, nil // without the category there may be fewer
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("without %s:\n%s", test.name, diff)
		}
	}
}
