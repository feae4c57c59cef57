package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/validate"
)

var lite = validate.SQL{Engine: validate.SQLite, Tables: `"table_metadata"`, Fields: `"field_metadata"`}

var users = metadata.TableID{Source: "shop", Database: "customers", Name: "users"}

func validator(tb testing.TB, change func(*validate.Config)) *validate.Validator {
	tb.Helper()
	c := validate.Config{SQL: lite}
	change(&c)
	v, err := validate.New(c)
	require.NoError(tb, err)
	return v
}

func field(name string, change func(*metadata.FieldRecord)) metadata.FieldRecord {
	f := metadata.FieldRecord{Table: users, Name: name}
	if change != nil {
		change(&f)
	}
	return f
}

func pii(f *metadata.FieldRecord) { f.IsPII = new(true) }

// TestRules tries each rule alone: on what it is for, and on what has what it wants.
func TestRules(t *testing.T) {
	ends := func(suffix string) func(string) bool {
		return func(s string) bool { return strings.HasSuffix(s, suffix) }
	}
	for name, c := range map[string]struct {
		rules  validate.Rules
		table  metadata.Attributes
		fields []metadata.FieldRecord
		want   []string // severity type field
	}{
		"a table without a description": {rules: validate.Rules{TableDescription: true}, table: metadata.Attributes{Description: " \n"}, want: []string{"error missing_table_description "}},
		"generated text counts":         {rules: validate.Rules{TableDescription: true}, table: metadata.Attributes{Description: "[AUTO] Users"}},
		"a table without an owner":      {rules: validate.Rules{TableOwner: true}, want: []string{"error missing_table_owner "}},
		"fields without descriptions": {
			rules: validate.Rules{FieldDescription: true},
			fields: []metadata.FieldRecord{
				field("a", nil), field("b", func(f *metadata.FieldRecord) { f.Description = "B" }), field("c", nil),
			},
			want: []string{"error missing_field_description a", "error missing_field_description c"},
		},
		"personal data": {
			rules: validate.Rules{PIIOwner: true, PIICategory: true, PIIClassified: true}, table: metadata.Attributes{Owner: "table's"},
			fields: []metadata.FieldRecord{
				field("email", pii), field("id", nil), field("no", func(f *metadata.FieldRecord) { f.IsPII = new(false) }),
				field("phone", func(f *metadata.FieldRecord) {
					f.IsPII, f.Owner, f.PIICategory, f.DataClassification = new(true), "crm", "phone", "confidential"
				}),
			},
			want: []string{"error missing_pii_owner email", "error missing_pii_category email", "error missing_data_classification email"},
		},
		"metrics": {
			rules: validate.Rules{MetricTerm: true},
			fields: []metadata.FieldRecord{
				field("total", func(f *metadata.FieldRecord) { f.SemanticType = "money" }), field("n", func(f *metadata.FieldRecord) { f.SemanticType = "quantity" }),
				field("m", func(f *metadata.FieldRecord) { f.SemanticType = "measure" }), field("d", func(f *metadata.FieldRecord) { f.SemanticType = "dimension" }),
				field("known", func(f *metadata.FieldRecord) { f.SemanticType, f.BusinessTerm = "money", "Revenue" }),
			},
			want: []string{"error missing_business_term total", "error missing_business_term n", "error missing_business_term m"},
		},
		"tags": {
			rules: validate.Rules{Tags: []validate.TagRule{
				{Match: ends("_id"), Tag: "key"}, {Match: ends("_id"), Tag: "Key", Severity: metadata.SeverityInfo}, {Match: ends("user_id"), Tag: "key", Severity: metadata.SeverityError},
			}},
			fields: []metadata.FieldRecord{
				field("user_id", nil), field("order_id", func(f *metadata.FieldRecord) { f.Tags = []string{"key"} }), field("total", nil),
			},
			want: []string{"error missing_tag user_id", "info missing_tag user_id", "info missing_tag order_id"},
		},
		"warnings only": {
			rules: validate.Rules{WarnOnly: true, TableOwner: true, Tags: []validate.TagRule{
				{Match: ends("a"), Tag: "x", Severity: metadata.SeverityError}, {Match: ends("a"), Tag: "y", Severity: metadata.SeverityInfo},
			}},
			fields: []metadata.FieldRecord{field("a", nil)},
			want:   []string{"warning missing_table_owner ", "warning missing_tag a", "info missing_tag a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := validator(t, func(conf *validate.Config) { conf.Rules = c.rules })
			var got []string
			keys := map[string]bool{}
			for _, f := range v.Check(&metadata.TableRecord{ID: users, Attributes: c.table}, c.fields) {
				got = append(got, fmt.Sprintf("%s %s %s", f.Severity, f.Type, f.Field))
				keys[f.Key()] = true
				require.Equal(t, users, f.Table)
				require.NotEmpty(t, f.Message)
			}
			require.Empty(t, cmp.Diff(c.want, got))
			require.Len(t, keys, len(got), "keys tell findings apart")
		})
	}
}

