package merge

import "slices"

// mergeTags merges tags as sets, three ways.
func (w *work) mergeTags(s *sides, out *merged) {
	p := &w.m.tags
	current, base := s.current.Tags, s.base.Tags
	declared := normal(s.declared.Tags)
	own := p.ownTags(declared, normal(s.generated.Tags))
	value, newBase := own, own
	var resolution Resolution
	if sameSet(current, base) {
		if s.typeChanged && p.strategy == TagUnion {
			value = union(own, normal(base))
		}
	} else {
		value, newBase, resolution = p.join(normal(base), normal(current), own, declared, s.typeChanged)
	}
	if resolution != "" && !sameSet(own, current) {
		w.conflict(tags, listText(base), listText(current), listText(own), ownOrigin(len(declared) > 0), resolution)
	}
	out.attributes.Tags, out.base.Tags = unlessSame(value, current), unlessSame(newBase, base)
	if !w.quiet && !sameSet(value, current) {
		w.change(tags.String(), listText(current), listText(value), w.reason(ownOriginOf(len(own) > 0, len(declared) > 0)))
	}
}

// ownTags gives the tags that semsync would write.
func (p *tagPolicy) ownTags(declared, generated []string) []string {
	switch {
	case len(declared) == 0:
		return generated
	case p.strategy == TagUnion:
		return union(declared, generated)
	default:
		return declared
	}
}

// join merges an edited set with semsync's own, and gives the new base.
func (p *tagPolicy) join(base, current, own, declared []string, keep bool) (value, newBase []string, r Resolution) {
	moved := !slices.Equal(own, base)
	if p.overDeclared {
		declared = nil
	}
	switch {
	case p.preserve:
		if moved && len(own) > 0 {
			r = Kept
		}
		return current, base, r
	case p.always && len(own) > 0:
		if moved {
			r = Taken
		}
		return own, own, r
	case p.strategy == TagUnion:
		value, newBase = threeWay(base, current, own, declared, keep)
		return value, newBase, ""
	case !moved || len(own) == 0:
		return union(current, declared), base, ""
	case p.strategy == TagIntersection:
		return union(intersection(current, own), declared), own, Joined
	default:
		return own, own, Taken
	}
}

// threeWay adds what semsync adds to the current tags and takes away what it
// takes away. Tags that a person removed stay in the base, which keeps them from coming back.
func threeWay(base, current, own, declared []string, keep bool) (value, newBase []string) {
	if slices.Equal(own, base) {
		return union(current, declared), base
	}
	removed := difference(base, current)
	value = union(current, difference(own, base))
	if !keep {
		value = difference(value, difference(base, own))
	}
	return union(value, declared), union(own, removed)
}

// unlessSame gives the second where both are the same set, so that the order
// in which a person wrote tags is no difference.
func unlessSame(value, before []string) []string {
	if sameSet(value, before) {
		return before
	}
	return value
}

func sameSet(a, b []string) bool {
	return slices.Equal(a, b) || slices.Equal(normal(a), normal(b))
}

// normal gives the list sorted and without duplicates, itself when it is.
func normal(list []string) []string {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			list = slices.Clone(list)
			slices.Sort(list)
			return slices.Compact(list)
		}
	}
	return list
}

// union, difference and intersection want sorted lists without duplicates, and give
// an argument itself where that is the result.
func union(a, b []string) []string {
	missing := difference(b, a)
	switch {
	case len(missing) == 0:
		return a
	case len(missing) == len(b) && len(a) == 0:
		return b
	}
	out := append(slices.Clone(a), missing...)
	slices.Sort(out)
	return out
}

func difference(a, b []string) []string {
	return filter(a, b, false)
}

func intersection(a, b []string) []string {
	return filter(a, b, true)
}

// filter gives what of a is, or is not, in b.
func filter(a, b []string, in bool) []string {
	kept := 0
	for _, s := range a {
		if contains(b, s) == in {
			kept++
		}
	}
	switch kept {
	case len(a):
		return a
	case 0:
		return nil
	}
	out := make([]string, 0, kept)
	for _, s := range a {
		if contains(b, s) == in {
			out = append(out, s)
		}
	}
	return out
}

func contains(sorted []string, s string) bool {
	_, ok := slices.BinarySearch(sorted, s)
	return ok
}
