package pii

import "fmt"

// Verdict is what the values of a column say by themselves. It holds counts and
// fixed words, never a value.
type Verdict struct {
	// Category is None where the values do not say.
	Category Category
	// Confidence runs from 0 to 1.
	Confidence float64
	// Evidence says in words what speaks for the category, Counter what speaks against it.
	Evidence []string
	Counter  []string
	// Values is how many values were looked at: neither NULL nor a word for nothing.
	Values int

	tally tally
}

// Found is the confidence from which on values alone make a column personal data.
const Found = 0.7

// telling is the share of values of a kind that is worth telling.
const telling = 0.1

// verdictOf finds the category of the most confidence.
func verdictOf(t tally) Verdict {
	v := Verdict{Values: t.values, tally: t}
	for _, category := range listed {
		if confidence := t.confidence(category); confidence > v.Confidence {
			v.Category, v.Confidence = category, confidence
		}
	}
	if v.Category == None {
		return v
	}
	v.Evidence = []string{v.says(v.Category)}
	v.Counter = v.speaksAgainst(v.Category)
	return v
}

// confidence is how sure the values alone are of a category.
func (t *tally) confidence(category Category) float64 {
	if t.values == 0 {
		return 0
	}
	if category == FreeText {
		return t.freeText()
	}
	at, known := place[category], traits[category]
	if t.alone[at] == 0 {
		return 0
	}
	share := float64(t.alone[at]) / float64(t.values)
	if share < known.least {
		return 0
	}
	confidence := t.weight[at] / float64(t.alone[at])
	return confidence * shareFactor(share, known.least) * t.enough(known.distinct)
}

// shareFactor rises from 0.85 at the least share to 1 at nine in ten.
func shareFactor(share, least float64) float64 {
	const full, low = 0.9, 0.85
	if share >= full {
		return 1
	}
	return low + (1-low)*(share-least)/(full-least)
}

// enough rises from a half to 1 with the number of different values.
func (t *tally) enough(distinct int) float64 {
	return 0.5 + 0.5*min(1, float64(t.distinct)/float64(distinct))
}

// freeText is sure of prose in which e-mail addresses or phone numbers stand.
func (t *tally) freeText() float64 {
	const confidence, contacts = 0.76, 0.02
	prose := float64(t.forms[formProse]) / float64(t.values)
	contact := float64(t.forms[formContact]) / float64(t.values)
	if prose < traits[FreeText].least || contact < contacts {
		return 0
	}
	return confidence * t.enough(traits[FreeText].distinct)
}

// serial tells numbers of which most are next to another.
func (t *tally) serial() bool {
	const most = 0.5
	return t.numbers > 5 && float64(t.neighbours) > most*float64(t.values)
}

// named is the share of values that have any form of a category.
func (v Verdict) named(category Category) float64 {
	if v.Values == 0 {
		return 0
	}
	return float64(v.tally.named[place[category]]) / float64(v.Values)
}

// against is the share of values that a category excludes.
func (v Verdict) against(category Category) float64 {
	if v.Values == 0 {
		return 0
	}
	allows := traits[category].allows | disguised
	n := 0
	for k, count := range v.tally.misses[place[category]] {
		if !allows.has(kind(k)) {
			n += count
		}
	}
	return float64(n) / float64(v.Values)
}

// disguises is the share of values that are hashed or masked.
func (v Verdict) disguises() float64 {
	if v.Values == 0 {
		return 0
	}
	return float64(v.tally.kinds[kindHash]+v.tally.kinds[kindMasked]) / float64(v.Values)
}

// says counts the values of a category.
func (v Verdict) says(category Category) string {
	return count(v.tally.named[place[category]], v.Values, traits[category].plural)
}

func count(n, of int, what string) string { return fmt.Sprintf("%d of %d values are %s", n, of, what) }

// speaksAgainst counts the kinds of the values that are not of a category.
func (v Verdict) speaksAgainst(category Category) []string {
	var out []string
	if v.tally.serial() {
		out = append(out, count(v.tally.neighbours, v.Values, "serial numbers"))
	}
	for k, n := range v.tally.misses[place[category]] {
		if float64(n) >= telling*float64(v.Values) && kind(k) != kindCode {
			out = append(out, count(n, v.Values, plurals[k]))
		}
	}
	return out
}
