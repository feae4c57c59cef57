package definitions

import (
	"reflect"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/yamldoc"
)

// entries reads a mapping whose keys are references to tables or fields, each once.
func (r *reader) entries(n *yaml.Node, key, kind string, ref func(to *metadata.Reference) value, entry func(ref metadata.Reference, n *yaml.Node, key string)) {
	if n.Kind != yaml.MappingNode {
		r.problem(n, key, "write names with a colon, and what they have below", "must hold names and values, not %s", yamldoc.KindName(n))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, v := n.Content[i], n.Content[i+1]
		var to metadata.Reference
		path := join(key, clip(name.Value))
		ref(&to)(name, path)
		if to == (metadata.Reference{}) || !r.once(name, path, kind, to.String()) || yamldoc.IsNull(v) {
			continue
		}
		entry(to, v, path)
	}
}

// tables reads the data dictionary. Its own names need not be known: they may come later.
func (r *reader) tables(n *yaml.Node, key string) {
	free := &reader{loader: r.loader, path: r.path, free: true}
	r.entries(n, key, "table", free.table, r.dictionaryTable)
}

func (r *reader) dictionaryTable(ref metadata.Reference, n *yaml.Node, key string) {
	a := &metadata.Attributes{}
	d := metadata.Declared{}
	var created time.Time
	ok := r.mapping(n, key, keys{
		"description": r.text(&a.Description), "owner": r.text(&a.Owner), "steward_email": r.address(&a.StewardEmail),
		"refresh_cadence": r.text(&a.RefreshCadence), "tags": r.words(&a.Tags, true), "data_classification": r.text(&a.DataClassification),
		"business_term": r.text(&a.BusinessTerm), "created_date": r.when(&created),
		"fields": func(n *yaml.Node, key string) {
			r.list(n, key, func(n *yaml.Node, key string) { r.dictionaryField(ref, &d, n, key) })
		},
	})
	if !ok {
		return
	}
	if !reflect.ValueOf(*a).IsZero() {
		d.Table = a
	}
	if !created.IsZero() {
		r.set.Policies = append(r.set.Policies, metadata.Policy{On: ref, Policy: "created_date", Value: created.Format(time.DateOnly)})
	}
	r.set.Tables[ref.TableID] = metadata.DeclaredTable{Declared: d}
}

func (r *reader) dictionaryField(table metadata.Reference, d *metadata.Declared, n *yaml.Node, key string) {
	var (
		name string
		a    metadata.Attributes
		note metadata.FieldNote
		rule = metadata.Policy{Policy: "business_rule"}
		sla  = metadata.Policy{Policy: "sla_refresh_frequency"}
		old  = metadata.Policy{Policy: "sla_max_staleness_hours"}
	)
	r.mapping(n, key, keys{
		"name": r.scalar(&name), "type": r.text(&note.Type), "description": r.text(&a.Description), "tags": r.words(&a.Tags, true),
		"semantic_type": r.text(&a.SemanticType), "business_term": r.text(&a.BusinessTerm), "is_pii": r.truth(&a.IsPII),
		"pii_category": r.text(&a.PIICategory), "owner": r.text(&a.Owner), "steward_email": r.address(&a.StewardEmail),
		"data_classification": r.text(&a.DataClassification), "valid_values": r.words(&a.ValidValues, false),
		"business_rule": r.text(&rule.Value), "sla_refresh_frequency": r.text(&sla.Value), "sla_max_staleness_hours": r.hours(&old.Value),
		"last_manual_edit": r.when(&note.LastManualEdit), "edited_by": r.text(&note.EditedBy),
	}, "name")
	if name == "" {
		return
	}
	ref := table
	ref.Field = name
	if !r.once(n, join(key, "name"), "field", ref.String()) {
		return
	}
	if a.PIICategory != "" && a.IsPII != nil && !*a.IsPII {
		r.problem(n, join(key, "pii_category"), "remove it, or write is_pii: true", "is set on a field that is declared not to be personal data")
	}
	if !reflect.ValueOf(a).IsZero() {
		put(&d.Fields, name, &a)
	}
	if note != (metadata.FieldNote{}) {
		note.Where = yamldoc.Pos(r.path, n).String()
		put(&d.Notes, name, note)
	}
	for _, p := range []metadata.Policy{rule, sla, old} {
		if p.Value != "" && r.once(n, join(key, p.Policy), "policy", p.Policy+" on "+ref.String()) {
			p.On, p.Owner = ref, a.Owner
			r.set.Policies = append(r.set.Policies, p)
		}
	}
}

// put adds to a map that may not be there yet.
func put[V any](to *map[string]V, name string, v V) {
	if *to == nil {
		*to = map[string]V{}
	}
	(*to)[name] = v
}

// glossary reads business terms.
func (r *reader) glossary(n *yaml.Node, key string) {
	r.list(n, key, func(n *yaml.Node, key string) {
		var t metadata.Term
		r.mapping(n, key, keys{
			"term": r.scalar(&t.Name), "abbreviation": r.text(&t.Abbreviation), "definition": r.text(&t.Definition), "owner": r.text(&t.Owner),
			"related_fields": r.references(&t.RelatedFields), "business_rule": r.text(&t.BusinessRule), "last_reviewed_at": r.when(&t.LastReviewed),
		}, "term", "definition")
		if t.Name != "" && r.once(n, join(key, "term"), "term", t.Name) {
			r.set.Terms = append(r.set.Terms, t)
		}
	})
}

// references reads a list of references to fields, and gives them sorted.
func (r *reader) references(to *[]string) value {
	return func(n *yaml.Node, key string) {
		r.list(n, key, func(n *yaml.Node, key string) {
			var ref metadata.Reference
			r.field(&ref)(n, key)
			if ref != (metadata.Reference{}) && !slices.Contains(*to, ref.String()) {
				*to = append(*to, ref.String())
			}
		})
		slices.Sort(*to)
	}
}
