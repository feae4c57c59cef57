package enrich

// deed is who did what, as in approved_by_user_id.
type deed struct {
	what []word // "approved", "assigned", "last updated"
	link word   // by, to, from, with
	who  []word // "user"; may be none
}

// deedOf finds a deed in words without id.
func (v *view) deedOf(words []word) (deed, bool) {
	for i := 1; i < len(words); i++ {
		before := words[i-1]
		if !words[i].isText("by", "to") || before.entry == nil {
			continue
		}
		what := v.withoutPrefixRow(words[:i])
		if words[i].isText("to") && !before.isText("assigned", "sent", "delegated", "allocated", "addressed") {
			continue
		}
		if words[i].isText("by") && before.entry.nature&isNoun != 0 && before.entry.event == nil {
			continue
		}
		return deed{what: what, link: words[i], who: words[i+1:]}, true
	}
	return deed{}, false
}

// sayBy writes "who approved the order".
func (v *view) sayBy(f *field, _ *match) {
	words := withoutID(f.words)
	d, ok := v.deedOf(words)
	if !ok {
		v.text.words(words, false)
		return
	}
	v.sayDeed("who", &d)
}

// sayDeed writes "user who last updated the order"; who is "user who".
func (v *view) sayDeed(who string, d *deed) {
	t := &v.text
	verb := d.what[len(d.what)-1]
	if d.link.isText("to") {
		t.str(who + " ")
		t.row(v)
		t.str(" is " + verb.text + " to")
		return
	}
	t.str(who + " ")
	order, object := "", d.what[:len(d.what)-1]
	if len(object) > 0 && object[0].isText("last", "first") {
		order, object = object[0].text+" ", object[1:]
	}
	said := verb.text
	if e := verb.entry; e != nil && e.event != nil {
		said = pastOf(verb, &order)
	}
	t.str(order + said + " ")
	if len(object) > 0 {
		t.str("the ")
		t.words(object, false)
		return
	}
	t.row(v)
}

// pastOf gives the simple past of a word for a happening, and last for those
// that happen again and again.
func pastOf(w word, order *string) string {
	const was, last = "was ", "last "
	said := w.entry.event.thing
	if w.entry.past != "" {
		return w.entry.past
	}
	if len(said) <= len(was) || said[:len(was)] != was {
		return w.text
	}
	said = said[len(was):]
	if len(said) > len(last) && said[:len(last)] == last {
		*order, said = last, said[len(last):]
	}
	if w.text != said && len(w.text) > 3 && w.text[len(w.text)-2:] == "ed" {
		return w.text // modified rather than updated
	}
	return said
}

// withoutID takes id, key and the like off the end.
func withoutID(words []word) []word {
	for len(words) > 0 && isIDWord(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return words
}
