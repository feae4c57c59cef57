package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a text of anybody's making fit for one line of any medium: line breaks become
// spaces; control characters, terminal sequences' starts, marks that turn or hide text and
// bytes that are not UTF-8 become U+FFFD.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			return utf8.RuneError
		default:
			return r
		}
	}, s)
}

// clip cuts a text to at most limit runes.
func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// redact takes secrets out of a text that comes from elsewhere.
func redact(s string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[redacted]")
		}
	}
	return s
}