func TestFixes(t *testing.T) {
	where := ` WHERE source_name = 'shop' AND database_name = 'customers' AND table_name = 'users'`
	all := func(c *validate.Config) {
		c.Rules = validate.Rules{
			TableDescription: true, TableOwner: true, PIIOwner: true, PIICategory: true, PIIClassified: true,
			Tags: []validate.TagRule{{Match: func(string) bool { return true }, Tag: "it's", Hint: "Ask us"}},
		}
	}
	fixes := func(v *validate.Validator, owner string, fields ...metadata.FieldRecord) (out []string) {
		for _, f := range v.Check(&metadata.TableRecord{ID: users, Attributes: metadata.Attributes{Owner: owner}}, fields) {
			statement, _, _ := strings.Cut(f.Fix, " -- ")
			out = append(out, statement)
		}
		return out
	}
	email := field("e'mail", pii)
	require.Empty(t, cmp.Diff([]string{
		`UPDATE "table_metadata" SET description = :'description'` + where + `;`,
		`UPDATE "field_metadata" SET owner = 'sales'` + where + ` AND field_name = 'e''mail';`,
		`UPDATE "field_metadata" SET pii_category = :'pii_category'` + where + ` AND field_name = 'e''mail';`,
		`UPDATE "field_metadata" SET data_classification = 'confidential'` + where + ` AND field_name = 'e''mail';`,
		`UPDATE "field_metadata" SET tags = json_insert(coalesce(tags, '[]'), '$[#]', 'it''s')` + where + ` AND field_name = 'e''mail';`,
	}, fixes(validator(t, all), "sales", email)))

	guesses := 0
	guessing := func(c *validate.Config) {
		all(c)
		c.SQL = validate.SQL{Engine: validate.Postgres, Tables: `"s"."t"`, Fields: `"s"."f"`}
		c.Guess = func(_ *metadata.TableRecord, fields []metadata.FieldRecord) validate.Guess {
			guesses++
			require.Len(t, fields, 2)
			return validate.Guess{
				Table:  metadata.Attributes{Description: "The users"},
				Fields: []metadata.Attributes{{PIICategory: "email", DataClassification: "restricted"}},
			}
		}
	}
	crm := field("id", func(f *metadata.FieldRecord) { f.Owner, f.Tags = "crm", []string{"it's"} })
	require.Empty(t, cmp.Diff([]string{
		`UPDATE "s"."t" SET description = 'The users'` + where + `;`,
		`UPDATE "s"."t" SET owner = 'crm'` + where + `;`,
		`UPDATE "s"."f" SET owner = 'crm'` + where + ` AND field_name = 'e''mail';`,
		`UPDATE "s"."f" SET pii_category = 'email'` + where + ` AND field_name = 'e''mail';`,
		`UPDATE "s"."f" SET data_classification = 'restricted'` + where + ` AND field_name = 'e''mail';`,
		`UPDATE "s"."f" SET tags = array_append(coalesce(tags, '{}'), 'it''s')` + where + ` AND field_name = 'e''mail';`,
	}, fixes(validator(t, guessing), "", email, crm)))
	require.Equal(t, 1, guesses, "once a table")

	// Two owners are no guess.
	other := field("x", func(f *metadata.FieldRecord) { f.Owner, f.Tags = "ops", []string{"it's"} })
	require.Contains(t, fixes(validator(t, all), "", crm, other)[1], "SET owner = :'owner'")
}

func TestNewRefuses(t *testing.T) {
	some := validate.Rules{TableOwner: true}
	for name, c := range map[string]validate.Config{
		"no rules":             {SQL: lite},
		"no SQL for the engin": {Rules: some, SQL: validate.SQL{Engine: "oracle", Tables: "t", Fields: "f"}},
		"names of the layer's": {Rules: some, SQL: validate.SQL{Engine: validate.SQLite}},
		"tag rule 0: match":    {SQL: lite, Rules: validate.Rules{Tags: []validate.TagRule{{Tag: "x"}}}},
		"tag rule 0: severity": {SQL: lite, Rules: validate.Rules{Tags: []validate.TagRule{{Match: func(string) bool { return true }, Tag: "x", Severity: "grave"}}}},
	} {
		_, err := validate.New(c)
		require.ErrorContains(t, err, name)
	}
}

func TestKeysAreNotConfusedByNames(t *testing.T) {
	a := metadata.Finding{Type: "t", Table: metadata.TableID{Source: "a", Database: "b:1", Name: "c"}}
	b := metadata.Finding{Type: "t", Table: metadata.TableID{Source: "a", Database: "b", Name: "1:c"}}
	require.NotEqual(t, a.Key(), b.Key())
	louder := a
	louder.Severity, louder.Message, louder.Fix = "error", "m", "f"
	require.Equal(t, a.Key(), louder.Key())
}
