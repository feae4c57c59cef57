package enrich

// owner is what a field belongs to, and of which kind it is there: in
// customer_home_phone the owner is the customer and the kind is home.
type owner struct {
	view  *view
	words []word // of another thing than the table's row; nil for the row
	kind  []word
}

// ownerOf reads the words before what the field is.
func (v *view) ownerOf(before []word) owner {
	before = v.withoutRow(before)
	n := len(before)
	switch {
	case n == 0:
		return owner{view: v}
	case v.owns(before[n-1]) && !before[n-1].plural:
		return owner{view: v, words: before}
	case v.owns(before[0]) && !before[0].plural:
		return owner{view: v, words: before[:1], kind: before[1:]}
	default:
		return owner{view: v, kind: before}
	}
}

// withoutRow takes the name of the table's row, or its last words, off the front.
func (v *view) withoutRow(words []word) []word {
	if len(words) > 0 && v.prefix != "" && words[0].text == v.prefix {
		words = words[1:]
	}
	row := v.name.row
	for skip := range row {
		if tail := row[skip:]; len(tail) <= len(words) && same(words[:len(tail)], tail) {
			return words[len(tail):]
		}
	}
	return words
}

func same(a, b []word) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].text != b[i].text {
			return false
		}
	}
	return true
}

// owns tells whether a field is more likely to belong to what the word names
// than to be of that kind: people, bodies, places, and what the table refers to.
func (v *view) owns(w word) bool {
	if w.entry == nil {
		return false
	}
	if w.entry.nature&isNoun != 0 && v.refersTo(w.entry) {
		return true
	}
	if v.nature&isPerson != 0 && w.entry.nature&isNoun&^isThing == isPlace {
		return false // the office room of a teacher is no room of an office
	}
	return w.entry.nature&(isPerson|isOrganization|isPlace) != 0
}

// nature is what sort of thing the owner is.
func (o *owner) nature() nature {
	if o.words == nil {
		return o.view.nature
	}
	w := o.words[len(o.words)-1]
	if w.entry == nil || w.entry.nature&isNoun == 0 {
		return ownerUnknown
	}
	return w.entry.nature & isNoun
}

// isKind tells whether all words that say of which kind the field is are of the natures.
func (o *owner) isKind(of nature) bool {
	for _, w := range o.kind {
		if !w.number && !w.is(of) {
			return false
		}
	}
	return true
}

// the writes "the customer", or "the employee's manager" where one person is
// told by way of another.
func (t *text) the(o *owner) {
	switch {
	case o.words == nil:
		t.row(o.view)
	case o.view.nature&isPerson != 0 && o.nature()&(isPerson|isOrganization) != 0,
		o.view.nature&(isOrganization|isPlace) != 0 && o.nature()&isPerson != 0:
		t.row(o.view)
		t.str("'s ")
		t.words(o.words, false)
	default:
		t.str("the ")
		t.words(o.words, false)
	}
}

// row writes "the order item".
func (t *text) row(v *view) {
	t.str("the ")
	t.rowName(v)
}

// rowName writes "order item", and "row" when it is not known what a row is.
func (t *text) rowName(v *view) {
	if !v.clear {
		t.str("row")
		return
	}
	t.words(v.name.row, false)
	t.str(v.name.tail)
	if v.record {
		t.str(" record")
	}
}
