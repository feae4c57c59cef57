package lineage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// Edge says that a change of From reaches To.
type Edge struct {
	From, To    metadata.Reference
	Criticality metadata.Criticality
}

// Edges gives the edges between fields: lineage as it flows, and a relationship from
// the field that is referred to, to the one that refers.
func Edges(relationships []metadata.Relationship, lineage []metadata.LineageEdge) []Edge {
	out := make([]Edge, 0, len(relationships)+len(lineage))
	for i := range lineage {
		out = append(out, Edge{lineage[i].From, lineage[i].To, lineage[i].Criticality})
	}
	for i := range relationships {
		from, to := flow(&relationships[i])
		out = append(out, Edge{from, to, relationships[i].Criticality})
	}
	return out
}

// flow gives the side that is referred to, and the side that refers.
func flow(r *metadata.Relationship) (from, to metadata.Reference) {
	if r.Cardinality == metadata.OneToMany {
		return r.From, r.To
	}
	return r.To, r.From
}

// Dependencies gives what tables depend on by their fields' lineage and relationships, each once and sorted.
// What a table has to do with itself is left out.
func Dependencies(relationships []metadata.Relationship, lineage []metadata.LineageEdge) []metadata.Dependency {
	seen := map[metadata.Dependency]bool{}
	add := func(from, to metadata.Reference, kind string) {
		if from, to = from.Table(), to.Table(); from != to {
			seen[metadata.Dependency{From: from, To: to, Type: kind}] = true
		}
	}
	for i := range lineage {
		add(lineage[i].From, lineage[i].To, "lineage")
	}
	for i := range relationships {
		from, to := flow(&relationships[i])
		add(from, to, relationships[i].Type)
	}
	out := make([]metadata.Dependency, 0, len(seen))
	for d := range seen {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b metadata.Dependency) int {
		return cmp.Or(strings.Compare(a.From.String(), b.From.String()), strings.Compare(a.To.String(), b.To.String()), strings.Compare(a.Type, b.Type))
	})
	return out
}

// TableEdges gives the edges between tables: those of their fields, and dependencies that are declared.
func TableEdges(fields []Edge, declared []metadata.Dependency) []Edge {
	out := make([]Edge, 0, len(fields)+len(declared))
	for _, e := range fields {
		if e.From.Table() != e.To.Table() {
			out = append(out, Edge{e.From.Table(), e.To.Table(), e.Criticality})
		}
	}
	for _, d := range declared {
		out = append(out, Edge{From: d.From, To: d.To})
	}
	return out
}

// graph has numbered nodes.
type graph struct {
	names []string
	next  [][]step
}

type step struct {
	to    int
	grave int
}

// graves orders criticalities.
var graves = []metadata.Criticality{
	"", metadata.CriticalityLow, metadata.CriticalityMedium, metadata.CriticalityHigh, metadata.CriticalityCritical,
}

// newGraph numbers what the edges name. A reference without a source means the one source that is named
// with it elsewhere; where several are, it means each of them.
func newGraph(edges []Edge) *graph {
	sources := map[metadata.Reference][]string{}
	for _, e := range edges {
		for _, ref := range []metadata.Reference{e.From, e.To} {
			plain := ref.Unqualified()
			if ref.Source != "" && !slices.Contains(sources[plain], ref.Source) {
				sources[plain] = append(sources[plain], ref.Source)
			}
		}
	}
	g, numbers := &graph{}, map[metadata.Reference]int{}
	number := func(ref metadata.Reference) int {
		n, ok := numbers[ref]
		if !ok {
			n = len(g.names)
			numbers[ref] = n
			g.names, g.next = append(g.names, ref.String()), append(g.next, nil)
		}
		return n
	}
	for _, e := range edges {
		froms, tos := meant(e.From, sources), meant(e.To, sources)
		for _, from := range froms {
			for _, to := range tos {
				// Where both ends stand for several sources, each source has its own edge.
				if from.Source == to.Source || len(froms) == 1 || len(tos) == 1 {
					n := number(from)
					g.next[n] = append(g.next[n], step{number(to), slices.Index(graves, e.Criticality)})
				}
			}
		}
	}
	return g
}

func meant(ref metadata.Reference, sources map[metadata.Reference][]string) []metadata.Reference {
	plain := ref.Unqualified()
	switch all := sources[plain]; {
	case len(all) < 2:
		return []metadata.Reference{plain}
	case ref.Source != "":
		return []metadata.Reference{ref}
	default:
		out := make([]metadata.Reference, len(all))
		for i, s := range all {
			out[i] = plain
			out[i].Source = s
		}
		return out
	}
}
