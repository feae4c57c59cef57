package pii

import (
	"net/mail"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// recognizeEmail looks for e-mail addresses, with or without a name.
func recognizeEmail(v *value) {
	if strings.IndexByte(v.text, '@') > 0 && isEmail(v.text) {
		v.add(formEmail)
	}
}

func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	if err != nil {
		return false
	}
	_, domain, _ := strings.Cut(address.Address, "@")
	at := strings.LastIndexByte(domain, '.')
	if at < 1 || len(domain)-at < 3 || strings.Contains(address.Address, "*") {
		return false
	}
	for _, r := range domain[at+1:] {
		if r >= '0' && r <= '9' {
			return false
		}
	}
	return true
}

// regions are tried for numbers without a country code.
var regions = [...]string{"US", "GB", "DE", "FR", "ES", "IT", "NL", "PT", "BR", "IN", "AU", "MX", "PL", "BE", "CH", "AT", "SE", "JP"}

// noRegion is for no favourite.
const noRegion = -1

// recognizePhone looks for phone numbers. It gives the regions in which one without country
// code is valid, as bits. Where it is valid in the favourite, no other is tried.
func recognizePhone(v *value, favourite int) (in uint32) {
	if v.digits < 7 || v.digits > 15 || !looksDialled(v.text) || socialSecurity.MatchString(v.text) {
		return 0
	}
	if strings.HasPrefix(v.text, "+") || strings.HasPrefix(v.text, "00") && v.digits > 9 {
		if isPhone("+"+strings.TrimPrefix(strings.TrimPrefix(v.text, "+"), "00"), "ZZ") {
			v.add(formPhone)
		}
		return 0
	}
	if in = validIn(v.text, favourite); in == 0 {
		return 0
	}
	v.add(formDigitPhone)
	if !v.allDigits() || v.text[0] == '0' {
		v.add(formLocalPhone)
	}
	return in
}

func validIn(text string, favourite int) (in uint32) {
	if favourite != noRegion && isPhone(text, regions[favourite]) {
		return 1 << favourite
	}
	for i, region := range regions {
		if isPhone(text, region) {
			in |= 1 << i
		}
	}
	return in
}

func isPhone(text, region string) bool {
	parsed, err := phonenumbers.Parse(text, region)
	return err == nil && phonenumbers.IsValidNumber(parsed)
}

// looksDialled tells whether all characters are ones that are written in phone numbers. A
// single dot makes a decimal number.
func looksDialled(text string) bool {
	dots := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9', c == ' ', c == '-', c == '(', c == ')', c == '/':
		case c == '+' && i == 0, c == 'x' && i > 6:
		case c == '.':
			dots++
		default:
			return false
		}
	}
	return dots != 1 && text[0] != '-'
}
