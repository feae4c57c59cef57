package pii

import (
	"slices"
	"strings"
)

// Outcome says what values did to what the name said.
type Outcome string

// The outcomes.
const (
	Unchanged Outcome = "unchanged" // values say nothing to it
	Confirmed Outcome = "confirmed" // values agree
	Lowered   Outcome = "lowered"   // values speak against it, not enough to drop it
	Refuted   Outcome = "refuted"   // values exclude it
	Replaced  Outcome = "replaced"  // values say another category
	Detected  Outcome = "detected"  // values say it, and the name does not
)

// Decision is what name and values together say.
type Decision struct {
	Category   Category // None where it is not personal data
	Confidence float64  // of the category; where it was refuted, of that
	Evidence   string   // such as: name ends with "mail"; 96 of 100 values are e-mail addresses
	Outcome    Outcome
}

// How much is needed.
const (
	minimumValues = 10   // to refute a name
	someValues    = 3    // to say anything
	agrees        = 0.6  // share of values that confirms
	hardly        = 0.1  // share of values that does not
	excludes      = 0.9  // share of values that refutes
	doubts        = 0.5  // share of values that lowers
	surelyOther   = 0.8  // confidence of another category in place of one that values do not show
	surest        = 0.9  // the same where they show it in a form that many things have
	certain       = 0.99 // the most that is ever said
)

// Combine weighs what the name says against what the values are. Categories
// that values cannot tell, such as health, stay as the name said them.
func Combine(guess Guess, column Column, verdict Verdict) Decision {
	c := combination{guess: guess, column: column, verdict: verdict}
	if guess.Category == None {
		return c.withoutName()
	}
	if _, known := place[guess.Category]; !known || verdict.Values < someValues && !column.Truth {
		return c.decide(Unchanged, guess.Category, guess.Confidence)
	}
	return c.withName()
}

// combination is one call of Combine.
type combination struct {
	guess   Guess
	column  Column
	verdict Verdict
}

// decide makes a decision with evidence. more comes after what the name says.
func (c combination) decide(outcome Outcome, category Category, confidence float64, more ...string) Decision {
	parts := more
	if c.guess.Evidence != "" {
		parts = append([]string{c.guess.Evidence}, more...)
	}
	return Decision{Category: category, Confidence: min(confidence, certain), Evidence: strings.Join(parts, "; "), Outcome: outcome}
}

// withoutName believes values that are sure enough. What the engine numbers is nobody's number.
func (c combination) withoutName() Decision {
	v := c.verdict
	if v.Confidence < Found || v.Values < someValues || c.column.Numbered {
		return c.decide(Unchanged, None, c.guess.Confidence)
	}
	return c.decide(Detected, v.Category, v.Confidence, v.statements(v.Category)...)
}

// withName weighs a name whose category values can tell.
func (c combination) withName() Decision {
	category, v := c.guess.Category, c.verdict
	if c.column.Truth && !traits[category].allows.has(kindFlag) {
		return c.decide(Refuted, None, certain, "but its type holds true or false")
	}
	if c.column.Numbered && category != PatientID && category != DeviceID {
		return c.decide(Refuted, None, surelyOther, "but the engine numbers it")
	}
	share := v.named(category)
	if other, is := c.other(share); is {
		return c.decide(Replaced, other, v.Confidence, v.statements(other)...)
	}
	serial := v.tally.serial() && v.alone(category) < doubts && !traits[category].allows.has(kindSmall)
	against := v.against(category)
	switch {
	case serial && v.Values >= minimumValues:
		return c.decide(Refuted, None, excludes, "but "+strings.Join(v.speaksAgainst(category), ", "))
	case category == BirthDate && v.Values >= minimumValues && float64(v.tally.recent) >= excludes*float64(v.Values):
		return c.decide(Lowered, category, c.guess.Confidence*0.6, "but "+count(v.tally.recent, v.Values, "days of the last year"))
	case share >= agrees:
		return c.decide(Confirmed, category, 1-(1-c.guess.Confidence)*(1-0.7*share), v.statements(category)...)
	case share < hardly && against >= excludes && v.Values >= minimumValues:
		return c.decide(Refuted, None, excludes*against, "but "+strings.Join(v.speaksAgainst(category), ", "))
	case against >= doubts:
		return c.decide(Lowered, category, c.guess.Confidence*(1-0.5*against), v.statements(category)...)
	default:
		return c.undecided(category)
	}
}

// undecided is for values that neither confirm nor exclude.
func (c combination) undecided(category Category) Decision {
	v := c.verdict
	more := []string(nil)
	if v.disguises() >= doubts {
		more = append(more, count(v.tally.kinds[kindHash]+v.tally.kinds[kindMasked], v.Values, "hashed or masked"))
	}
	if category == BirthDate && v.tally.kinds[kindDate] > 0 {
		more = append(more, v.says(category))
	}
	return c.decide(Unchanged, category, c.guess.Confidence, more...)
}

// loose are categories of which the values give little away, so that others go before them.
var loose = []Category{FreeText, Username, DeviceID, BankAccount}

// other gives the category that the values say instead of the name's.
func (c combination) other(share float64) (Category, bool) {
	v, category := c.verdict, c.guess.Category
	if v.Category == None || v.Category == category || kin(v.Category, category) || v.Values < minimumValues {
		return None, false
	}
	needed := surelyOther
	if share >= hardly {
		needed = surest
	}
	if v.Confidence < needed || v.alone(category) >= hardly && !slices.Contains(loose, category) {
		return None, false
	}
	return v.Category, true
}

// kin tells categories that the same number can stand for.
func kin(a, b Category) bool {
	identity := func(c Category) bool { return c == NationalID || c == TaxID || c == PatientID }
	return identity(a) && identity(b)
}

// alone is the share of values that say a category by themselves.
func (v Verdict) alone(category Category) float64 {
	if v.Values == 0 {
		return 0
	}
	return float64(v.tally.alone[place[category]]) / float64(v.Values)
}

// statements are the count of a category's values and what speaks against it.
func (v Verdict) statements(category Category) []string {
	out := []string{v.says(category)}
	if counter := v.speaksAgainst(category); len(counter) > 0 {
		out = append(out, "but "+strings.Join(counter, ", "))
	}
	return out
}
