package pii

import (
	"math/bits"
	"strings"
	"time"
)

// Profile counts what the values of one column are. It is not safe for
// concurrent use. Its size is bounded, and it keeps no value.
type Profile struct {
	now      time.Time
	texts    sketch
	integers sketch
	tally    tally
}

// tally is what is counted. It is a value, to be copied.
type tally struct {
	values int // neither NULL nor a word for nothing
	nulls  int
	blanks int
	kinds  [numberOfKinds]int
	forms  [numberOfForms]int
	// named counts the values that have any form of a category, alone those that
	// have one which is enough by itself, and weight adds up the confidence of the latter.
	named  [numberOfCategories]int
	alone  [numberOfCategories]int
	weight [numberOfCategories]float64
	// misses counts the kinds of the values that are not in named.
	misses     [numberOfCategories][numberOfKinds]int
	local      [len(regions)]int // phone numbers without country code, by region
	neighbours int               // whole numbers next to one that came before
	recent     int               // days within a year before now
	distinct   int
	numbers    int // different whole numbers
}

// NewProfile makes an empty profile. Now tells which dates lie ahead.
func NewProfile(now time.Time) *Profile {
	return &Profile{now: now, texts: newSketch(), integers: newSketch()}
}

// blank are words for nothing.
var blank = list("null none nil n/a na nan - -- --- . ? unknown undefined (null) <null> \\n tbd todo empty")

// longestValue is how many bytes of a value are looked at.
const longestValue = 1024

// Null counts a NULL.
func (p *Profile) Null() { p.tally.nulls++ }

// Add counts a value. It keeps nothing of it but a hash.
func (p *Profile) Add(text string) {
	if len(text) > longestValue {
		text = text[:longestValue]
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if text == "" || len(text) <= len("undefined") && blank[strings.ToLower(text)] {
		p.tally.blanks++
		return
	}
	v := newValue(text, p.now)
	p.texts.add(p.texts.hash(text))
	f := recognize(v, p.favourite())
	p.tally.count(f)
	if f.dated && !f.moment.day.After(p.now) && f.moment.day.After(p.now.AddDate(-1, 0, 0)) {
		p.tally.recent++
	}
	if v.allDigits() && v.runes >= shortNumber && v.runes <= 18 { // few digits have neighbours anyhow
		p.addInteger(number(text))
	}
}

// addInteger counts neighbours, which serial numbers have and other numbers have not.
func (p *Profile) addInteger(n int64) {
	if p.integers.has(p.integers.hashNumber(n-1)) || p.integers.has(p.integers.hashNumber(n+1)) {
		p.tally.neighbours++
	}
	p.integers.add(p.integers.hashNumber(n))
}

// settled is how many phone numbers of one region make it the first to try.
const settled = 20

func (p *Profile) favourite() int {
	best := noRegion
	for i, n := range p.tally.local {
		if n >= settled && (best == noRegion || n > p.tally.local[best]) {
			best = i
		}
	}
	return best
}

// count counts one value.
func (t *tally) count(f finding) {
	t.values++
	t.kinds[f.kind]++
	for in := f.local; in != 0; in &= in - 1 {
		t.local[bits.TrailingZeros32(in)]++
	}
	var named [numberOfCategories]bool
	var alone [numberOfCategories]float64
	f.forms.each(func(form form) {
		t.forms[form]++
		at := place[meanings[form].category]
		named[at] = true
		if form != formLocalPhone { // counted by region
			alone[at] = max(alone[at], meanings[form].alone)
		}
	})
	for at := range named {
		if named[at] {
			t.named[at]++
		} else {
			t.misses[at][f.kind]++
		}
		if alone[at] > 0 {
			t.alone[at]++
			t.weight[at] += alone[at]
		}
	}
}

// Verdict says what the values that were added are. The profile can go on.
func (p *Profile) Verdict() Verdict {
	t := p.tally
	t.distinct, t.numbers = p.texts.distinct(), p.integers.distinct()
	t.phones()
	return verdictOf(t)
}

// phones counts the phone numbers without country code of the region that has most of them: a column of numbers
// that are valid here and there is none of phone numbers.
func (t *tally) phones() {
	most := 0
	for _, n := range t.local {
		most = max(most, n)
	}
	most = min(most, t.forms[formLocalPhone])
	at := place[Phone]
	t.alone[at] += most
	t.weight[at] += float64(most) * meanings[formLocalPhone].alone
}
