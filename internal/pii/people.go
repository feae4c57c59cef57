package pii

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName is the length of the longest text that is looked up in lists, in characters.
const longestName = 80

var titles = list("mr mr. mrs mrs. ms ms. miss dr dr. prof prof. herr frau sr sr. sra jr jr. ii iii don dona")

// recognizePeople looks for names of people and of companies.
func recognizePeople(v *value) (isCompany bool) {
	if v.digits > 0 || v.letters < 2 || v.runes > longestName || v.spaces > 5 || !spelled(v.text) {
		return false
	}
	words := strings.FieldsFunc(v.text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	folded := make([]string, 0, len(words))
	capital := true
	for _, word := range words {
		lower := fold(word)
		if company[lower] {
			return true
		}
		if titles[lower] {
			continue
		}
		first, _ := utf8.DecodeRuneInString(word)
		capital = capital && unicode.IsUpper(first)
		folded = append(folded, lower)
	}
	switch {
	case len(folded) == 1:
		recognizeOneName(v, folded[0])
	case len(folded) > 1 && isFullName(folded, capital, strings.Contains(v.text, ",")):
		v.add(formFullName)
	}
	return false
}

func recognizeOneName(v *value, name string) {
	first, _, _ := strings.Cut(name, "-") // Jean-Pierre
	if given[name] || given[first] {
		v.add(formGivenName)
	}
	if family[name] || family[first] {
		v.add(formFamilyName)
	}
}

// isFullName tells whether the words are a given and a family name, of which one is known where
// both begin with a capital, and both are where they do not. With a comma the family name is first.
func isFullName(words []string, capital, comma bool) bool {
	first, last := words[0], words[len(words)-1]
	if comma {
		first, last = words[1], words[0]
	}
	head, _, _ := strings.Cut(first, "-")
	knownFirst := given[first] || given[head]
	tail := last[strings.LastIndexByte(last, '-')+1:]
	knownLast := family[last] || family[tail]
	initial := len(strings.Trim(first, ".")) == 1
	switch {
	case knownFirst && knownLast:
		return true
	case !capital || len(words) > 4:
		return false
	default:
		return knownFirst && !streets[last] || initial && knownLast
	}
}

// spelled tells whether a text is letters and what stands between those in names.
func spelled(text string) bool {
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && !strings.ContainsRune(" '’-.,&", r) {
			return false
		}
	}
	return true
}

// genders are words for a gender, folded.
var genders = list("male female man woman other nonbinary non-binary diverse divers unknown undisclosed mannlich weiblich homme femme" +
	" masculin feminin hombre mujer masculino femenino feminino maschio femmina uomo donna man vrouw masculine feminine transgender intersex")

// recognizeGender looks for words, letters and the digits of ISO 5218.
func recognizeGender(v *value) {
	if v.runes > 16 || v.spaces > 0 {
		return
	}
	switch text := fold(v.text); {
	case genders[text]:
		v.add(formGender)
	case text == "m" || text == "f" || text == "w" || text == "d" || text == "x" || text == "h" || text == "u":
		v.add(formGenderLetter)
	case text == "0" || text == "1" || text == "2" || text == "9":
		v.add(formGenderDigit)
	}
}
