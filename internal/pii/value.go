package pii

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// value is one value and what is counted in it. It lives as long as Add.
type value struct {
	text  string // without space around it
	now   time.Time
	forms forms

	runes, letters, digits, spaces, others int
	ascii                                  bool
	// compact is text in upper case without spaces, dots, hyphens and slashes, where it is of
	// ASCII and short enough for an identifier; else "".
	compact string
}

const longestIdentifier = 48

func newValue(text string, now time.Time) *value {
	v := &value{text: text, now: now, ascii: true}
	for _, r := range text {
		v.runes++
		switch {
		case r >= '0' && r <= '9':
			v.digits++
		case unicode.IsLetter(r):
			v.letters++
		case r == ' ' || unicode.IsSpace(r):
			v.spaces++
		default:
			v.others++
		}
		v.ascii = v.ascii && r < utf8.RuneSelf
	}
	if v.ascii && v.runes <= longestIdentifier {
		v.compact = strings.ToUpper(strings.Map(dropSeparator, text))
	}
	return v
}

func dropSeparator(r rune) rune {
	switch r {
	case ' ', '.', '-', '/':
		return -1
	default:
		return r
	}
}

func (v *value) add(f form) { v.forms |= 1 << f }

// allDigits tells whether the value is digits and nothing else.
func (v *value) allDigits() bool { return v.digits == v.runes && v.runes > 0 }

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

func isUpper(text string) bool {
	for i := range len(text) {
		if text[i] < 'A' || text[i] > 'Z' {
			return false
		}
	}
	return text != ""
}

// number is digits as a number; they must be at most 18.
func number(digits string) int64 {
	var out int64
	for i := range len(digits) {
		out = out*10 + int64(digits[i]-'0')
	}
	return out
}

// weighted is the sum of digits times weights.
func weighted(digits string, weights ...int) int {
	sum := 0
	for i, weight := range weights {
		sum += int(digits[i]-'0') * weight
	}
	return sum
}

// uniform tells whether all characters are the same, as in 00000000.
func uniform(text string) bool { return strings.Count(text, text[:1]) == len(text) }
