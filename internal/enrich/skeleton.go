package enrich

import "strings"

// The fewest letters of a word, and of what is left of it without vowels.
const (
	minWithVowels = 5
	minSkeleton   = 3
)

// addSkeletons adds what is left of words without their vowels, as in psprt and
// mthr. What two words may stand for stands for neither.
func (l *lexicon) addSkeletons() {
	l.skeletons = map[string]*entry{}
	for _, e := range l.entries {
		s := skeletonOf(e.text)
		if len(e.text) < minWithVowels || len(s) < minSkeleton || e.nature&isAcronym != 0 || s == e.text {
			continue
		}
		if _, taken := l.skeletons[s]; taken {
			e = nil
		}
		l.skeletons[s] = e
	}
}

// skeletonOf gives the first letter and the consonants behind it, doubled ones once.
func skeletonOf(text string) string {
	out := []byte{text[0]}
	for i := 1; i < len(text); i++ {
		if c := text[i]; !strings.ContainsRune("aeiou", rune(c)) && c != out[len(out)-1] {
			out = append(out, c)
		}
	}
	return string(out)
}
