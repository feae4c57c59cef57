package enrich

import (
	"slices"
	"strconv"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// view is one table while it is worked on. Its memory serves many tables, one
// after another.
type view struct {
	*Enricher
	table    *metadata.Table
	name     tableName
	nature   nature    // of what a row is
	clear    bool      // it is known what a row is
	record   bool      // a row is written "a record" of something without a plural
	personal bool      // the rows are people or belong to people
	strict   bool      // some field is declared NOT NULL, so that nullable means something
	lang     *language // that the names are in; nil for English
	prefix   string    // a word without meaning that all names begin with
	currency string    // the field that holds the currency of the amounts
	fields   []field
	seen     entrySet // words of the fields' names
	refs     entrySet // words for what the table refers to

	words  []word // of all fields
	toks   []string
	target tableName       // of the reference in hand
	other  tableName       // of what the target is linked to
	linked []*metadata.Key // the two keys of a table that only links
	text   text

	spans      []texts // by field
	tableSpans texts
}

// field is one field while it is worked on.
type field struct {
	typeInfo
	src     *metadata.Field
	words   []word
	last    int // of words: where those of the last token start
	rawLast string
	number  int // behind the name: address2; -1 for none
	unit    *unit
	primary bool
	part    bool // of a primary key of several fields
	unique  bool
	foreign *metadata.Key
	at      int // in the foreign key
}

// entrySet is a set of entries.
type entrySet []uint64

func (b entrySet) set(e *entry)      { b[e.index>>6] |= 1 << (e.index & 63) }
func (b entrySet) has(e *entry) bool { return b[e.index>>6]&(1<<(e.index&63)) != 0 }

// cleared gives an empty set, in the same memory.
func (b entrySet) cleared(entries int) entrySet {
	if len(b) == 0 {
		return make(entrySet, entries/64+1)
	}
	clear(b)
	return b
}

func (v *view) hasAny(entries []*entry) bool {
	return slices.ContainsFunc(entries, v.seen.has)
}

func (v *view) refersTo(e *entry) bool { return v.refs.has(e) }

// read takes a table in: words, types and keys of its fields, then what they
// say about the table.
func (v *view) read(table *metadata.Table) {
	v.table, v.prefix, v.currency, v.strict, v.personal = table, "", "", false, false
	v.seen, v.refs = v.seen.cleared(len(v.lexicon.entries)), v.refs.cleared(len(v.lexicon.entries))
	v.text.buf, v.spans, v.tableSpans = v.text.buf[:0], v.spans[:0], texts{}
	v.lang = nil
	v.readNames()
	if v.lang = v.foreign(); v.lang != nil {
		v.readNames()
	}
	v.readKeys()
	v.cutPrefix()
	v.readRow()
	for i := range v.fields {
		v.readWords(&v.fields[i])
	}
	v.readPeople()
	v.linked = v.links()
}

// readNames takes the names of the table and its fields in.
func (v *view) readNames() {
	v.toks = v.Enricher.name(v.table.ID.Name, v.lang, v.toks, &v.name)
	v.name.part = kindPart(v.name.part, v.table.Kind)
	v.fields, v.words = v.fields[:0], v.words[:0]
	for i := range v.table.Fields {
		v.readField(&v.table.Fields[i])
	}
}

// foreign gives the language that the names are in, nil for English.
func (v *view) foreign() *language {
	var t tally
	t.add(v.lexicon, v.name.row)
	t.add(v.lexicon, v.words)
	if lang := t.language(v.lexicon); lang != nil {
		return lang
	}
	if v.isTerse() {
		return v.lexicon.terse
	}
	return nil
}

// isTerse tells whether the names are short forms run together: all short, in
// capitals and without separators, and few of them words.
func (v *view) isTerse() bool {
	unread := 0
	for i := range v.fields {
		f := &v.fields[i]
		if len(f.src.Name) > maxTerse || strings.ContainsFunc(f.src.Name, func(r rune) bool { return r != '#' && (r < '0' || '9' < r) && (r < 'A' || 'Z' < r) }) {
			return false
		}
		for _, w := range f.words {
			if w.entry == nil && !w.number {
				unread++
				break
			}
		}
	}
	return len(v.fields) > 2 && 3*unread >= len(v.fields)
}

func (v *view) readField(src *metadata.Field) {
	start := len(v.words)
	last := start
	if v.lang != nil {
		v.toks, v.words = v.lexicon.splitForeign(v.lang, src.Name, v.toks, v.words)
	} else {
		v.toks, v.words, last = v.lexicon.split(src.Name, v.toks, v.words)
	}
	f := field{src: src, typeInfo: readType(src.DataType), words: v.words[start:len(v.words):len(v.words)], last: last - start, number: -1}
	f.rawLast = lastToken(src.Name, v.toks, f.words)
	if n := len(f.words); n > 1 && f.class == classJSON && f.words[n-1].isText("json", "jsonb") {
		f.words = f.words[:n-1] // the type says so
	}
	if n := len(f.words); n > 1 && f.words[n-1].number {
		if number, err := strconv.Atoi(f.words[n-1].text); err == nil {
			f.number, f.words = number, f.words[:n-1]
		}
	}
	v.strict = v.strict || !src.Nullable
	v.fields = append(v.fields, f)
}

// lastToken gives the last token as the name has it, together with the one before
// where both are one unit: m3.
func lastToken(name string, toks []string, words []word) string {
	n := len(toks)
	if n == 0 {
		return ""
	}
	if n > 1 && len(words) > 0 && isDigits(toks[n-1]) && !words[len(words)-1].number {
		if both := len(toks[n-2]) + len(toks[n-1]); strings.HasSuffix(name, toks[n-2]+toks[n-1]) {
			return name[len(name)-both:]
		}
	}
	return toks[n-1]
}

// readKeys marks the fields of keys.
func (v *view) readKeys() {
	for k := range v.table.Keys {
		key := &v.table.Keys[k]
		for at, name := range key.Fields {
			f := v.fieldNamed(name)
			if f == nil {
				continue
			}
			switch key.Kind {
			case metadata.KeyPrimary:
				f.primary, f.part = true, len(key.Fields) > 1
			case metadata.KeyUnique:
				f.unique = f.unique || len(key.Fields) == 1
			case metadata.KeyForeign:
				// Of several keys over one field the narrowest says most.
				if f.foreign == nil || len(key.Fields) < len(f.foreign.Fields) {
					f.foreign, f.at = key, at
				}
			}
		}
	}
}

func (v *view) fieldNamed(name string) *field {
	for i := range v.fields {
		if v.fields[i].src.Name == name {
			return &v.fields[i]
		}
	}
	return nil
}

// cutPrefix finds a first word that all names share and that means nothing, as
// in c_name and c_address of a table customer.
func (v *view) cutPrefix() {
	if len(v.fields) < 3 {
		return
	}
	for i := range v.fields {
		w := v.fields[i].words
		if len(w) < 2 || w[0].text != v.fields[0].words[0].text {
			return
		}
	}
	first := v.fields[0].words[0]
	switch {
	case first.entry == nil && !first.number || v.initials():
		v.prefix = first.text
		for i := range v.fields {
			v.fields[i].words = v.fields[i].words[1:]
			v.fields[i].last = max(0, v.fields[i].last-1)
		}
	case first.is(isNoun) && !v.name.clear():
		v.name.row = append(v.name.row[:0], first)
	}
}

// initials tells whether the names begin with the first letters of the table's
// words: ph_name of policy_holder.
func (v *view) initials() bool {
	first, _, cut := strings.Cut(v.fields[0].src.Name, "_")
	if !cut || len(first) < 2 || len(first) != len(v.name.row) {
		return false
	}
	for i, w := range v.name.row {
		if w.text == "" || first[i]|0x20 != w.text[0] {
			return false
		}
	}
	return true
}

// readRow says what a row is.
func (v *view) readRow() {
	v.clear, v.record, v.nature = v.name.clear() && !v.parts.unclear(v.name.row), false, ownerUnknown
	if v.name.tail != "" {
		v.nature = isThing
		return
	}
	if head := v.name.head(); head != nil {
		v.record = head.nature&isMass != 0
		if n := head.nature & isNoun; n != 0 {
			v.nature = n
		}
	}
}

// readWords notes the words of a name, and what it refers to.
func (v *view) readWords(f *field) {
	n := len(f.words)
	for _, w := range f.words {
		if w.entry != nil {
			v.seen.set(w.entry)
		}
	}
	if n > 1 && f.words[n-1].isText("id", "key") && f.words[n-2].is(isNoun) {
		v.refs.set(f.words[n-2].entry)
	}
	if n > 0 && f.words[n-1].isText("currency") || n > 1 && f.words[n-2].isText("currency") && f.words[n-1].isText("code", "id", "key") {
		v.currency = f.src.Name
	}
}

// readPeople says whether the rows are people or belong to people.
func (v *view) readPeople() {
	for _, w := range v.name.row {
		v.personal = v.personal || w.is(isPerson)
	}
	if head := v.name.head(); head != nil && head.nature&isEither != 0 && v.seenHuman() {
		v.nature, v.personal = isPerson, true
	}
	if v.nature&isPerson == 0 && v.nature&(isOrganization|isPlace) == 0 && v.seenName() && v.name.tail == "" {
		v.personal = true
		if v.nature == ownerUnknown {
			v.nature = isPerson
		}
	}
	if v.personal || v.nature&(isOrganization|isPlace) != 0 {
		return
	}
	for i := range v.fields {
		f := &v.fields[i]
		if n := len(f.words); n > 1 && f.words[n-1].isText("id", "key", "number") && f.words[n-2].is(isSubject) && !f.by() {
			v.personal = true
			return
		}
		if f.tellsPerson() {
			v.personal = true
			return
		}
		if f.foreign != nil && !f.by() && v.subjectTarget(f.foreign) {
			v.personal = true
			return
		}
	}
}

// seenName tells whether fields hold names that only people have.
func (v *view) seenName() bool {
	for i := range v.fields {
		w := v.fields[i].words
		if n := len(w); n > 1 && w[n-1].text == "name" && w[n-2].isText("last", "first", "family", "given") && v.fields[i].class&(classText|classUnknown) != 0 {
			return n == 2
		}
	}
	return false
}

// seenHuman tells whether some field holds what only people have.
func (v *view) seenHuman() bool {
	for i := range v.fields {
		for _, w := range v.fields[i].words {
			if w.is(isHuman) {
				return true
			}
		}
	}
	return false
}

// tellsPerson tells whether the field is the name of a person or how to reach
// one, or what somebody signs in with.
func (f *field) tellsPerson() bool {
	n := len(f.words)
	if n == 0 || f.class&(classText|classUnknown) == 0 {
		return false
	}
	if f.words[n-1].isText("username", "login", "password") {
		return true
	}
	if !f.words[n-1].isText("name", "phone", "email", "address") {
		return false
	}
	return n > 1 && f.words[n-2].is(isPerson) && !f.words[n-2].is(isMaker)
}

// by tells whether the field says who did something.
func (f *field) by() bool {
	for _, w := range f.words {
		if w.text == "by" {
			return true
		}
	}
	return false
}

func (v *view) subjectTarget(key *metadata.Key) bool {
	v.toks = v.Enricher.name(key.RefTable.Name, v.lang, v.toks, &v.target)
	for _, w := range v.target.row {
		if w.is(isSubject) {
			return true
		}
	}
	return false
}
