package delta

import "strings"

// versionKey is understood in every comment, beside the configured version_field.
const versionKey = "version_field"

// VersionInComment finds field=value in a table's comment, or version_field=value
// where that is not there. The value ends at a space, comma, semicolon or
// bracket, or is quoted; a dot at its end belongs to the sentence.
func VersionInComment(comment, field string) (string, bool) {
	if v, ok := assigned(comment, field); ok {
		return v, true
	}
	return assigned(comment, versionKey)
}

func assigned(comment, key string) (string, bool) {
	for from := 0; key != ""; {
		at := strings.Index(comment[from:], key)
		if at < 0 {
			return "", false
		}
		start := from + at
		from = start + len(key)
		if start > 0 && isWord(comment[start-1]) {
			continue
		}
		rest, ok := strings.CutPrefix(strings.TrimLeft(comment[from:], " \t"), "=")
		if !ok {
			continue
		}
		if v := firstValue(strings.TrimLeft(rest, " \t")); v != "" {
			return v, true
		}
	}
	return "", false
}

func firstValue(s string) string {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		v, _, _ := strings.Cut(s[1:], s[:1])
		return strings.TrimSpace(v)
	}
	if end := strings.IndexAny(s, " \t\r\n,;)]}>"); end >= 0 {
		s = s[:end]
	}
	return strings.TrimRight(s, ".")
}

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || (lower(c) >= 'a' && lower(c) <= 'z')
}
