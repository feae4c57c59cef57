package enrich

// sayCity writes where the owner is.
func (v *view) sayCity(f *field, m *match) { v.sayPlace(f, m, "city") }

// sayState writes in which state the owner is.
func (v *view) sayState(f *field, m *match) {
	name := "state or province"
	if last := f.words[len(f.words)-1]; last.isText("county", "district", "region", "province") || len(f.words)-m.start > 1 {
		name = ""
	}
	v.sayPlace(f, m, name)
}

// sayPlace writes a place's part of an address; name is what the match is called, "" for its words.
func (v *view) sayPlace(f *field, m *match, name string) {
	v.sayKind(f, m)
	if words := f.words[m.start:]; name != "" && len(words) == 1 && words[0].isText("city", "state") {
		v.text.str(name)
	} else {
		v.text.words(words, false)
	}
	switch n := m.owner.nature(); {
	case m.owner.words == nil && !v.clear:
	case len(m.owner.kind) > 0 || n&(isPerson|isOrganization|isPlace) == 0:
		v.sayOf(f, m)
	case n&isPerson != 0:
		v.text.str(" in ")
		v.text.the(&m.owner)
		v.text.str("'s address")
	default:
		v.text.str(" where ")
		v.text.the(&m.owner)
		v.text.str(" is located")
	}
}

// sayAddress writes "shipping address of the order", or which line of it.
func (v *view) sayAddress(f *field, m *match) {
	if head := v.name.head(); f.number >= 0 && m.owner.words == nil && head != nil && head.text == "address" {
		v.sayAddressLine(f, m)
		return
	}
	v.sayWords(f, m)
	v.sayOf(f, m)
}

// sayAddressLine writes "second line of the customer's billing address".
func (v *view) sayAddressLine(f *field, m *match) {
	if f.number >= 0 {
		v.text.ordinal(f.number)
		v.text.str(" line of the ")
	} else {
		v.text.str("street line of the ")
	}
	kind := m.owner.kind
	if len(kind) > 0 {
		v.text.words(kind, false)
		v.text.str(" ")
	}
	head := v.name.head()
	if m.owner.words == nil && head != nil && head.text == "address" {
		v.text.words(v.name.row, false)
		return
	}
	v.text.str("address")
	v.sayOf(f, m)
}
