package enrich

import (
	"maps"
	"slices"
	"strings"
)

// The least that makes a table one of another language: names that English has
// not, of which one is long enough to be no short form.
const (
	minForeign     = 2
	minForeignLong = 5
)

// maxPhrase is how many tokens of a name are one phrase of a language at most.
const maxPhrase = 4

// maxLanguages is how many languages a view can count.
const maxLanguages = 8

// terse is the name of what is no language but reads as one: short forms run together.
const terse = "terse"

// maxTerse is the longest name of a terse table.
const maxTerse = 10

// language is what names of a language stand for in English.
type language struct {
	index     int
	terse     bool
	headFirst bool              // "numero tarjeta" is the card number
	words     map[string][]word // none for a word that is left out
	phrases   map[string][]word // several tokens with spaces between
}

// languageSpec is a language as data/languages.yaml has it.
type languageSpec struct {
	HeadFirst bool `yaml:"head_first"`
	Words     map[string]string
}

// readLanguages reads data/languages.yaml into the lexicon.
func readLanguages(l *lexicon) error {
	var file map[string]languageSpec
	if err := readData("languages.yaml", &file); err != nil {
		return err
	}
	l.foreign = map[string]uint8{}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		spec := file[name]
		lang := &language{index: len(l.languages), headFirst: spec.HeadFirst, words: map[string][]word{}, phrases: map[string][]word{}}
		for _, text := range slices.Sorted(maps.Keys(spec.Words)) {
			means := l.words(spec.Words[text])
			if strings.Contains(text, " ") {
				lang.phrases[text] = means
				continue
			}
			lang.words[text] = means
			if name != terse {
				l.tells(text, lang)
			}
		}
		if name == terse {
			l.terse, lang.terse = lang, true
			continue
		}
		l.languages = append(l.languages, lang)
	}
	return nil
}

// tells notes that a word which English has not tells the language.
func (l *lexicon) tells(text string, lang *language) {
	if _, english := l.forms[text]; english || len(text) < 3 {
		return
	}
	l.foreign[text] |= 1 << lang.index
	if singular, plural := singularOf(text); plural && l.byText[singular] == nil {
		l.foreign[singular] |= 1 << lang.index // words that the lexicon has not are kept in the singular
	}
}

// tally counts the words of other languages.
type tally struct {
	hits [maxLanguages]int
	long [maxLanguages]bool
}

func (t *tally) add(l *lexicon, words []word) {
	for i := range words {
		if words[i].entry != nil || words[i].number {
			continue
		}
		of := l.foreign[words[i].text]
		for lang := 0; of != 0; lang, of = lang+1, of>>1 {
			if of&1 != 0 {
				t.hits[lang]++
				t.long[lang] = t.long[lang] || len(words[i].text) >= minForeignLong
			}
		}
	}
}

// language gives the one that most words are of, nil when none has enough.
func (t *tally) language(l *lexicon) *language {
	var best *language
	for i, lang := range l.languages {
		if t.long[i] && t.hits[i] >= minForeign && (best == nil || t.hits[i] > t.hits[best.index]) {
			best = lang
		}
	}
	return best
}

// splitForeign gives the words of a name of a language in English and in English order.
func (l *lexicon) splitForeign(lang *language, name string, toks []string, out []word) ([]string, []word) {
	toks = tokens(name, toks[:0])
	start := len(out)
	foreign, all := false, len(toks) > 0
	for i := 0; i < len(toks); {
		before := len(out)
		n, more, theirs := l.readForeign(lang, toks[i:], out)
		_, english := l.forms[strings.ToLower(toks[i])]
		out, foreign, all = more, foreign || theirs && (n > 1 || !english), all && theirs
		i += n
		if lang.headFirst && before > start && (i < len(toks) || !isDigits(toks[i-1])) {
			turn(out[start:], before-start)
		}
	}
	if lang.headFirst && !foreign && !all {
		toks, out, _ = l.split(name, toks, out[:start]) // an English name among others keeps its order
	}
	return toks, out
}

// turn brings the words behind the first n to the front.
func turn(words []word, n int) {
	slices.Reverse(words[:n])
	slices.Reverse(words[n:])
	slices.Reverse(words)
}

// readForeign reads the phrase or the word at the front of the tokens. It gives
// how many tokens it took and whether they are of the language.
func (l *lexicon) readForeign(lang *language, toks []string, out []word) (int, []word, bool) {
	var buffer [64]byte
	phrase := lowerInto(buffer[:0], toks[0])
	first := string(phrase)
	best := 0
	var means []word
	for n := 1; n < min(len(toks), maxPhrase); n++ {
		phrase = lowerInto(append(phrase, ' '), toks[n])
		if known, ok := lang.phrases[string(phrase)]; ok {
			best, means = n+1, known
		}
	}
	if best > 0 {
		return best, append(out, means...), true
	}
	if known, ok := lang.words[first]; ok {
		return 1, append(out, known...), true
	}
	if isDigits(first) {
		return 1, append(out, word{text: first, number: true}), false
	}
	if len(toks) > 1 {
		if n := l.joined(toks, &out); n > 0 {
			return n, out, false
		}
	}
	if pieces, ok := l.takeApartForeign(lang, first, out); ok {
		return 1, pieces, true
	}
	return 1, l.expand(toks[0], false, false, out), false
}

// takeApartForeign finds the words of a compound such as fuehrerscheinnummer.
func (l *lexicon) takeApartForeign(lang *language, lower string, out []word) ([]word, bool) {
	if _, english := l.forms[lower]; english {
		return out, false
	}
	var ends [maxPieces]int
	n := cut(lower, !lang.terse, &ends, func(start, end int) bool {
		s := lower[start:end]
		_, theirs := lang.words[s]
		if lang.terse {
			return theirs && (len(s) > 2 || end == len(lower)) || len(s) > 2 && len(l.forms[s]) > 0
		}
		return theirs && len(s) > 2 || len(s) > 3 && len(l.forms[s]) > 0 || s == "nr" && end == len(lower)
	})
	if n == 0 {
		return out, false
	}
	start := 0
	for _, end := range ends[:n] {
		if known, ok := lang.words[lower[start:end]]; ok {
			out = append(out, known...)
		} else {
			out = l.expand(lower[start:end], false, false, out)
		}
		start = end
	}
	return out, true
}
