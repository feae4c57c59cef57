package definitions

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

var update = flag.Bool("update", false, "rewrite the expected parts of golden files")

// TestGoldenErrors loads the files of each archive and compares what is said about them.
func TestGoldenErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			home, err := filepath.Abs(name)
			require.NoError(t, err)
			archive, err := txtar.ParseFile(name)
			require.NoError(t, err)
			t.Chdir(t.TempDir())
			want := -1
			for i, f := range archive.Files {
				if f.Name == "problems" {
					want = i
					continue
				}
				require.NoError(t, os.WriteFile(f.Name, f.Data, 0o600))
			}
			_, err = Load(Config{DataDictionary: []string{"*.yaml"}})
			require.Error(t, err)
			got := err.Error() + "\n"
			if *update {
				archive.Files[want].Data = []byte(got)
				require.NoError(t, os.WriteFile(home, txtar.Format(archive), 0o600))
				return
			}
			require.Equal(t, string(archive.Files[want].Data), got)
		})
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func load(t *testing.T, text string) *Set {
	t.Helper()
	set, err := Load(Config{DataDictionary: []string{write(t, "d.yaml", text)}})
	require.NoError(t, err)
	return set
}

func problem(t *testing.T, c Config) string {
	t.Helper()
	_, err := Load(c)
	problems, ok := errors.AsType[Problems](err)
	require.True(t, ok, "%v", err)
	return problems.Error()
}

func TestDigestsTellContentApart(t *testing.T) {
	a := load(t, "tables:\n  shop.a: {owner: x, tags: [b, a]}\n  shop.b:\n    description: |\n      text\n")
	b := load(t, "# another look\ntables:\n  shop.b: {description: text}\n  shop.a:\n    tags: [a, b, b]\n    owner: x\n")
	require.Equal(t, a, b)
	c := load(t, "tables: {shop.a: {owner: y, tags: [b, a]}, shop.b: {description: text}}")
	require.NotEqual(t, a.Digest, c.Digest)
	one := metadata.TableID{Database: "shop", Name: "a"}
	two := metadata.TableID{Database: "shop", Name: "b"}
	require.NotEqual(t, a.Tables[one].Digest, c.Tables[one].Digest)
	require.Equal(t, a.Tables[two].Digest, c.Tables[two].Digest)
	require.Len(t, a.Digest, 64)
	d := load(t, "tables: {shop.a: {owner: x, tags: [b, a]}, shop.b: {description: text}}\nglossary: [{term: A, definition: B}]")
	require.NotEqual(t, a.Digest, d.Digest, "every section counts")
}

func TestPathsAndGlobs(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		text := "glossary: [{term: T" + strconv.Itoa(i) + ", definition: d}]"
		require.NoError(t, os.WriteFile(filepath.Join(dir, strconv.Itoa(i)+".yaml"), []byte(text), 0o600))
	}
	set, err := Load(Config{Glossary: []string{filepath.Join(dir, "*.yaml"), filepath.Join(dir, "1.yaml")}, Governance: []string{filepath.Join(dir, "2.yaml")}})
	require.NoError(t, err)
	require.Len(t, set.Terms, 3, "a file that is named twice is read once")

	text := problem(t, Config{Glossary: []string{filepath.Join(dir, "no*.yaml"), filepath.Join(dir, "gone.yaml"), dir, filepath.Join(dir, "[x")}})
	for _, want := range []string{
		"definitions.glossary_path: no file matches the pattern (correct the pattern",
		"gone.yaml: definitions.glossary_path: there is no such file (correct the path",
		"cannot be read: it is a folder",
		"is not a pattern for files",
	} {
		require.Contains(t, text, want)
	}
}

func TestFilesAreBounded(t *testing.T) {
	big := write(t, "big.yaml", "description: "+strings.Repeat("x", maxFileSize))
	require.Contains(t, problem(t, Config{Glossary: []string{big}}), "it has more than the 16777216 bytes that are allowed")

	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		n := strconv.Itoa(i)
		bomb.WriteString("a" + n + ": &a" + n + " [" + strings.Repeat("*a"+strconv.Itoa(i-1)+", ", 9) + "x]\n")
	}
	require.Contains(t, problem(t, Config{Glossary: []string{write(t, "bomb.yaml", bomb.String())}}), "holds more than 2000000 values")
}

func TestReferencesMustBeKnownWhereThatCanBeAsked(t *testing.T) {
	path := write(t, "r.yaml", "tables: {shop.later: {owner: x}}\nfield_relationships:\n- {from_field: shop.a.b, to_field: shop.a.c}\n")
	known := func(r metadata.Reference) bool { return r.String() == "shop.a.b" }
	require.Equal(t, path+`:3:36: field_relationships[0].to_field: "shop.a.c" is not known (correct the name, or sync the table first)`,
		problem(t, Config{Relationships: []string{path}, Known: known}))
	_, err := Load(Config{Relationships: []string{path}})
	require.NoError(t, err)
}

