package pii

import (
	"slices"
	"strings"
)

// issuer is a range of leading digits and the lengths of its numbers.
type issuer struct {
	low, high string // of equal length
	lengths   []int
}

// issuers are the ranges of the payment card networks, from their public
// tables of bank identification numbers.
var issuers = []issuer{
	{"4", "4", []int{13, 16, 19}},                                               // Visa
	{"51", "55", []int{16}},                                                     // Mastercard
	{"2221", "2720", []int{16}},                                                 // Mastercard
	{"34", "34", []int{15}},                                                     // American Express
	{"37", "37", []int{15}},                                                     // American Express
	{"6011", "6011", []int{16, 17, 18, 19}},                                     // Discover
	{"644", "659", []int{16, 17, 18, 19}},                                       // Discover
	{"300", "305", []int{14}},                                                   // Diners Club
	{"36", "36", []int{14}},                                                     // Diners Club
	{"38", "39", []int{14, 16}},                                                 // Diners Club
	{"3528", "3589", []int{16, 17, 18, 19}},                                     // JCB
	{"62", "62", []int{16, 17, 18, 19}},                                         // UnionPay
	{"2200", "2204", []int{16, 17, 18, 19}},                                     // Mir
	{"5018", "5018", []int{16, 18, 19}},                                         // Maestro
	{"5020", "5020", []int{16, 18, 19}},                                         // Maestro
	{"5038", "5038", []int{16, 18, 19}},                                         // Maestro
	{"6304", "6304", []int{16, 18, 19}},                                         // Maestro
	{"6759", "6763", []int{16, 18, 19}},                                         // Maestro
	{"60", "60", []int{16}}, {"81", "82", []int{16}}, {"508", "508", []int{16}}, // RuPay
}

// recognizeCard looks for payment card numbers, and for what is left when they are cut to four digits.
func recognizeCard(v *value) {
	digits := v.compact
	if v.allDigits() && v.runes == 4 {
		v.add(formCardTail)
	}
	if len(digits) < 13 || len(digits) > 19 || !isDigits(digits) || strings.ContainsAny(v.text, "./") {
		return
	}
	if issued(digits) && luhn(digits) {
		v.add(formCard)
	}
}

func issued(digits string) bool {
	for _, issuer := range issuers {
		head := digits[:len(issuer.low)]
		if head < issuer.low || head > issuer.high {
			continue
		}
		if slices.Contains(issuer.lengths, len(digits)) {
			return true
		}
	}
	return false
}
