package enrich

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how many bytes of a name are looked at.
const maxName = 256

// tokens cuts a name at everything that is not a letter or digit, where small
// letters turn to capitals, and between letters and digits. The tokens share
// the name's memory and keep its capitals.
func tokens(name string, out []string) []string {
	if len(name) > maxName {
		name = name[:maxName]
	}
	start := -1
	var previous rune
	for i, r := range name {
		part := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
		switch {
		case !part && start >= 0:
			out = append(out, name[start:i])
			start = -1
		case part && start < 0:
			start = i
		case part && cuts(previous, r, name[i:]):
			out = append(out, name[start:i])
			start = i
		}
		previous = r
	}
	if start >= 0 {
		out = append(out, name[start:])
	}
	return out
}

// cuts tells whether a token ends between two runes, of which rest starts with the second.
func cuts(a, b rune, rest string) bool {
	switch {
	case unicode.IsDigit(a) != unicode.IsDigit(b):
		return true
	case unicode.IsLower(a) && unicode.IsUpper(b):
		return true
	case unicode.IsUpper(a) && unicode.IsUpper(b):
		// HTTPServer is HTTP Server, but IDs is one word.
		next, _ := utf8.DecodeRuneInString(rest[utf8.RuneLen(b):])
		return unicode.IsLower(next) && !pluralOfCapitals(rest[utf8.RuneLen(b):])
	default:
		return false
	}
}

// pluralOfCapitals tells whether only the s of a plural follows.
func pluralOfCapitals(rest string) bool {
	if !strings.HasPrefix(rest, "s") {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest[1:])
	return !unicode.IsLower(next)
}

// split gives the words of a name. Short forms are expanded and names run
// together are taken apart as far as the lexicon reaches.
// It gives also where the words of the last token start.
func (l *lexicon) split(name string, toks []string, out []word) ([]string, []word, int) {
	toks = tokens(name, toks[:0])
	last := len(out)
	for i := 0; i < len(toks); i++ {
		tok := toks[i]
		if i+1 < len(toks) {
			last = len(out)
			if n := l.joined(toks[i:], &out); n > 0 {
				i += n - 1
				continue
			}
		}
		last = len(out)
		if isDigits(tok) {
			out = append(out, word{text: tok, number: true})
			continue
		}
		if len(tok) == 1 && i > 0 && (tok == "s" || tok == "S") && apostrophe(name, tok) {
			continue
		}
		out = l.expand(tok, i == 0 && len(toks) > 1, i == len(toks)-1 && i > 0, out)
		if n := len(out) - 1; n > last && out[n].entry == nil && l.units[out[n].text] != nil {
			last = n // a unit that is run together with what it measures
		}
	}
	return toks, out, last
}

// apostrophe tells whether the token follows an apostrophe in the name it is cut from.
func apostrophe(name, tok string) bool {
	return strings.Contains(name, "'"+tok) || strings.Contains(name, "’"+tok)
}

// joined takes tokens that are one word together: md5, e-mail, time stamp.
func (l *lexicon) joined(toks []string, out *[]word) int {
	a, b := toks[0], toks[1]
	if len(a)+len(b) > 20 {
		return 0
	}
	var buffer [24]byte
	both := lowerInto(buffer[:0], a)
	if isDigits(a) != isDigits(b) {
		both = lowerInto(both, b)
		if known, ok := l.forms[string(both)]; ok {
			*out = append(*out, known...)
			return 2
		}
		if l.units[string(both)] != nil && len(*out) > 0 {
			*out = append(*out, word{text: string(both)}) // m3 is one unit
			return 2
		}
		return 0
	}
	both = append(both, ' ')
	both = lowerInto(both, b)
	if known, ok := l.joins[string(both)]; ok {
		*out = append(*out, known...)
		return 2
	}
	return 0
}

// expand gives the words that one token stands for.
func (l *lexicon) expand(tok string, first, last bool, out []word) []word {
	var buffer [40]byte
	lower := lowerInto(buffer[:0], tok)
	if last {
		if known, ok := l.atEnd[string(lower)]; ok {
			return append(out, known...)
		}
	}
	if first {
		if known, ok := l.atStart[string(lower)]; ok {
			return append(out, known...)
		}
	}
	if known, ok := l.forms[string(lower)]; ok {
		return append(out, known...)
	}
	if pieces, ok := l.takeApart(string(lower), tok, out); ok {
		return pieces
	}
	if e := l.skeletons[string(lower)]; e != nil {
		return append(out, word{text: e.text, entry: e})
	}
	text := strings.ToLower(tok)
	singular, plural := singularOf(text)
	if e := l.byText[singular]; e != nil {
		return append(out, word{text: e.text, entry: e, plural: plural})
	}
	return append(out, word{text: singular, plural: plural})
}
