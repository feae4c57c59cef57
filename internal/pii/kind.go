package pii

// kind is what a value is apart from any category; each value has one.
type kind uint8

// The kinds.
const (
	kindCode kind = iota // letters and digits without spaces: anything
	kindFlag
	kindSmall // a whole number of few digits
	kindInteger
	kindDecimal
	kindDate
	kindTimestamp
	kindEpoch
	kindUUID
	kindHash
	kindMasked
	kindURL
	kindJSON
	kindVersion
	kindCompany
	kindWords
	kindProse
	numberOfKinds
)

// plurals are for evidence.
var plurals = [numberOfKinds]string{
	kindCode:      "codes",
	kindFlag:      "yes or no",
	kindSmall:     "short numbers",
	kindInteger:   "whole numbers",
	kindDecimal:   "decimal numbers",
	kindDate:      "dates",
	kindTimestamp: "dates with a time",
	kindEpoch:     "numbers of seconds or milliseconds since 1970",
	kindUUID:      "UUIDs",
	kindHash:      "hashes",
	kindMasked:    "masked",
	kindURL:       "URLs",
	kindJSON:      "JSON",
	kindVersion:   "version numbers",
	kindCompany:   "names of companies",
	kindWords:     "words",
	kindProse:     "prose",
}

// kinds is a set of them.
type kinds uint32

func kindsOf(members ...kind) kinds {
	var out kinds
	for _, member := range members {
		out |= 1 << member
	}
	return out
}

func (s kinds) has(k kind) bool { return s&(1<<k) != 0 }
