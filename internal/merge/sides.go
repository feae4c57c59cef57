package merge

import (
	"slices"

	"github.com/semsync/semsync/internal/metadata"
)

// sides are what is said about one table or field.
type sides struct {
	base      *metadata.Attributes // nil when semsync never wrote the row
	current   *metadata.Attributes
	origin    metadata.Origin      // of the current description
	declared  *metadata.Attributes // nil when nothing is
	generated *metadata.Attributes // nil when nothing was tried
	comment   string

	fresh       bool // the object is another one than that which the row was written for
	typeChanged bool
	isTable     bool

	tried bool // something was generated, be it nothing
}

// merged is what becomes of one table or field.
type merged struct {
	attributes metadata.Attributes
	base       metadata.Attributes
	origin     metadata.Origin
}

var nothing metadata.Attributes // never written to

// merge merges all attributes, and reports differences and conflicts.
func (w *work) merge(s *sides) merged {
	s.tried = s.generated != nil
	if s.declared == nil {
		s.declared = &nothing
	}
	if s.base == nil {
		s.base = &nothing
	}
	if !s.tried { // what semsync wrote before stands for what it would generate
		s.generated = s.base
	}
	var out merged
	w.mergeDescription(s, &out)
	for _, a := range plainTexts {
		if a != refreshCadence || s.isTable {
			w.mergeText(a, s, &out)
		}
	}
	w.mergePII(s, &out)
	w.mergeTags(s, &out)
	w.mergeValues(s, &out)
	return out
}

func (w *work) mergeText(a attribute, s *sides, out *merged) {
	base, current := *a.text(s.base), *a.text(s.current)
	own, declared := *a.text(s.declared), true
	if own == "" {
		own, declared = *a.text(s.generated), false
	}
	if own == base && own == current { // by far the most
		if own != "" {
			*a.text(&out.attributes), *a.text(&out.base) = own, own
		}
		return
	}
	d, resolution := w.m.policies[a].decide(facts{
		edited: current != base, agree: own == current, moved: own != base, proposed: own != "", declared: declared,
	})
	if resolution != "" {
		w.conflict(a, base, current, own, ownOrigin(declared), resolution)
	}
	value := current
	if d == takeOwn {
		value, base = own, own
	}
	*a.text(&out.attributes), *a.text(&out.base) = value, base
	if value != current {
		w.change(a.String(), current, value, w.reason(ownOriginOf(own != "", declared)))
	}
}

func (w *work) mergePII(s *sides, out *merged) {
	base, current := s.base.IsPII, s.current.IsPII
	own, declared := s.declared.IsPII, s.declared.IsPII != nil
	if !declared {
		own = s.generated.IsPII
	}
	d, resolution := w.m.policies[isPII].decide(facts{
		edited: !sameBool(current, base), agree: sameBool(own, current), moved: !sameBool(own, base), proposed: own != nil, declared: declared,
	})
	if resolution != "" {
		w.conflict(isPII, boolText(base), boolText(current), boolText(own), ownOrigin(declared), resolution)
	}
	value := current
	if d == takeOwn {
		value, base = own, own
	}
	out.attributes.IsPII, out.base.IsPII = value, base
	if !sameBool(value, current) {
		w.change(isPII.String(), boolText(current), boolText(value), w.reason(ownOriginOf(own != nil, declared)))
	}
}

func (w *work) mergeValues(s *sides, out *merged) {
	base, current := s.base.ValidValues, s.current.ValidValues
	own, declared := s.declared.ValidValues, len(s.declared.ValidValues) > 0
	if !declared {
		own = s.generated.ValidValues
	}
	d, resolution := w.m.policies[validValues].decide(facts{
		edited: !slices.Equal(current, base), agree: slices.Equal(own, current), moved: !slices.Equal(own, base), proposed: len(own) > 0, declared: declared,
	})
	if resolution != "" {
		w.conflict(validValues, listText(base), listText(current), listText(own), ownOrigin(declared), resolution)
	}
	value := current
	switch d {
	case takeOwn:
		value, base = own, own
	case joinBoth:
		value, base = joinValues(base, current, own), own
	case keepCurrent:
	}
	out.attributes.ValidValues, out.base.ValidValues = value, base
	if !w.quiet && !slices.Equal(value, current) {
		w.change(validValues.String(), listText(current), listText(value), w.reason(ownOriginOf(len(own) > 0, declared)))
	}
}

// joinValues adds the values that semsync would add to the edited ones. An emptied list stays empty.
func joinValues(base, current, own []string) []string {
	if len(current) == 0 {
		return current
	}
	out := slices.Clone(current)
	for _, v := range own {
		if !slices.Contains(out, v) && !slices.Contains(base, v) {
			out = append(out, v)
		}
	}
	return out
}

func ownOrigin(declared bool) metadata.Origin {
	if declared {
		return metadata.OriginDictionary
	}
	return metadata.OriginAuto
}

// ownOriginOf is ownOrigin, but none for a value that is taken back.
func ownOriginOf(proposed, declared bool) metadata.Origin {
	if !proposed {
		return metadata.OriginNone
	}
	return ownOrigin(declared)
}
