package pii

// luhn checks the last digit, see ISO/IEC 7812-1.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		digit := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}

// mod97 is the number that letters (A is 10) and digits make, modulo 97, see ISO/IEC 7064.
// It is -1 for other characters.
func mod97(text string) int {
	rest := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return -1
		}
	}
	return rest
}

// mod1110 checks the last digit, see ISO/IEC 7064, MOD 11,10.
func mod1110(digits string) bool {
	product := 10
	for i := range len(digits) - 1 {
		sum := (int(digits[i]-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return (11-product)%10 == int(digits[len(digits)-1]-'0')
}

// weights731 checks the last digit of a machine-readable field, see ICAO 9303-3, 4.9.
func weights731(text string) bool {
	sum := 0
	for i := range len(text) - 1 {
		digit, ok := alphanumeric(text[i])
		if !ok {
			return false
		}
		sum += digit * [...]int{7, 3, 1}[i%3]
	}
	return sum%10 == int(text[len(text)-1])-'0'
}

// alphanumeric gives a digit's value, 10 and up for letters, 0 for the filler.
func alphanumeric(c byte) (int, bool) {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0'), true
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10, true
	default:
		return 0, c == '<'
	}
}
