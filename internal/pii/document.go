package pii

import (
	"regexp"
	"strings"
)

var (
	passportNumber = regexp.MustCompile(`^[A-Z]{0,3}\d{6,9}[A-Z]?$`)
	licenceNumber  = regexp.MustCompile(`^[A-Z0-9]{6,18}$`)
	// ukLicence is a surname, birth date and sex, initials and check characters.
	ukLicence = regexp.MustCompile(`^[A-Z]{2}[A-Z9]{3}\d(0[1-9]|1[0-2]|5[1-9]|6[0-2])(0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z0-9]\d?[A-Z]{2}$`)
	plate     = regexp.MustCompile(`^[A-Z0-9]{4,8}$`)
)

// recognizeDocument looks for passports, driving licences and vehicles.
func recognizeDocument(v *value) {
	compact := v.compact
	switch {
	case len(compact) < 4 || v.digits == 0:
		return
	case isTravelDocument(compact):
		v.add(formTravelDocument)
		return
	case isVIN(compact):
		v.add(formVIN)
	}
	if len(compact) >= 7 && len(compact) <= 10 && passportNumber.MatchString(compact) {
		v.add(formPassport)
	}
	if v.others == 0 || strings.ContainsAny(v.text, "-") {
		recognizeLicence(v)
	}
}

func recognizeLicence(v *value) {
	compact := v.compact
	if v.digits >= 4 && licenceNumber.MatchString(compact) {
		v.add(formLicence)
	}
	if ukLicence.MatchString(compact) {
		v.add(formUKLicence)
	}
	letters := v.letters > 0
	if letters && plate.MatchString(compact) || letters && len(compact) == 17 && licenceNumber.MatchString(compact) {
		v.add(formPlate) // or a VIN of a land without check digits
	}
}

// isTravelDocument checks the second line of a passport's machine-readable
// zone, see ICAO 9303-4: number, nation, birth, sex and expiry with their check digits.
func isTravelDocument(line string) bool {
	return len(line) == 44 && weights731(line[:10]) && weights731(line[13:20]) && weights731(line[21:28]) &&
		strings.IndexByte("MF<", line[20]) >= 0
}

var vinWeights = [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}

// vinLetters are the values of A to Z; I, O and Q do not occur. See 49 CFR 565.15.
const vinLetters = "12345678 12345 7 923456789"

// isVIN checks the ninth character of a vehicle identification number.
func isVIN(text string) bool {
	if len(text) != 17 || uniform(text) {
		return false
	}
	sum := 0
	for i := range 17 {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c = vinLetters[c-'A']
		}
		if c < '0' || c > '9' {
			return false
		}
		sum += int(c-'0') * vinWeights[i]
	}
	return text[8] == "0123456789X"[sum%11] && !isDigits(text)
}
