package pii

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	// postcode are those that nothing else looks like: United Kingdom, Canada,
	// Netherlands with a space, United States with four more digits.
	postcode = regexp.MustCompile(`^(?i:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d|\d{4} [A-Z]{2}|\d{5}-\d{4})$`)
	// postalDigits are those of most other countries, which any number may be.
	postalDigits = regexp.MustCompile(`^(\d{4,6}|\d{5}-\d{3}|\d{2}-\d{3}|\d{4}-\d{3}|\d{3}-\d{4}|\d{3} \d{2})$`)
	pair         = regexp.MustCompile(`^\(?(-?\d{1,2}\.\d{3,}),\s*(-?\d{1,3}\.\d{3,})\)?$`)
	fraction     = regexp.MustCompile(`^-?\d{1,3}\.\d{2,}$`)
)

const longestAddress = 160

// recognizePlace looks for addresses, parts of them, and coordinates.
func recognizePlace(v *value) {
	switch {
	case v.runes > longestAddress:
	case v.ascii && v.runes <= 10 && postcode.MatchString(v.text):
		v.add(formPostcode)
	case v.runes <= 10 && postalDigits.MatchString(v.text):
		v.add(formPostalDigits)
	case v.digits > 0 && v.letters > 3 && v.spaces > 0:
		if hasStreet(v.text) {
			v.add(formStreet)
		}
	case v.digits == 0 && v.letters > 2 && cities[strings.ReplaceAll(fold(v.text), "-", " ")]:
		v.add(formCity)
	}
	recognizeCoordinate(v)
}

func recognizeCoordinate(v *value) {
	if v.letters > 0 || v.digits < 3 || v.runes > 60 {
		return
	}
	if parts := pair.FindStringSubmatch(v.text); parts != nil && within(parts[1], 90) && within(parts[2], 180) {
		v.add(formPair)
	}
	if fraction.MatchString(v.text) && within(v.text, 180) {
		v.add(formCoordinate)
	}
}

func within(text string, limit float64) bool {
	degrees, err := strconv.ParseFloat(text, 64)
	return err == nil && degrees >= -limit && degrees <= limit
}

// hasStreet tells whether one word is a number and one says that it is a street.
func hasStreet(text string) bool {
	number, street := false, false
	for word := range strings.FieldsFuncSeq(fold(text), func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '.' }) {
		number = number || word[0] >= '0' && word[0] <= '9' && len(word) <= 6
		street = street || streets[word]
		for _, ending := range streetEndings {
			street = street || len(word) > len(ending)+2 && strings.HasSuffix(word, ending)
		}
	}
	return number && street
}
