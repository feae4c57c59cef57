package pii

import (
	_ "embed" // for the lists
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	//go:embed data/given.txt
	givenText string
	//go:embed data/family.txt
	familyText string
	//go:embed data/cities.txt
	citiesText string
	//go:embed data/streets.txt
	streetsText string
	//go:embed data/company.txt
	companyText string

	given, family, cities, streets, company = list(givenText), list(familyText), list(citiesText), list(streetsText), list(companyText)
	streetEndings                           = endings(streetsText)
)

func list(text string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		out[strings.ReplaceAll(word, "_", " ")] = true
	}
	return out
}

func endings(text string) []string {
	var out []string
	for word := range strings.FieldsSeq(text) {
		if ending, is := strings.CutPrefix(word, "-"); is {
			out = append(out, ending)
		}
	}
	return out
}

// letters that are not a letter and an accent.
var latin = strings.NewReplacer("ß", "ss", "ø", "o", "Ø", "o", "ł", "l", "Ł", "l", "æ", "ae", "Æ", "ae", "œ", "oe", "đ", "d", "ı", "i", "’", "'")

// fold gives a text in lower case and without accents.
func fold(text string) string {
	for i := range len(text) {
		if text[i] >= 0x80 {
			text = latin.Replace(strings.Map(dropAccent, norm.NFD.String(text)))
			break
		}
	}
	return strings.ToLower(text)
}

func dropAccent(r rune) rune {
	if unicode.Is(unicode.Mn, r) {
		return -1
	}
	return r
}
