package enrich

// sayKey writes "unique id of the customer".
func (v *view) sayKey(f *field, m *match) {
	t := &v.text
	n := len(f.words)
	noun := "id"
	before := f.words
	if last := f.words[n-1]; isIDWord(last) || last.isText("number", "code", "line", "sequence") {
		before = f.words[:n-1]
		switch {
		case last.isText("key", "sk"):
			noun = "key"
		case last.isText("number"):
			noun = "number"
		}
	}
	if rest := v.withoutRow(before); len(rest) > 0 && f.primary {
		v.sayOtherKey(f, before, noun)
		return
	}
	if f.primary && !f.part || f.unique {
		t.str("unique ")
	}
	t.str(noun + " of ")
	t.row(v)
	if f.class == classUUID {
		t.str(", as a UUID")
	}
	if f.part {
		t.str("; part of the primary key")
	}
}

// sayOtherKey writes of a key that is named after something else than the row.
func (v *view) sayOtherKey(f *field, before []word, noun string) {
	t := &v.text
	o := v.ownerOf(before)
	switch last := before[len(before)-1]; {
	case last.is(isNoun):
		t.str(noun + " of the ")
		t.words(before, false)
	default:
		t.words(o.kind, false)
		t.str(" " + noun)
		if f.part {
			t.str(" of ")
			t.row(v)
		}
	}
	if f.part {
		t.str("; part of the primary key")
		return
	}
	t.str("; identifies ")
	t.row(v)
}
