package enrich

import "github.com/semsync/semsync/internal/metadata"

// sayReference writes "customer who placed the order; refers to shop.customers.id".
func (v *view) sayReference(f *field, _ *match) {
	t := &v.text
	if f.foreign == nil {
		role := withoutID(f.words)
		if n := len(role); n > 1 && role[n-1].is(isPerson) && role[n-2].is(isPerson) {
			role = role[:n-1] // the manager employee is a manager
		}
		t.str("id of the ")
		v.sayTarget(f, role, nil)
		return
	}
	v.toks = v.Enricher.name(f.foreign.RefTable.Name, v.lang, v.toks, &v.target)
	v.sayTarget(f, v.role(f), &v.target)
	t.str("; refers to ")
	v.sayColumn(f)
}

// role gives the words that say what the target is to the row: customer,
// billing address, created by. None when the field is only named after the column it refers to.
func (v *view) role(f *field) []word {
	words := withoutID(f.words)
	if n := len(words); n > 1 && words[n-1].isText("code", "number") {
		words = words[:n-1]
	}
	refs := f.foreign.RefFields
	if f.at < len(refs) && refs[f.at] == f.src.Name && !v.shares(words, v.target.row) {
		return nil
	}
	return words
}

// shares tells whether the lists have a word in common.
func (v *view) shares(a, b []word) bool {
	for _, x := range a {
		for _, y := range b {
			if x.text == y.text {
				return true
			}
		}
	}
	return false
}

// sayTarget writes what the target is to the row. to is nil when no key says it.
func (v *view) sayTarget(f *field, role []word, to *tableName) {
	t := &v.text
	target := role
	if to != nil && len(to.row) > 0 {
		target = to.row
	}
	if d, ok := v.deedOf(role); ok {
		v.sayDeed(v.doer(&d, to), &d)
		return
	}
	if len(target) == 0 {
		t.str("row of another table")
		return
	}
	kind := v.roleKind(role, target)
	switch {
	case len(role) > 0 && role[len(role)-1].isText("parent") || len(kind) > 0 && kind[0].isText("parent"):
		v.sayParent(f, role, kind)
	case f.primary && !f.part && to != nil && len(kind) == 0:
		t.words(target, false)
		t.str(" that ")
		t.row(v)
		t.str(" is about")
	case len(kind) == 0 && to != nil && f.foreign != nil && v.otherLink(f.foreign) != nil:
		t.words(target, false)
		t.str(" linked to the ")
		t.words(v.otherLink(f.foreign), false)
	case len(kind) == 0 && v.name.part == partBridge:
		t.str("linked ")
		t.words(target, false)
	case len(kind) == 0:
		v.sayRelation(target)
	default:
		t.words(kind, false)
		if v.clear {
			t.str(" of ")
			t.row(v)
		}
	}
}

// otherLink gives what a table that only links links the key's target to; nil for other tables.
func (v *view) otherLink(key *metadata.Key) []word {
	if len(v.linked) != 2 || key != v.linked[0] && key != v.linked[1] {
		return nil
	}
	other := v.linked[0]
	if key == other {
		other = v.linked[1]
	}
	v.toks = v.Enricher.name(other.RefTable.Name, v.lang, v.toks, &v.other)
	return v.other.row
}

// doer gives the "user who" of a deed.
func (v *view) doer(d *deed, to *tableName) string {
	who := "user"
	if len(d.who) > 0 {
		who = d.who[len(d.who)-1].text
	} else if to != nil && len(to.row) > 0 {
		who = to.row[len(to.row)-1].text
		if head := to.row[len(to.row)-1]; !head.is(isPerson) && to.row[0].is(isPerson) {
			who = to.row[0].text
		}
	}
	if d.link.isText("to") {
		return who
	}
	return who + " who"
}

// roleKind gives what the role says beyond the target's own name: "billing
// address" for addresses, "manager" for employees; none for "customer" for customers.
func (v *view) roleKind(role, target []word) []word {
	n := len(role)
	if rest := v.withoutRow(role); len(rest) > 0 && len(rest) < n && !same(role, target) {
		role, n = rest, len(rest)
	}
	if n == 0 || same(role, target) {
		return nil
	}
	for skip := range target { // "item" for order items, "user" for user accounts
		if same(role, target[skip:]) || n <= len(target) && same(role, target[:n]) {
			return nil
		}
	}
	last := role[n-1]
	if n > 1 && len(target) > 0 && last.text == target[len(target)-1].text {
		if role[n-2].is(isPerson) && last.is(isPerson) {
			return role[:n-1] // manager employee is a manager
		}
	}
	if n == 1 && last.entry == nil {
		return nil
	}
	return role
}

func (v *view) sayParent(f *field, role, kind []word) {
	t := &v.text
	if len(role) == 1 {
		t.str("parent")
	} else {
		t.words(kind, false)
	}
	t.str(" of ")
	t.row(v)
	if f.src.Nullable {
		t.str(", if it has one")
	}
}

// sayRelation writes "customer who placed the order" or "customer of the order".
func (v *view) sayRelation(target []word) {
	t := &v.text
	head := target[len(target)-1].entry
	say := v.relations.find(v.name.head(), head)
	if v.name.tail != "" {
		say = ""
	}
	switch {
	case say != "":
		t.relate(say, func() { t.row(v) }, func() { t.words(target, false) })
	case v.startsWith(target):
		t.words(target, false)
		link, end := " that the ", " belongs to"
		if target[len(target)-1].is(isPerson) {
			link, end = " to whom the ", " belongs"
		}
		t.str(link)
		t.words(v.name.row[len(target):], false)
		t.str(end)
	case !v.clear:
		t.words(target, false)
	default:
		t.words(target, false)
		t.str(" of ")
		t.row(v)
	}
}

// startsWith tells whether the row is named as a part of the target: an order
// item belongs to an order.
func (v *view) startsWith(target []word) bool {
	row := v.name.row
	return v.name.tail == "" && len(row) > len(target) && same(row[:len(target)], target)
}

// sayColumn writes database.table.column of what the field refers to.
func (v *view) sayColumn(f *field) {
	t, key := &v.text, f.foreign
	if key.RefTable.Database != "" {
		v.sayName(key.RefTable.Database)
		t.str(".")
	}
	v.sayName(key.RefTable.Name)
	if f.at < len(key.RefFields) {
		t.str(".")
		v.sayName(key.RefFields[f.at])
	}
}

// sayName writes an identifier, in quotes where it could not be told from the sentence.
func (v *view) sayName(name string) {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c == '"' || c == '.' || c == ';' || c >= 0x7f {
			v.text.quoted(name)
			return
		}
	}
	if len(name) > 64 {
		v.text.quoted(name)
		return
	}
	v.text.str(name)
}
