package pii

import (
	"fmt"
	"regexp"
	"strings"
)

// nationalIDs check the compact form of numbers that states give to people. Numbers
// that only one in ten strings of digits could be are enough by themselves.
var nationalIDs = []func(compact string) bool{
	spanishDNI, frenchNIR, germanIDCard, germanPension, italianFiscalCode, dutchBSN, portugueseCard, brazilianCPF, britishNINO,
}

// socialSecurity is the printed form of the number of the United States.
var socialSecurity = regexp.MustCompile(`^\d{3}-\d{2}-\d{4}$`)

// recognizeNational looks for national identity numbers.
func recognizeNational(v *value) {
	compact := v.compact
	if len(compact) < 8 || len(compact) > 15 && len(compact) != 16 || v.digits < 4 {
		return
	}
	for _, check := range nationalIDs {
		if check(compact) {
			v.add(formNational)
			break
		}
	}
	if len(compact) == 9 && isDigits(compact) && americanSSN(compact) {
		v.add(formBareNational)
		if socialSecurity.MatchString(v.text) {
			v.add(formSocialSecurity)
		}
	}
	if len(compact) == 10 && isDigits(compact) && britishNHS(compact) {
		v.add(formPatient)
	}
}

// americanSSN has no check digit, only numbers that are never given.
// https://www.ssa.gov/employer/randomizationfaqs.html
func americanSSN(digits string) bool {
	area := digits[:3]
	return area != "000" && area != "666" && area < "900" && digits[3:5] != "00" && digits[5:] != "0000" && !uniform(digits)
}

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

// spanishDNI checks DNI and NIE: eight digits, or a letter and seven, and a letter for the rest by 23.
func spanishDNI(text string) bool {
	if len(text) != 9 {
		return false
	}
	digits := text[:8]
	if at := strings.IndexByte("XYZ", text[0]); at >= 0 {
		digits = "012"[at:at+1] + text[1:8]
	}
	return isDigits(digits) && text[8] == dniLetters[number(digits)%int64(len(dniLetters))]
}

// frenchNIR checks sex, month and the key, 97 less the rest by 97. Corsica's departments are 2A and 2B.
func frenchNIR(text string) bool {
	if len(text) != 15 || strings.IndexByte("123478", text[0]) < 0 {
		return false
	}
	switch text[5:7] {
	case "2A":
		text = text[:5] + "19" + text[7:]
	case "2B":
		text = text[:5] + "18" + text[7:]
	}
	if !isDigits(text) {
		return false
	}
	month := number(text[3:5])
	known := month >= 1 && month <= 12 || month >= 20 && month <= 42 || month >= 50
	return known && number(text[13:]) == 97-number(text[:13])%97
}

// germanIDCard checks the number of an identity card with its check digit.
func germanIDCard(text string) bool {
	return len(text) == 10 && strings.IndexByte("LMNPRTVWXY", text[0]) >= 0 &&
		isDigits(text[9:]) && !strings.ContainsAny(text, "ABDEIOQSU<_") && weights731(text)
}

var pensionWeights = []int{2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1}

// germanPension checks the insurance number: area, birth date, letter, serial number, check digit.
func germanPension(text string) bool {
	if len(text) != 12 || !isDigits(text[:8]) || !isUpper(text[8:9]) || !isDigits(text[9:]) {
		return false
	}
	if day, month := number(text[2:4]), number(text[4:6]); day < 1 || day > 81 || month > 12 || text[:2] < "02" {
		return false
	}
	letter := int(text[8]-'A') + 1
	expanded := text[:8] + fmt.Sprintf("%02d", letter) + text[9:11]
	sum := 0
	for i, weight := range pensionWeights {
		product := int(expanded[i]-'0') * weight
		sum += product/10 + product%10
	}
	return sum%10 == int(text[11]-'0')
}

var fiscalCode = regexp.MustCompile(`^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$`)

// fiscalOdd are the values of characters in odd places, 0 to 9 and A to Z, from the decree of 23 December 1976.
var fiscalOdd = [...]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}

func italianFiscalCode(text string) bool {
	if len(text) != 16 || !fiscalCode.MatchString(text) {
		return false
	}
	sum := 0
	for i := range 15 {
		place := int(text[i] - '0')
		if text[i] >= 'A' {
			place = int(text[i] - 'A')
		}
		if i%2 == 0 {
			place = fiscalOdd[place]
		}
		sum += place
	}
	return int(text[15]-'A') == sum%26
}

func dutchBSN(text string) bool {
	return len(text) == 9 && isDigits(text) && !uniform(text) && weighted(text, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0
}

// portugueseCard checks the number of a Cartão de Cidadão with its version and last digit.
func portugueseCard(text string) bool {
	if len(text) != 12 || !isDigits(text[:9]) || !isDigits(text[11:]) || isDigits(text[9:11]) {
		return false
	}
	sum := 0
	for i := range len(text) {
		digit, ok := alphanumeric(text[i])
		if !ok || text[i] == '<' {
			return false
		}
		if i%2 == 0 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}

func brazilianCPF(text string) bool {
	return len(text) == 11 && isDigits(text) && !uniform(text) &&
		brazilianCheck(weighted(text, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == text[9] &&
		brazilianCheck(weighted(text, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == text[10]
}

func brazilianCheck(sum int) byte {
	rest := sum % 11
	if rest < 2 {
		return '0'
	}
	return byte('0' + 11 - rest)
}

var nino = regexp.MustCompile(`^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$`)

// britishNINO has no check digit, but prefixes that are not given.
// https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110
func britishNINO(text string) bool {
	if len(text) != 9 || !nino.MatchString(text) {
		return false
	}
	switch text[:2] {
	case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
		return false
	default:
		return true
	}
}

// britishNHS checks the last digit, 11 less the weighted sum's rest by 11.
func britishNHS(digits string) bool {
	check := 11 - weighted(digits, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return check%11 == int(digits[9]-'0') && check != 10 && !uniform(digits)
}
