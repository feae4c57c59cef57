package definitions

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/yamldoc"
)

// foreignKey is the type of a relationship that names none.
const foreignKey = "foreign_key"

// relationships reads relations between fields.
func (r *reader) relationships(n *yaml.Node, key string) {
	r.list(n, key, func(n *yaml.Node, key string) {
		rel := metadata.Relationship{Type: foreignKey, Origin: metadata.FromDefinitions, Confidence: 1}
		var active *bool
		r.mapping(n, key, keys{
			"name": r.text(&rel.Name), "from_field": r.field(&rel.From), "to_field": r.field(&rel.To), "relationship_type": r.text(&rel.Type),
			"cardinality": choice(r, &rel.Cardinality, metadata.OneToOne, metadata.OneToMany, metadata.ManyToOne, metadata.ManyToMany),
			"join_logic":  r.text(&rel.JoinLogic), "description": r.text(&rel.Description), "criticality": r.criticality(&rel.Criticality),
			"is_active": r.truth(&active),
		}, "from_field", "to_field")
		if !r.ends(n, key, rel.From, rel.To) || active != nil && !*active {
			return
		}
		if r.once(n, key, "relationship", rel.From.String()+" "+rel.Type+" "+rel.To.String()) {
			r.set.Relationships = append(r.set.Relationships, rel)
		}
	})
}

func (r *reader) criticality(to *metadata.Criticality) value {
	return choice(r, to, metadata.CriticalityLow, metadata.CriticalityMedium, metadata.CriticalityHigh, metadata.CriticalityCritical)
}

// ends reports whether both ends were read, and are two.
func (r *reader) ends(n *yaml.Node, key string, from, to metadata.Reference) bool {
	if from == (metadata.Reference{}) || to == (metadata.Reference{}) {
		return false
	}
	if from == to {
		r.problem(n, key, "name another field, or remove the entry", "joins %s with itself", from)
		return false
	}
	return true
}

// lineage reads where fields come from: a list of edges, or what each field is made of.
func (r *reader) lineage(n *yaml.Node, key string) {
	if n.Kind == yaml.MappingNode {
		r.entries(n, key, "lineage of", r.field, r.madeFrom)
		return
	}
	r.list(n, key, func(n *yaml.Node, key string) {
		var e metadata.LineageEdge
		r.mapping(n, key, keys{
			"name": r.text(&e.Name), "from_field": r.field(&e.From), "to_field": r.field(&e.To), "transformation": r.transformation(&e.Transformation),
			"description": r.text(&e.Description), "criticality": r.criticality(&e.Criticality),
		}, "from_field", "to_field")
		r.edge(n, key, e)
	})
}

func (r *reader) edge(n *yaml.Node, key string, e metadata.LineageEdge) {
	if r.ends(n, key, e.From, e.To) && r.once(n, key, "lineage", e.From.String()+" to "+e.To.String()) {
		r.set.Lineage = append(r.set.Lineage, e)
	}
}

// madeFrom reads what one field is made of.
func (r *reader) madeFrom(to metadata.Reference, n *yaml.Node, key string) {
	type source struct {
		node        *yaml.Node
		key         string
		from        metadata.Reference
		description string
	}
	var sources []source
	e := metadata.LineageEdge{To: to}
	r.mapping(n, key, keys{
		"name": r.text(&e.Name), "lineage_type": r.text(&e.Name), "description": r.text(&e.Description),
		"transformation": r.transformation(&e.Transformation), "criticality": r.criticality(&e.Criticality),
		"sources": func(n *yaml.Node, key string) {
			r.list(n, key, func(n *yaml.Node, key string) {
				var table metadata.Reference
				s := source{node: n, key: key}
				var field string
				if n.Kind == yaml.ScalarNode {
					r.field(&s.from)(n, key)
				} else if r.mapping(n, key, keys{
					"source_table": r.table(&table), "source_field": r.scalar(&field), "description": r.text(&s.description),
				}, "source_table", "source_field") && table.Name != "" && field != "" {
					s.from = metadata.Reference{TableID: table.TableID, Field: field}
				}
				sources = append(sources, s)
			})
		},
	}, "sources")
	for _, s := range sources {
		edge := e
		edge.From = s.from
		if s.description != "" {
			edge.Description = s.description
		}
		r.edge(s.node, s.key, edge)
	}
}

// transformation reads how a field is made: as text, or as a type with its logic.
func (r *reader) transformation(to *string) value {
	return func(n *yaml.Node, key string) {
		if n.Kind != yaml.MappingNode {
			r.text(to)(n, key)
			return
		}
		var kind, logic string
		r.mapping(n, key, keys{"type": r.text(&kind), "logic": r.text(&logic)}, "logic")
		*to = strings.TrimPrefix(kind+": "+logic, ": ")
	}
}

// dependencies reads what tables depend on beside their fields' lineage.
func (r *reader) dependencies(n *yaml.Node, key string) {
	r.entries(n, key, "dependencies of", r.table, func(ref metadata.Reference, n *yaml.Node, key string) {
		var ignored string
		r.mapping(n, key, keys{
			"description": r.text(&ignored),
			"depends_on":  r.tableList(func(other metadata.Reference, n *yaml.Node, key string) { r.dependency(other, ref, n, key) }),
			"downstream_tables": r.tableList(func(other metadata.Reference, n *yaml.Node, key string) {
				r.dependency(ref, other, n, key)
			}),
		})
	})
}

func (r *reader) tableList(each func(ref metadata.Reference, n *yaml.Node, key string)) value {
	return func(n *yaml.Node, key string) {
		r.list(n, key, func(n *yaml.Node, key string) {
			var ref metadata.Reference
			r.table(&ref)(n, key)
			if ref != (metadata.Reference{}) {
				each(ref, n, key)
			}
		})
	}
}

// dependency adds a dependency. Both tables may name it, so that the second time is no mistake.
func (r *reader) dependency(from, to metadata.Reference, n *yaml.Node, key string) {
	id := "dependency\x00" + from.String() + " " + to.String()
	if _, told := r.seen[id]; told || !r.ends(n, key, from, to) {
		return
	}
	r.seen[id] = yamldoc.Pos(r.path, n)
	r.set.Dependencies = append(r.set.Dependencies, metadata.Dependency{From: from, To: to, Type: "declared"})
}
