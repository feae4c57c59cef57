package enrich

// sayCount writes "number of items in the order".
func (v *view) sayCount(f *field, m *match) {
	t := &v.text
	words := f.words
	if n := len(words); n > 1 && words[n-1].isText("count", "quantity") {
		words = words[:n-1]
	}
	if len(words) > 2 && words[0].isText("number") && words[1].isText("of") {
		words = words[2:]
	}
	words = v.withoutPrefixRow(words)
	for len(words) > 1 && words[0].isText("minimum", "maximum", "average", "total", "expected", "estimated", "actual") {
		t.word(words[0], false)
		t.str(" ")
		words = words[1:]
	}
	last := words[len(words)-1]
	if last.isText("count") { // of nothing else
		t.str("count")
		v.sayOf(f, m)
		return
	}
	if len(words) == 1 && v.clear && last.entry != nil && last.entry.event != nil && !last.is(isNoun) && isState(last) {
		t.str("number of times ")
		v.sayRowPredicate(last.entry.event)
		return
	}
	t.str("number of ")
	o := v.ownerOf(words[:len(words)-1])
	counted := words
	if o.words != nil && len(o.kind) == 0 && len(words) > 1 {
		counted = words[len(words)-1:]
	} else {
		o = owner{view: v}
	}
	t.words(counted, !last.is(isMass) && !isState(last))
	v.sayWherein(&o, last)
}

// sayRowPredicate writes "the email was opened".
func (v *view) sayRowPredicate(e *event) {
	said := e.thing
	if v.nature&isPerson != 0 {
		said = e.person
	}
	v.text.row(v)
	v.text.str(" " + said)
}

// sayWherein writes " in the order", " by the user" or " of the employee".
func (v *view) sayWherein(o *owner, counted word) {
	t := &v.text
	if o.words == nil && !v.clear {
		return
	}
	head := v.name.head()
	switch {
	case o.nature()&isPerson != 0 && counted.is(isDeed):
		t.str(" by ")
	case o.words == nil && head != nil && head.nature&isContainer != 0 && counted.is(isNoun&^isDeed):
		t.str(" in ")
	case o.nature()&(isPerson|isOrganization|isPlace) != 0:
		t.str(" of ")
	default:
		t.str(" for ")
	}
	t.the(o)
}
