package enrich

import "math/bits"

// fallbacks are the rules for plain fields that no pattern knows, by class of
// type: for names of which all, some or no words can be read.
type fallbacks [17][readable]*candidate

// How much of a name can be read.
const (
	readNone = iota
	readSome
	readAll
	readable // how many there are
)

// fallbackMeanings are the semantic types by class.
var fallbackMeanings = []struct {
	class    typeClass
	semantic string
}{
	{classText, "text"},
	{classInteger, "measure"},
	{classDecimal, "measure"},
	{classBoolean, "flag"},
	{classDate, "timestamp"},
	{classTimestamp, "timestamp"},
	{classTime, "timestamp"},
	{classInterval, "measure"},
	{classJSON, "json"},
	{classBinary, "binary"},
	{classUUID, "identifier"},
	{classNetwork, "identifier"},
	{classGeo, "geo"},
	{classList, "text"},
	{classEnum, "dimension"},
	{classUnknown, ""},
}

func newFallbacks() (*fallbacks, error) {
	words, err := compileSay("{words}{of}")
	if err != nil {
		return nil, err
	}
	unreadable, err := compileSay("{unreadable}")
	if err != nil {
		return nil, err
	}
	all := &fallbacks{}
	for _, meaning := range fallbackMeanings {
		for read, say := range [readable][]segment{unreadable, words, words} {
			r := &rule{name: "words", semantic: meaning.semantic, say: say, confidence: [readable]float64{0.1, 0.25, 0.4}[read]}
			for set := range tagSets {
				r.tags[set] = tagSet(nil, set)
			}
			all[bits.TrailingZeros32(uint32(meaning.class))][read] = &candidate{rule: r, evidence: [readable]string{"the name could not be read", "words of the name, not all known", "words of the name"}[read]}
		}
	}
	return all, nil
}

// fallback gives the rule for a field that no pattern knows. The last word is
// what it is, those before say of what.
func (v *view) fallback(f *field) match {
	n := len(f.words)
	read := readAll
	for _, w := range f.words {
		if w.entry == nil && !w.number {
			read = readSome
		}
	}
	if !legible(f.words) || !v.clear && n == 1 && read == readSome {
		read = readNone
	}
	m := match{candidate: v.fallbacks[bits.TrailingZeros32(uint32(f.class))][read], start: max(0, n-1)}
	m.owner = v.ownerOf(f.words[:m.start])
	return m
}

// legible tells whether a sentence can be made of the words.
func legible(words []word) bool {
	some := false
	for _, w := range words {
		for _, r := range w.text {
			if r >= 0x250 {
				return false // not in Latin letters
			}
		}
		some = some || w.entry != nil && !w.is(isPreposition) || w.entry == nil && !w.number && !isGibberish(w.text)
	}
	return some
}

// sayUnreadable writes of a field of whose name nothing can be made.
func (v *view) sayUnreadable(f *field, _ *match) {
	v.text.str("field ")
	v.text.quoted(f.src.Name)
	v.sayOf(f, &match{owner: owner{view: v}})
	v.text.str("; its name does not tell what it holds")
}
