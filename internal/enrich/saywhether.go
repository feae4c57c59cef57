package enrich

import "strings"

// sayWhether writes "whether the customer is active".
func (v *view) sayWhether(f *field, m *match) {
	words := f.words
	if n := len(words); n > 1 && words[n-1].isText("flag", "indicator") {
		words = words[:n-1]
	}
	words = v.withoutPrefixRow(words)
	first := words[0]
	switch {
	case len(words) > 1 && first.isText("is", "was", "are"):
		v.sayIs(words[1:], m, first.text)
	case len(words) > 1 && first.isText("has", "had", "have"):
		v.sayHas(words[1:], m)
	case len(words) > 1 && first.isText("can", "should", "must", "may", "will", "could", "does", "did"):
		v.sayVerb(words, m, first.text)
	case len(words) > 1 && first.entry != nil && first.entry.third != "":
		v.sayVerb(words, m, first.entry.third)
	case len(words) == 2 && first.text == "auto" && words[1].entry != nil && words[1].entry.event != nil:
		v.text.str("whether ")
		v.text.row(v)
		v.text.str(" " + strings.Replace(words[1].entry.event.thing, "was ", "is ", 1) + " automatically")
	case len(words) > 1 && first.is(isImperative) && !isState(words[len(words)-1]):
		v.text.str("whether to ")
		v.text.words(words, false)
		v.sayOfFor(m)
	case first.is(isPreposition) && len(words) > 1:
		v.sayIs(words, m, "is")
	case isState(words[len(words)-1]):
		v.sayIs(words, m, "is")
	default:
		v.sayMark(words)
	}
}

// withoutPrefixRow takes the row's name off the front, unless nothing would remain.
func (v *view) withoutPrefixRow(words []word) []word {
	if rest := v.withoutRow(words); len(rest) > 0 {
		return rest
	}
	return words
}

// isState tells whether a word can be said of something with "is".
func isState(w word) bool {
	if w.entry == nil {
		return describes(w.text)
	}
	if w.entry.nature&isAdjective != 0 {
		return true
	}
	return w.entry.nature&isNoun == 0 && (w.entry.event != nil && strings.HasSuffix(w.text, "ed") || describes(w.text))
}

// sayIs writes "whether the email is verified", "whether the user is an administrator".
func (v *view) sayIs(words []word, m *match, verb string) {
	t := &v.text
	last := words[len(words)-1]
	t.str("whether ")
	if isState(last) && !words[0].is(isPreposition) {
		v.sayStateOf(words, m, verb)
		return
	}
	m.owner = owner{view: v}
	t.the(&m.owner)
	t.str(" " + verb + " ")
	switch {
	case words[0].is(isPreposition), last.plural, last.is(isMass), !last.is(isNoun) && last.entry != nil:
	case words[0].isText("primary", "default", "main", "current", "latest", "last", "first", "only"):
		t.str("the ")
	default:
		t.aOrAn(words)
	}
	t.words(words, false)
}

// sayStateOf writes of a state that the row, or a part of it, is in.
func (v *view) sayStateOf(words []word, m *match, verb string) {
	t := &v.text
	n := len(words) - 1
	for n > 0 && (isAdverb(words[n-1]) || words[n-1].is(isAdjective) && n > 1 && words[n-1].isText("not")) {
		n--
	}
	if n > 0 && isState(words[n-1]) && !words[n-1].is(isNoun) && words[n-1].entry == nil {
		n-- // is freshly baked
	}
	m.owner = v.ownerOf(words[:n])
	kind := m.owner.kind
	system := len(kind) > 0 && kind[len(kind)-1].is(isAcronym) // MFA is a thing of its own, not a part
	switch {
	case system:
		t.words(kind, false)
	case len(kind) == 0:
		t.the(&m.owner)
	case m.owner.nature()&isPerson != 0:
		t.the(&m.owner)
		t.str("'s ")
		t.words(kind, false)
	default:
		t.str("the ")
		t.words(kind, false)
	}
	if verb == "is" && len(kind) > 0 && kind[len(kind)-1].plural {
		verb = "are"
	}
	t.str(" " + verb + " ")
	t.state(words[n:])
	if system {
		v.sayOfFor(m)
	}
}

// state writes "active", and "the default" of what only one can be.
func (t *text) state(words []word) {
	only := len(words) == 1 && words[0].isText("default", "primary", "main", "latest")
	if only {
		t.str("the ")
	}
	t.words(words, false)
	if only && words[0].text != "default" {
		t.str(" one")
	}
}

func isAdverb(w word) bool {
	return strings.HasSuffix(w.text, "ly") && !w.is(isNoun|isAdjective) || w.isText("not", "auto", "pre", "no", "up", "fully", "newly", "re", "non", "self")
}

// sayHas writes "whether the order has a discount".
func (v *view) sayHas(words []word, m *match) {
	t := &v.text
	m.owner = owner{view: v}
	t.str("whether ")
	t.the(&m.owner)
	t.str(" has ")
	last := words[len(words)-1]
	if last.is(isNoun&^isMass) && !last.plural && !words[0].is(isAdjective) && !describes(words[0].text) {
		t.aOrAn(words)
	}
	t.words(words, false)
}

// sayVerb writes "whether the product requires shipping"; the verb is the first of the words.
func (v *view) sayVerb(words []word, m *match, verb string) {
	m.owner = owner{view: v}
	v.text.str("whether ")
	v.text.the(&m.owner)
	v.text.str(" " + verb + " ")
	v.text.words(words[1:], false)
}

// sayMark writes of a flag that is a mere noun: "whether the order is marked as gift".
func (v *view) sayMark(words []word) {
	v.text.str("whether ")
	v.text.row(v)
	v.text.str(" is marked as ")
	v.text.words(words, false)
}

// sayOfFor writes " for the product".
func (v *view) sayOfFor(_ *match) {
	if v.clear {
		v.text.str(" for ")
		v.text.row(v)
	}
}

// aOrAn writes the article for the words that follow.
func (t *text) aOrAn(words []word) {
	show := words[0].text
	if words[0].entry != nil {
		show = words[0].entry.show
	}
	t.str(article(show) + " ")
}
