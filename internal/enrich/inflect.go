package enrich

import "strings"

// pluralOf gives the plural of an English noun by the usual rules.
func pluralOf(s string) string {
	switch {
	case s == "":
		return ""
	case hasAnySuffix(s, "s", "x", "z", "ch", "sh"):
		return s + "es"
	case strings.HasSuffix(s, "y") && len(s) > 1 && !isVowel(s[len(s)-2]):
		return s[:len(s)-1] + "ies"
	default:
		return s + "s"
	}
}

// singularOf gives the singular of a word that the lexicon does not have, and
// whether it looks like a plural.
func singularOf(s string) (string, bool) {
	switch {
	case len(s) < 4 || !strings.HasSuffix(s, "s") || hasAnySuffix(s, "ss", "us", "is", "ous", "as"):
		return s, false
	case strings.HasSuffix(s, "ies") && len(s) > 4:
		return s[:len(s)-3] + "y", true
	case hasAnySuffix(s, "xes", "ches", "shes", "sses", "zzes"):
		return s[:len(s)-2], true
	default:
		return s[:len(s)-1], true
	}
}

// article gives the indefinite article for a phrase.
func article(phrase string) string {
	lower := strings.ToLower(phrase)
	if hasAnyPrefix(lower, "uni", "use", "usa", "eu", "one", "once", "ui ", "uuid", "uri", "url", "usd", "utc") && !hasAnyPrefix(lower, "unin", "unim", "unid") {
		return "a"
	}
	if phrase != lower && len(phrase) > 1 && phrase[1] <= 'Z' && strings.IndexByte("AEFHILMNORSX", phrase[0]) >= 0 {
		return "an" // spelled letter by letter
	}
	if lower != "" && isVowel(lower[0]) || hasAnyPrefix(lower, "hour", "honest", "heir") {
		return "an"
	}
	return "a"
}

// describes reports whether an unknown word looks like an adjective or participle.
func describes(s string) bool {
	return len(s) > 4 && hasAnySuffix(s, "able", "ible", "ed", "ive", "ous", "ful", "less", "ical", "ary", "ing", "ent", "ant")
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, x := range suffixes {
		if strings.HasSuffix(s, x) {
			return true
		}
	}
	return false
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, x := range prefixes {
		if strings.HasPrefix(s, x) {
			return true
		}
	}
	return false
}
