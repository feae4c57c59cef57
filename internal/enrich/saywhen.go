package enrich

import "strings"

// occasion is what the name of a date says: who or what, and what happens to it.
type occasion struct {
	rest   []word // the words without date, time, at and the like
	order  string // "last " or "first " where the name says so
	event  *event
	before []word // of what happens
	utc    bool
}

// isTimeWord tells whether a word says no more than that there is a time.
func isTimeWord(w word) bool { return w.isText("date", "time", "timestamp", "at", "on", "for") }

func (v *view) occasionOf(f *field) occasion {
	var o occasion
	words := f.words
	if n := len(words); n > 1 && words[n-1].isText("utc", "gmt") {
		o.utc, words = true, words[:n-1]
	}
	for len(words) > 0 && isTimeWord(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) > 1 && words[0].isText("date", "time", "timestamp") {
		words = words[1:]
		if words[0].isText("of") && len(words) > 1 {
			words = words[1:]
		}
	}
	o.rest = words
	if len(words) > 1 && words[0].isText("last", "first", "latest") {
		o.order, words = words[0].text+" ", words[1:]
		if o.order == "latest " {
			o.order = "last "
		}
	}
	var n int
	o.event, n = v.lexicon.happening(words)
	o.before = words[:len(words)-n]
	return o
}

// sayWhen writes "when the order was shipped".
func (v *view) sayWhen(f *field, m *match) {
	o := v.occasionOf(f)
	t := &v.text
	rest := v.withoutRow(o.rest)
	begins := ""
	if len(o.rest) > 0 && o.order == "" {
		if last := o.rest[len(o.rest)-1]; last.entry != nil {
			begins = last.entry.begins
		}
	}
	switch {
	case len(rest) == 0:
		v.sayWhenRow(f)
	case begins != "" && v.onlyKnown(o.rest[:len(o.rest)-1]) && (o.event == nil || v.nature&isPerson == 0 || len(o.before) > 0):
		v.sayWhenWord(f)
		t.str("the ")
		t.words(o.rest, false)
		t.str(" " + begins)
	case o.event != nil && !planned(o.before):
		v.sayHappening(f, &o)
	default:
		v.sayTimeOf(f, m, o.rest)
	}
	if o.utc {
		t.str(", in UTC")
	}
}

// sayWhenRow writes of a date that is named by nothing but the row itself.
func (v *view) sayWhenRow(f *field) {
	t := &v.text
	begins := ""
	if head := v.name.head(); head != nil {
		begins = head.begins
	}
	switch {
	case begins != "":
		v.sayWhenWord(f)
		t.row(v)
		t.str(" " + begins)
	case v.name.part == partLog || v.name.part == partAudit || v.name.part == partHistory:
		t.str("when ")
		t.row(v)
		t.str(" was written")
	case f.class == classDate:
		t.str("date of ")
		t.row(v)
	default:
		t.str("time of ")
		t.row(v)
	}
}

// sayWhenWord starts a sentence about an event by the precision of its type.
func (v *view) sayWhenWord(f *field) {
	if f.class == classDate {
		v.text.str("date on which ")
		return
	}
	if f.class == classTime {
		v.text.str("time of day at which ")
		return
	}
	v.text.str("when ")
}

// onlyKnown tells whether words before an event word leave its meaning as it is.
func (v *view) onlyKnown(words []word) bool {
	for _, w := range words {
		if !w.is(isNoun) {
			return false
		}
	}
	return true
}

// planned tells whether the words say that the event may never come.
func planned(words []word) bool {
	for _, w := range words {
		if w.isText("expected", "estimated", "planned", "scheduled", "promised", "requested", "target", "actual", "next", "original", "latest", "earliest", "preferred", "required", "proposed", "projected", "anticipated", "confirmed") {
			return true
		}
	}
	return false
}

// sayHappening writes "when the order was last updated".
func (v *view) sayHappening(f *field, o *occasion) {
	t := &v.text
	who := v.ownerOf(o.before)
	if len(who.kind) == 1 && who.words == nil && who.kind[0].isText("etl", "dwh", "dw", "row", "record", "system") {
		who.kind = nil // that the row was loaded, not the ETL
	}
	row := who.words == nil && len(who.kind) == 0
	if head := v.name.head(); row && head != nil && head.own == o.event && o.order == "" {
		v.sayWhenRow(f)
		return
	}
	v.sayWhenWord(f)
	person := who.nature()&isPerson != 0
	switch {
	case row && !person && o.event.subject != "":
		t.str(o.event.subject)
	case len(who.kind) == 0:
		t.the(&who)
	case person:
		t.the(&who)
		t.str("'s ")
		t.words(who.kind, false)
		person = false
	case who.words != nil:
		t.the(&who)
		t.str(" ")
		t.words(who.kind, false)
	default:
		t.str("the ")
		t.words(who.kind, false)
	}
	said := o.event.thing
	if person {
		said = o.event.person
	}
	t.str(" ")
	plural := len(who.kind) > 0 && who.kind[len(who.kind)-1].plural
	t.predicate(said, o.order, plural)
	if f.src.Nullable && v.strict && o.order == "" && !o.utc && ended(said) {
		t.str("; null until then")
	}
}

// ended tells whether what is said of a thing comes after the thing itself, so
// that there is a time before it.
func ended(said string) bool {
	return strings.HasPrefix(said, "was ") && said != "was created" && !strings.Contains(said, "last ") || said == "expired" || said == "ended"
}

// predicate writes "was last seen".
func (t *text) predicate(said, order string, plural bool) {
	verb, rest, passive := strings.Cut(said, " ")
	switch {
	case passive && verb == "was" && plural:
		t.str("were ")
	case passive && (verb == "was" || verb == "is"):
		t.str(verb + " ")
	case order != "":
		t.str(order + said)
		return
	default:
		t.str(said)
		return
	}
	if order != "" {
		rest = strings.TrimPrefix(rest, "last ")
	}
	t.str(order + rest)
}

// sayTimeOf writes "expected delivery date of the order".
func (v *view) sayTimeOf(f *field, m *match, rest []word) {
	t := &v.text
	who := v.ownerOf(rest)
	words := who.kind
	if len(words) == 0 && who.words != nil {
		t.str(timeNoun(f, "date of ", "time of "))
		t.the(&who)
		return
	}
	t.words(words, false)
	if last := words[len(words)-1]; !last.isText("day", "month", "year", "week", "hour", "quarter") {
		t.str(timeNoun(f, " date", " time"))
	}
	m.owner = who
	v.sayOf(f, m)
}

// timeNoun says date or time, by the name first and then by the type.
func timeNoun(f *field, date, time string) string {
	for _, w := range f.words {
		switch {
		case w.isText("date"):
			return date
		case w.isText("time", "timestamp", "at"):
			return time
		}
	}
	if f.class == classDate {
		return date
	}
	return time
}
