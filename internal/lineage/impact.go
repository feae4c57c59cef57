package lineage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// reach is how one node is reached from another.
type reach struct {
	start, node, grave int
}

// Impacts gives all that a change of each node reaches, at the shortest distance, sorted by
// changed, then affected. Cycles end where they meet what was reached before; nothing affects itself. The
// criticality is the highest one on the shortest ways. At most limit pairs are given: when there are more, those of the
// greatest distances are left out, whole distances at a time, and complete is false.
func Impacts(edges []Edge, level string, limit int) (out []metadata.Impact, complete bool) {
	g := newGraph(edges)
	seen := map[[2]int]bool{}
	frontier := make([]reach, len(g.names))
	for i := range g.names {
		frontier[i] = reach{start: i, node: i}
		seen[[2]int{i, i}] = true
	}
	for distance := 1; len(frontier) > 0; distance++ {
		next, ok := g.advance(frontier, seen, limit-len(out))
		if !ok {
			return sorted(out), false
		}
		for _, r := range next {
			out = append(out, metadata.Impact{
				Changed: g.names[r.start], Affected: g.names[r.node], Distance: distance, Level: level, Criticality: graves[r.grave],
			})
		}
		frontier = next
	}
	return sorted(out), true
}

// advance goes one step from all that was reached last; ok is false when there is room for less.
func (g *graph) advance(frontier []reach, seen map[[2]int]bool, room int) (next []reach, ok bool) {
	at := map[[2]int]int{}
	for _, r := range frontier {
		for _, s := range g.next[r.node] {
			pair, grave := [2]int{r.start, s.to}, max(r.grave, s.grave)
			if i, known := at[pair]; known {
				next[i].grave = max(next[i].grave, grave)
				continue
			}
			if seen[pair] {
				continue
			}
			if len(next) == room {
				return nil, false
			}
			seen[pair], at[pair] = true, len(next)
			next = append(next, reach{r.start, s.to, grave})
		}
	}
	return next, true
}

func sorted(impacts []metadata.Impact) []metadata.Impact {
	slices.SortFunc(impacts, func(a, b metadata.Impact) int {
		return cmp.Or(strings.Compare(a.Changed, b.Changed), strings.Compare(a.Affected, b.Affected))
	})
	return impacts
}
