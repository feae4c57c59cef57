package enrich

import (
	"cmp"
	"slices"
	"strings"
)

// nature is what sort of thing a word names, as bits.
type nature uint32

const (
	isPerson nature = 1 << iota
	isOrganization
	isPlace
	isThing
	isMass
	isContainer
	isAdjective
	isPreposition
	isDeed
	isImperative
	isAcronym
	isSubject // a person whom rows are about
	isYesOrNo // alone it makes a number a flag
	isMeasure // its plural is no count of things
	isEither  // a body or a person
	isHuman   // what only people have
	isMaker   // a person whom a row is by, not about

	isNoun = isPerson | isOrganization | isPlace | isThing | isMass
)

// entry is one word of the lexicon, in the singular.
type entry struct {
	index  int
	text   string // lower case
	show   string // as written in a sentence
	plural string // as written in a sentence
	nature nature
	event  *event // what happens, for words such as shipped, shipment
	begins string // "was placed" for order: how one comes about
	third  string // "allows" for allow and allows
	own    *event // what happens when one comes about: paid for payment
	past   string // "wrote" for written, where active and passive differ
}

// event is what can be said of a thing that something happened to.
type event struct {
	thing   string // "was shipped"
	person  string // "registered"
	subject string // "the patient", where it never happens to the row itself; else ""
}

// word is one word of a name.
type word struct {
	text   string // lower case; the singular where the lexicon has the word
	entry  *entry // nil for a word that the lexicon does not have
	plural bool
	number bool
}

func (w word) is(n nature) bool { return w.entry != nil && w.entry.nature&n != 0 }

func (w word) isText(texts ...string) bool { return slices.Contains(texts, w.text) }

// lexicon holds all words and short forms. It is never written to once built.
type lexicon struct {
	entries []*entry
	byText  map[string]*entry
	// forms maps what stands in a name to words: short forms, plurals, the words themselves.
	forms   map[string][]word
	atEnd   map[string][]word
	atStart map[string][]word
	pairs   map[[2]*entry]*event // "sign up"
	joins   map[string][]word    // "e mail" is email, "time stamp" is timestamp
	units   map[string]*unit
	needs   map[string]map[*entry]bool

	irregular map[string]string // plurals by singular

	skeletons map[string]*entry // words by what is left without vowels; nil for two of one
	languages []*language
	terse     *language        // short forms of names of eight letters
	foreign   map[string]uint8 // the languages that a word tells, as bits
}

func newLexicon() *lexicon {
	return &lexicon{
		byText: map[string]*entry{}, forms: map[string][]word{}, atEnd: map[string][]word{}, atStart: map[string][]word{},
		pairs: map[[2]*entry]*event{}, joins: map[string][]word{}, units: map[string]*unit{}, needs: map[string]map[*entry]bool{},
	}
}

// add gives the entry of a word, made when the lexicon does not have it.
func (l *lexicon) add(text string) *entry {
	if e := l.byText[text]; e != nil {
		return e
	}
	e := &entry{index: len(l.entries), text: text, show: text}
	l.entries = append(l.entries, e)
	l.byText[text] = e
	return e
}

// register makes the entry's plural and the forms in which it stands in names.
// A plural never hides another word.
func (l *lexicon) register(e *entry) {
	e.plural = cmp.Or(l.irregular[e.text], pluralOf(e.text))
	switch {
	case e.nature&isAcronym != 0:
		e.plural = e.show + "s"
	case e.nature&isMass != 0:
		e.plural = e.text
	}
	l.forms[e.text] = []word{{text: e.text, entry: e}}
	form := strings.ToLower(e.plural)
	if _, taken := l.forms[form]; !taken && l.byText[form] == nil {
		l.forms[form] = []word{{text: e.text, entry: e, plural: true}}
	}
}

// words gives the words of a phrase of the data files, which are made when
// they are not there yet.
func (l *lexicon) words(phrase string) []word {
	var out []word
	for text := range strings.FieldsSeq(strings.ToLower(phrase)) {
		if known, ok := l.forms[text]; ok {
			out = append(out, known...)
			continue
		}
		if isDigits(text) {
			out = append(out, word{text: text, number: true})
			continue
		}
		out = append(out, word{text: text, entry: l.literal(text)})
	}
	return out
}

// happening gives the event that the words end with, and of how many words it is.
func (l *lexicon) happening(words []word) (*event, int) {
	n := len(words)
	if n == 0 || words[n-1].entry == nil {
		return nil, 0
	}
	if n > 1 && words[n-2].entry != nil {
		if e := l.pairs[[2]*entry{words[n-2].entry, words[n-1].entry}]; e != nil {
			return e, 2
		}
	}
	if e := words[n-1].entry.event; e != nil {
		return e, 1
	}
	return nil, 0
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || '9' < s[i] {
			return false
		}
	}
	return s != ""
}
