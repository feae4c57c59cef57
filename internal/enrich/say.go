package enrich

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// segment is a part of a built-in template: fixed text, then what a variable gives.
type segment struct {
	text     string
	variable variable // nil for none
}

// variable writes a part of a sentence about a field.
type variable func(v *view, f *field, m *match)

// sayings are the variables of the built-in templates. Phrases start small; the
// sentence gets its capital in the end.
var sayings = map[string]variable{
	"words":       (*view).sayWords,       // "home phone number": all but the owner
	"kind":        (*view).sayKind,        // "home ": what stands before the match
	"of":          (*view).sayOf,          // " of the customer"
	"owner":       (*view).sayOwner,       // "the customer"
	"key":         (*view).sayKey,         // "unique id of the customer"
	"reference":   (*view).sayReference,   // "customer who placed the order; refers to shop.customers.id"
	"when":        (*view).sayWhen,        // "when the order was shipped"
	"whether":     (*view).sayWhether,     // "whether the customer is active"
	"count":       (*view).sayCount,       // "number of items in the order"
	"byof":        (*view).sayBy,          // "who approved the order"
	"freetext":    (*view).sayFreeText,    // "notes about the order"
	"status":      (*view).sayStatus,      // "current status"
	"total":       (*view).sayTotal,       // "total amount"
	"reason":      (*view).sayReason,      // "reason for the refund"
	"code":        (*view).sayCode,        // "short code"
	"url":         (*view).sayURL,         // "web address"
	"country":     (*view).sayLettered,    // "country code of the address, as two letters"
	"currency":    (*view).sayLettered,    // the same
	"city":        (*view).sayCity,        // "city where the store is"
	"state":       (*view).sayState,       // "state or province in the customer's address"
	"address":     (*view).sayAddress,     // "shipping address of the order"
	"addressline": (*view).sayAddressLine, // "second line of the customer's address"
	"nameless":    (*view).sayNameless,    // the match without the word name
	"numberof":    (*view).sayNumber,      // "number by which the order is known"
	"to kind":     (*view).sayToKind,      // " to marketing"
	"person":      (*view).sayPerson,      // "the customer", and "the person" where the owner is none
	"user":        (*view).sayUser,        // "the customer", and "the user" where the owner is no person
	"ofother":     (*view).sayOfOther,     // " of the employee", nothing where the row is what was named
	"unreadable":  (*view).sayUnreadable,  // "field "x1" of the customer; its name ..."
}

func compileSay(say string) ([]segment, error) {
	var out []segment
	for rest := say; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		if !found {
			return append(out, segment{text: rest}), nil
		}
		name, tail, closed := strings.Cut(after, "}")
		saying := sayings[name]
		if !closed || saying == nil {
			return nil, fmt.Errorf("%q is no variable", name)
		}
		out, rest = append(out, segment{text: before, variable: saying}), tail
	}
	return out, nil
}

// say writes the sentence about a field, without prefix.
func (v *view) say(f *field, m *match) {
	start := v.text.len()
	for _, s := range m.rule.say {
		v.text.str(s.text)
		if s.variable != nil {
			s.variable(v, f, m)
		}
	}
	v.saySuffix(f, m)
	v.text.str(".")
	v.text.capital(start)
}

// saySuffix adds unit, form and values.
func (v *view) saySuffix(f *field, m *match) {
	switch {
	case f.unit != nil:
		v.text.str(", " + f.unit.say)
	case m.rule.semantic == "money" && v.currency != "" && f.class&classNumber != 0:
		v.text.str(", in the currency given by " + v.currency)
	}
	if f.class == classJSON {
		v.text.str(", as JSON")
	}
	if f.class == classList {
		v.text.str(", as a list")
	}
	if f.class == classEnum {
		v.sayValues(enumValues(f.src.DataType))
	}
	if f.primary && m.rule.shape != shapeKey {
		if f.part {
			v.text.str("; part of the primary key")
		} else if m.rule.shape != shapeReference {
			v.text.str("; identifies each row")
		}
	}
}

// sayValues lists the values of an enum when they are few and short.
func (v *view) sayValues(values []string) {
	length := 0
	for _, s := range values {
		length += len(s)
		if s == "" || len(s) > 30 || strings.ContainsAny(s, "\x00\r\n") || !utf8.ValidString(s) {
			return
		}
	}
	if len(values) < 2 || len(values) > 6 || length > 90 {
		return
	}
	v.text.str(": ")
	for i, s := range values {
		switch {
		case i == len(values)-1:
			v.text.str(" or ")
		case i > 0:
			v.text.str(", ")
		}
		v.text.str(s)
	}
}

func (v *view) sayOwner(_ *field, m *match) { v.text.the(&m.owner) }

// sayOf writes " of the customer", and nothing where it is not known what a row is.
func (v *view) sayOf(f *field, m *match) {
	if m.owner.words == nil && !v.clear {
		return
	}
	v.text.str(" of ")
	row := v.name.row
	if n := len(row); m.owner.words == nil && v.name.tail == "" && n > 1 && row[n-2].is(isNoun) && len(f.words) > 0 && row[n-1].text == f.words[len(f.words)-1].text {
		v.text.str("the ") // the total of order totals is that of the order
		v.text.words(row[:n-1], false)
		return
	}
	v.text.the(&m.owner)
}

