package sqlstore

import (
	"encoding/json"

	"github.com/semsync/semsync/internal/metadata"
)

// The rows of definitions and of what follows from them, as the statements in definitions.sql unfold them.

type declaredRow struct {
	key
	Digest   string          `json:"digest"`
	Document json.RawMessage `json:"document"`
}

type termRow struct {
	Term          string   `json:"term"`
	Abbreviation  *string  `json:"abbreviation"`
	Definition    *string  `json:"definition"`
	Owner         *string  `json:"owner"`
	RelatedFields []string `json:"related_fields"`
	BusinessRule  *string  `json:"business_rule"`
	LastReviewed  *string  `json:"last_reviewed_at"`
}

func termRows(terms []metadata.Term) []termRow {
	out := make([]termRow, len(terms))
	for i, t := range terms {
		out[i] = termRow{t.Name, null(t.Abbreviation), null(t.Definition), null(t.Owner), t.RelatedFields, null(t.BusinessRule), nil}
		if !t.LastReviewed.IsZero() {
			out[i].LastReviewed = null(FormatTime(t.LastReviewed))
		}
	}
	return out
}

type policyRow struct {
	key
	Field       string  `json:"field_name"`
	Policy      string  `json:"policy"`
	Value       *string `json:"value"`
	Owner       *string `json:"owner"`
	Description *string `json:"description"`
}

func policyRows(policies []metadata.Policy) []policyRow {
	out := make([]policyRow, len(policies))
	for i, p := range policies {
		out[i] = policyRow{keyOf(p.On.TableID), p.On.Field, p.Policy, null(p.Value), null(p.Owner), null(p.Description)}
	}
	return out
}

type relationshipRow struct {
	Source      string   `json:"source_name"`
	From        string   `json:"from_field"`
	To          string   `json:"to_field"`
	Type        string   `json:"relationship_type"`
	Origin      string   `json:"origin"`
	Name        *string  `json:"name"`
	FromTable   string   `json:"from_table"`
	Cardinality *string  `json:"cardinality"`
	JoinLogic   *string  `json:"join_logic"`
	Description *string  `json:"description"`
	Criticality *string  `json:"criticality"`
	Confidence  *float64 `json:"confidence"`
	Evidence    *string  `json:"evidence"`
}

// relationshipKey tells rows apart: source, fields, type and origin.
type relationshipKey [5]string

func (r *relationshipRow) key() relationshipKey {
	return relationshipKey{r.Source, r.From, r.To, r.Type, r.Origin}
}

func relationshipRowOf(r *metadata.Relationship) relationshipRow {
	row := relationshipRow{
		Source: r.From.Source, From: r.From.Unqualified().String(), To: r.To.From(r.From), Type: r.Type, Origin: string(r.Origin), Name: null(r.Name),
		FromTable: r.From.Table().Unqualified().String(), Cardinality: null(string(r.Cardinality)), JoinLogic: null(r.JoinLogic),
		Description: null(r.Description), Criticality: null(string(r.Criticality)), Evidence: null(r.Evidence),
	}
	if r.Confidence != 0 {
		row.Confidence = &r.Confidence
	}
	return row
}

func relationshipRows(list []metadata.Relationship) []relationshipRow {
	out := make([]relationshipRow, len(list))
	for i := range list {
		out[i] = relationshipRowOf(&list[i])
	}
	return distinctRows(out)
}

// distinctRows keeps the first row of each key: two keys of a source may join the same fields, and a statement
// cannot write a row twice.
func distinctRows(rows []relationshipRow) []relationshipRow {
	seen := map[relationshipKey]bool{}
	out := rows[:0:0]
	for i := range rows {
		if id := rows[i].key(); !seen[id] {
			seen[id] = true
			out = append(out, rows[i])
		}
	}
	if out == nil {
		return []relationshipRow{}
	}
	return out
}

type lineageRow struct {
	From           string  `json:"from_field"`
	To             string  `json:"to_field"`
	Name           *string `json:"name"`
	Transformation *string `json:"transformation"`
	Description    *string `json:"description"`
	Criticality    *string `json:"criticality"`
}

func lineageRows(edges []metadata.LineageEdge) []lineageRow {
	out := make([]lineageRow, len(edges))
	for i, e := range edges {
		out[i] = lineageRow{e.From.String(), e.To.String(), null(e.Name), null(e.Transformation), null(e.Description), null(string(e.Criticality))}
	}
	return out
}

type dependencyRow struct {
	Source string `json:"source_name"`
	From   string `json:"from_table"`
	To     string `json:"to_table"`
	Type   string `json:"dependency_type"`
	Origin string `json:"origin"`
}

func dependencyRows(list []metadata.Dependency, origin metadata.Provenance) []dependencyRow {
	out := make([]dependencyRow, len(list))
	for i, d := range list {
		out[i] = dependencyRow{d.From.Source, d.From.Unqualified().String(), d.To.From(d.From), d.Type, string(origin)}
	}
	return out
}

type impactRow struct {
	Changed     string  `json:"changed_field"`
	Affected    string  `json:"affected_field"`
	Distance    int     `json:"distance"`
	Level       string  `json:"level"`
	Criticality *string `json:"criticality"`
}
