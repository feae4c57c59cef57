package pii

import (
	"regexp"
	"strings"
)

// taxNumbers check the compact form of the numbers of taxpayers.
var taxNumbers = []func(compact string) bool{
	germanTaxID, portugueseNIF, spanishCIF, italianVAT, brazilianCNPJ, europeanVAT,
}

var (
	// employer is the printed form of the number of employers in the United States.
	employer = regexp.MustCompile(`^\d{2}-\d{7}$`)
	// individual is that of taxpayers without a social security number.
	individual = regexp.MustCompile(`^9\d{2}-[5-9]\d-\d{4}$`)
)

// recognizeTax looks for tax numbers.
func recognizeTax(v *value) {
	compact := v.compact
	if len(compact) < 8 || len(compact) > 15 || v.digits < 7 {
		return
	}
	for _, check := range taxNumbers {
		if check(compact) {
			v.add(formTax)
			break
		}
	}
	if employer.MatchString(v.text) || individual.MatchString(v.text) || v.forms.has(formBareNational) || v.forms.has(formNational) {
		v.add(formBareTax) // many states take the number of the person for both
	}
}

// germanTaxID checks the last digit, and that of the first ten exactly one comes two or three times.
func germanTaxID(text string) bool {
	if len(text) != 11 || !isDigits(text) || text[0] == '0' {
		return false
	}
	var times [10]int
	for i := range 10 {
		times[text[i]-'0']++
	}
	repeated := 0
	for _, n := range times {
		switch {
		case n > 3:
			return false
		case n > 1:
			repeated++
		}
	}
	return repeated == 1 && mod1110(text)
}

func portugueseNIF(text string) bool {
	if len(text) != 9 || !isDigits(text) || strings.IndexByte("1235689", text[0]) < 0 {
		return false
	}
	check := 11 - weighted(text, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return check%11%10 == int(text[8]-'0')
}

// spanishCIF checks the numbers of companies: a letter, seven digits, and a digit or letter.
func spanishCIF(text string) bool {
	if len(text) != 9 || strings.IndexByte("ABCDEFGHJNPQRSUVW", text[0]) < 0 || !isDigits(text[1:8]) {
		return false
	}
	sum := 0
	for i := range 7 {
		digit := int(text[1+i] - '0')
		if i%2 == 0 {
			digit = digit*2/10 + digit*2%10
		}
		sum += digit
	}
	check := (10 - sum%10) % 10
	return text[8] == byte('0'+check) || text[8] == "JABCDEFGHI"[check]
}

func italianVAT(text string) bool {
	return len(text) == 11 && isDigits(text) && !uniform(text) && text[:7] != "0000000" && luhn(text)
}

func brazilianCNPJ(text string) bool {
	return len(text) == 14 && isDigits(text) && !uniform(text) &&
		brazilianCheck(weighted(text, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) == text[12] &&
		brazilianCheck(weighted(text, 6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) == text[13]
}

var (
	austrianVAT = regexp.MustCompile(`^U\d{8}$`)
	dutchVAT    = regexp.MustCompile(`^\d{9}B\d{2}$`)
)

// europeanVAT checks numbers that begin with their country.
func europeanVAT(text string) bool {
	country, rest := text[:2], text[2:]
	switch country {
	case "DE":
		return len(rest) == 9 && isDigits(rest) && mod1110(rest)
	case "FR":
		return len(rest) == 11 && isDigits(rest) && number(rest[:2]) == (12+3*(number(rest[2:])%97))%97
	case "BE":
		return len(rest) == 10 && isDigits(rest) && number(rest[8:]) == 97-number(rest[:8])%97
	case "IT":
		return italianVAT(rest)
	case "PT":
		return portugueseNIF(rest)
	case "ES":
		return spanishCIF(rest) || spanishDNI(rest)
	case "PL":
		return len(rest) == 10 && isDigits(rest) && weighted(rest, 6, 5, 7, 2, 3, 4, 5, 6, 7, -1)%11 == 0
	case "AT":
		return austrianVAT.MatchString(rest)
	case "NL":
		return dutchVAT.MatchString(rest)
	default:
		return false
	}
}