func TestEveryKeyArrives(t *testing.T) {
	set := load(t, everything)
	table := set.Tables[metadata.TableID{Source: "crm", Database: "my.db", Name: "users"}].Declared
	require.Equal(t, &metadata.Attributes{
		Description: "People", Owner: "sales", StewardEmail: "s@example.com", RefreshCadence: "daily", Tags: []string{"a", "b"},
		DataClassification: "internal", BusinessTerm: "Person",
	}, table.Table)
	yes := true
	require.Equal(t, &metadata.Attributes{
		Description: "Mail", Tags: []string{"pii"}, SemanticType: "email", BusinessTerm: "E-mail", IsPII: &yes, PIICategory: "email",
		Owner: "sales", StewardEmail: "s@example.com", DataClassification: "restricted", ValidValues: []string{"b", "1", "true"},
	}, table.Fields["email"])
	require.Equal(t, "text", table.Notes["email"].Type)
	require.Equal(t, "ann", table.Notes["email"].EditedBy)
	require.Equal(t, "2026-01-31", table.Notes["email"].LastManualEdit.Format("2006-01-02"))
	require.NotContains(t, table.Fields, "empty", "what says nothing declares nothing")

	field := metadata.Reference{TableID: metadata.TableID{Source: "crm", Database: "my.db", Name: "users"}, Field: "email"}
	require.Equal(t, []metadata.Policy{
		{Policy: "audit", Value: "true"},
		{On: field.Table(), Policy: "created_date", Value: "2024-06-01"},
		{On: field, Policy: "business_rule", Value: "must be verified", Owner: "sales"},
		{On: field, Policy: "sla_max_staleness_hours", Value: "1.5", Owner: "sales"},
		{On: field, Policy: "sla_refresh_frequency", Value: "hourly", Owner: "sales"},
		{On: metadata.Reference{TableID: metadata.TableID{Database: "shop", Name: "a"}}, Policy: "retention_days", Value: "30", Owner: "legal", Description: "law"},
	}, set.Policies)
	require.Len(t, set.Terms, 1)
	require.Equal(t, []string{"shop.a.x", "shop.b.y"}, set.Terms[0].RelatedFields)
	require.Len(t, set.Relationships, 1, "one is not active")
	require.Equal(t, metadata.ManyToOne, set.Relationships[0].Cardinality)
	require.Equal(t, "references", set.Relationships[0].Type)
	require.Equal(t, metadata.CriticalityHigh, set.Relationships[0].Criticality)
	require.Len(t, set.Lineage, 2)
	require.Equal(t, "SQL: sum(x)", set.Lineage[0].Transformation)
	require.Equal(t, "the other", set.Lineage[1].Description)
	require.Len(t, set.Dependencies, 2, "both sides may name one")
}

func TestLineageAsAList(t *testing.T) {
	set := load(t, "field_lineage:\n- {name: n, from_field: a.b.c, to_field: a.b.d, transformation: t, description: e, criticality: low}\n")
	require.Equal(t, "t", set.Lineage[0].Transformation)
	require.Equal(t, metadata.CriticalityLow, set.Lineage[0].Criticality)
}

func TestExamplesLoad(t *testing.T) {
	dir := filepath.FromSlash("../../examples/definitions/")
	set, err := Load(Config{
		DataDictionary: []string{dir + "dictionary.yaml"}, Glossary: []string{dir + "glossary.yaml"},
		Relationships: []string{dir + "relationships.yaml"}, Governance: []string{dir + "governance.yaml"},
	})
	require.NoError(t, err)
	require.NotEmpty(t, set.Tables)
	require.NotEmpty(t, set.Terms)
	require.NotEmpty(t, set.Relationships)
	require.NotEmpty(t, set.Lineage)
	require.NotEmpty(t, set.Policies)
}

const everything = `
version: "1.0"
last_synced: 2026-02-15T00:00:00Z
description: all there is
tables:
  'crm:"my.db".users':
    description: People
    owner: sales
    steward_email: s@example.com
    refresh_cadence: daily
    tags: [b, a]
    data_classification: internal
    business_term: Person
    created_date: 2024-06-01
    fields:
      - name: email
        type: text
        description: |
          Mail
        tags: [pii]
        semantic_type: email
        business_term: E-mail
        is_pii: true
        pii_category: email
        owner: sales
        steward_email: s@example.com
        data_classification: restricted
        valid_values: [b, 1, true, b]
        business_rule: must be verified
        sla_refresh_frequency: hourly
        sla_max_staleness_hours: 1.5
        last_manual_edit: 2026-01-31
        edited_by: ann
      - {name: empty, description: "", tags: [], pii_category: null}
glossary:
  - term: E-mail
    abbreviation: EM
    definition: where letters go
    owner: sales
    related_fields: [shop.b.y, shop.a.x]
    business_rule: one each
    last_reviewed_at: "2026-01-30"
field_relationships:
  - name: fk
    from_field: shop.a.x
    to_field: shop.b.y
    relationship_type: references
    cardinality: many_to_one
    join_logic: a.x = b.y
    description: d
    criticality: high
    is_active: true
  - {from_field: shop.a.x, to_field: shop.b.z, is_active: false}
field_lineage:
  shop.c.sum:
    lineage_type: sql
    description: the one
    transformation: {type: SQL, logic: sum(x)}
    criticality: critical
    sources:
      - {source_table: shop.a, source_field: x}
      - {source_table: shop.b, source_field: y, description: the other}
table_dependencies:
  shop.a:
    description: first
    depends_on: [shop.z]
    downstream_tables: [shop.b]
  shop.b:
    depends_on: [shop.a]
governance:
  - {policy: retention_days, value: 30, owner: legal, description: law, applies_to: [shop.a]}
  - {policy: audit, value: true}
`
