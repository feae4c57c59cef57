package pii

import "strings"

// hashPrefixes begin what password hashing functions give in their usual encodings.
var hashPrefixes = []string{
	"$2a$", "$2b$", "$2y$", "$argon2", "$scrypt$", "$pbkdf2", "$1$", "$5$", "$6$", "$y$", "$7$", "$P$", "$H$",
	"pbkdf2_sha", "pbkdf2:", "scrypt:", "bcrypt$", "argon2$", "bcrypt_sha256$", "SCRAM-SHA-", "{SSHA", "{SHA", "{CRYPT}", "{bcrypt}",
}

// recognizePassword looks for hashed passwords, and for bare hashes, which may be of anything.
func recognizePassword(v *value) {
	if v.spaces > 0 || v.runes < 20 {
		return
	}
	for _, prefix := range hashPrefixes {
		if strings.HasPrefix(v.text, prefix) {
			v.add(formPassword)
			return
		}
	}
	if isHash(v.text) {
		v.add(formBareHash)
	}
}

// isHash tells hexadecimal of the length of a digest that is not a number.
func isHash(text string) bool {
	switch len(text) {
	case 32, 40, 56, 64, 96, 128:
	default:
		return false
	}
	for i := range len(text) {
		if !isHex(text[i]) {
			return false
		}
	}
	return !isDigits(text)
}

// isMasked tells values of which part was replaced by signs.
func isMasked(text string) bool {
	return strings.Contains(text, "***") || strings.Contains(text, "XXXX") || strings.Contains(text, "xxxx") ||
		strings.Contains(text, "••") || strings.Contains(text, "####")
}
