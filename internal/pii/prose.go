package pii

import "regexp"

const (
	proseWords      = 8
	proseCharacters = 40
)

var (
	emailWithin = regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}`)
	phoneWithin = regexp.MustCompile(`(\+\d{1,3}[ -]?|\b0|\()\d[\d ()/-]{6,16}\d`)
)

// isProse tells whether the value is sentences.
func isProse(v *value) bool {
	return v.spaces >= proseWords-1 && v.runes >= proseCharacters && v.letters > v.runes/2
}

// recognizeProse looks for sentences and, in them, for e-mail addresses and phone numbers.
func recognizeProse(v *value) {
	v.add(formProse)
	if emailWithin.MatchString(v.text) {
		v.add(formContact)
		return
	}
	found := phoneWithin.FindString(v.text)
	if found == "" {
		return
	}
	within := newValue(found, v.now)
	recognizePhone(within, noRegion)
	if within.forms.has(formPhone) || within.forms.has(formLocalPhone) {
		v.add(formContact)
	}
}
