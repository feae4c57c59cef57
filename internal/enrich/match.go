package enrich

import (
	"cmp"
	"slices"
	"strings"
)

// candidate is a rule with one of its word sequences.
type candidate struct {
	rule     *rule
	words    []word
	evidence string
}

// index finds rules by the last word of a name.
type index struct {
	byLast  [shapes][][]candidate // by the last word's entry, longest sequence first
	general [shapes][]candidate   // for every name
}

func newIndex(l *lexicon, rules []*rule, replaced map[string]bool) *index {
	x := &index{}
	for s := range x.byLast {
		x.byLast[s] = make([][]candidate, len(l.entries))
	}
	for _, r := range rules {
		if replaced[r.name] {
			continue
		}
		if len(r.sequences) == 0 {
			x.general[r.shape] = append(x.general[r.shape], candidate{rule: r, evidence: "pattern " + r.name})
		}
		for _, words := range r.sequences {
			evidence := "pattern " + r.name + ", words " + textOf(words)
			if last := words[len(words)-1].entry; last != nil {
				list := &x.byLast[r.shape][last.index]
				*list = append(*list, candidate{rule: r, words: words, evidence: evidence})
			}
		}
	}
	for s := range x.byLast {
		for _, list := range x.byLast[s] {
			slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(len(b.words), len(a.words)) })
		}
	}
	return x
}

// textOf gives the words with spaces between.
func textOf(words []word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

// match is a rule that applies to a field.
type match struct {
	*candidate
	start int // of the sequence among the field's words; their number when there is none
	owner owner
}

// find gives the rule for a field of a shape, and false when none applies.
func (v *view) find(f *field, s shape) (match, bool) {
	if m, ok := v.findWords(f, s); ok {
		return m, true
	}
	if n := len(f.words); s == shapeEvent && n > 1 && f.words[n-1].isText("at", "on", "utc") {
		before := *f
		before.words = f.words[:n-1]
		if m, ok := v.findWords(&before, s); ok {
			return m, true
		}
	}
	return v.first(f, v.rules.general[s])
}

// findWords gives the rule that goes by words, and false when none applies.
func (v *view) findWords(f *field, s shape) (match, bool) {
	n := len(f.words)
	if n == 0 || f.words[n-1].entry == nil || f.words[n-1].entry.index >= len(v.rules.byLast[s]) {
		return match{}, false
	}
	return v.first(f, v.rules.byLast[s][f.words[n-1].entry.index])
}

func (v *view) first(f *field, list []candidate) (match, bool) {
	for i := range list {
		if m, ok := v.try(f, &list[i]); ok {
			return m, true
		}
	}
	return match{}, false
}

// try tells whether the candidate applies.
func (v *view) try(f *field, c *candidate) (match, bool) {
	start := len(f.words) - len(c.words)
	if start < 0 || !ends(f.words[start:], c.words) {
		return match{}, false
	}
	r := c.rule
	if r.types != 0 && r.types&f.class == 0 && f.class != classUnknown {
		return match{}, false
	}
	if r.personal && !v.personal || r.with != nil && !v.hasAny(r.with) || r.unless != nil && f.hasAny(r.unless) {
		return match{}, false
	}
	o := v.ownerOf(f.words[:start])
	if len(c.words) == 0 {
		o = v.ownerOf(nil)
	}
	if r.apart != nil && v.name.hasAny(r.apart) || r.kinds != 0 && !o.isKind(r.kinds) {
		return match{}, false
	}
	if r.bare && v.namesThing(f.words[:start]) {
		return match{}, false
	}
	if r.whole && len(o.kind) > 0 || r.owner != 0 && r.owner&o.nature() == 0 {
		return match{}, false
	}
	return match{candidate: c, start: start, owner: o}, true
}

// namesThing tells whether the words name what a row is, where that is a thing: the state in voucher_state is that of
// the voucher, the one in customer_state or address_state is not.
func (v *view) namesThing(words []word) bool {
	head := v.name.head()
	return head != nil && head.text != "address" && v.nature&isThing != 0 && len(v.withoutRow(words)) < len(words)
}

func ends(words, wanted []word) bool {
	for i, w := range wanted {
		if w.entry != words[i].entry || w.entry == nil && w.text != words[i].text || w.plural && !words[i].plural {
			return false
		}
	}
	return true
}

func (f *field) hasAny(wanted []*entry) bool {
	for _, w := range f.words {
		if w.entry != nil && slices.Contains(wanted, w.entry) {
			return true
		}
	}
	return false
}