func (v *view) sayOfOther(f *field, m *match) {
	if head := v.name.head(); m.owner.words == nil && head != nil && slices.Contains([]string{"payment", "card", "inventory", "stock"}, head.text) {
		return
	}
	v.sayOf(f, m)
}

func (v *view) sayUser(_ *field, m *match) { v.sayPersonOr("the user", m) }

func (v *view) sayPerson(_ *field, m *match) { v.sayPersonOr("the person", m) }

func (v *view) sayPersonOr(other string, m *match) {
	if m.owner.nature()&isPerson != 0 {
		v.text.the(&m.owner)
		return
	}
	v.text.str(other)
}

func (v *view) sayKind(f *field, m *match) {
	switch {
	case f.number >= 0 && m.start < len(f.words) && f.words[m.start].isText("name") && len(m.owner.kind) == 0:
		if f.number > 1 {
			v.text.str("additional ") // a second name is something else
		}
	case f.number >= 0:
		v.text.ordinal(f.number)
		v.text.str(" ")
	}
	if len(m.owner.kind) > 0 {
		v.text.words(m.owner.kind, false)
		v.text.str(" ")
	}
}

func (v *view) sayWords(f *field, m *match) {
	v.sayKind(f, m)
	v.text.words(f.words[m.start:], false)
}

func (v *view) sayStatus(f *field, m *match) {
	if len(m.owner.kind) == 0 && f.number < 0 && f.words[m.start].isText("status") {
		v.text.str("current ")
	}
	v.sayWords(f, m)
}

func (v *view) sayTotal(f *field, m *match) {
	if len(m.owner.kind) == 0 && len(f.words)-m.start == 1 {
		v.text.str("total amount")
		return
	}
	v.sayWords(f, m)
}

func (v *view) sayReason(f *field, m *match) {
	if len(m.owner.kind) == 0 && v.clear {
		v.text.words(f.words[m.start:], false)
		v.text.str(" for ")
		v.text.the(&m.owner)
		return
	}
	if kind := m.owner.kind; len(kind) == 1 && kind[0].entry != nil && kind[0].entry.event != nil && m.owner.words == nil && v.clear {
		v.sayWhy(kind[0].entry.event, m)
		return
	}
	v.sayWords(f, m)
	v.sayOf(f, m)
}

// sayWhy writes "why the order was cancelled".
func (v *view) sayWhy(e *event, m *match) {
	t := &v.text
	t.str("why ")
	switch person := m.owner.nature()&isPerson != 0; {
	case !person && e.subject != "":
		t.str(e.subject + " " + e.thing)
	case !person && e.person != e.thing && !strings.HasPrefix(e.person, "was "):
		t.str("the person " + e.person)
	case person:
		t.the(&m.owner)
		t.str(" " + e.person)
	default:
		t.the(&m.owner)
		t.str(" " + e.thing)
	}
}

func (v *view) sayCode(f *field, m *match) {
	if len(m.owner.kind) == 0 && len(f.words)-m.start == 1 {
		v.text.str("short code")
		return
	}
	v.sayWords(f, m)
}

func (v *view) sayURL(f *field, m *match) {
	if len(m.owner.kind) == 0 && len(f.words)-m.start == 1 {
		v.text.str("web address")
		return
	}
	v.sayWords(f, m)
}

// sayLettered tells the length of codes such as those of countries.
func (v *view) sayLettered(f *field, m *match) {
	v.sayWords(f, m)
	v.sayOf(f, m)
	switch {
	case f.class != classText:
	case f.length == 2:
		v.text.str(", as two letters")
	case f.length == 3:
		v.text.str(", as three letters")
	}
}

func (v *view) sayFreeText(f *field, m *match) {
	last := f.words[len(f.words)-1]
	switch {
	case v.name.head() != nil && len(m.owner.kind) == 0 && v.name.head().nature&isThing != 0 && v.onlyRow(f.words):
		v.text.str("text")
		v.sayOf(f, m)
	case last.isText("body", "text", "content", "message", "transcript", "resume", "bio", "biography"):
		v.sayWords(f, m)
		v.sayOf(f, m)
	case last.isText("comment") && v.name.head() != nil && slices.Contains([]string{"review", "rating", "response", "survey"}, v.name.head().text):
		v.sayWords(f, m)
		v.text.str(" in ")
		v.text.the(&m.owner)
	default:
		v.sayWords(f, m)
		v.text.str(" about ")
		v.text.the(&m.owner)
	}
}

func (v *view) sayNameless(f *field, m *match) {
	words := f.words[m.start:]
	for i := range words {
		if i == len(words)-1 && words[i].isText("name") {
			continue
		}
		if i > 0 {
			v.text.str(" ")
		}
		v.text.word(words[i], words[i].plural)
	}
}

func (v *view) sayNumber(f *field, m *match) {
	if v.clear && len(m.owner.kind) == 0 && m.owner.words == nil && f.number < 0 && v.onlyRow(f.words[:len(f.words)-1]) {
		v.text.str("number by which ")
		v.text.row(v)
		v.text.str(" is known")
		return
	}
	v.sayWords(f, m)
	v.sayOf(f, m)
}

func (v *view) sayToKind(_ *field, m *match) {
	if len(m.owner.kind) > 0 {
		v.text.str(" to ")
		v.text.words(m.owner.kind, false)
	}
}
