package metadata

import (
	"strconv"
	"unicode/utf8"
)

// AppendMembers appends the attributes that are set as members of a JSON object, each after a comma. It gives what
// encoding/json gives for them, in another order and in a fraction of its time: each new field is written so twice.
func (a *Attributes) AppendMembers(buf []byte) []byte {
	text := func(key, value string) {
		if value != "" {
			buf = AppendQuoted(append(buf, key...), value)
		}
	}
	list := func(key string, values []string) {
		if len(values) > 0 {
			buf = AppendList(append(buf, key...), values)
		}
	}
	text(`,"description":`, a.Description)
	list(`,"tags":`, a.Tags)
	text(`,"semantic_type":`, a.SemanticType)
	text(`,"business_term":`, a.BusinessTerm)
	text(`,"pii_category":`, a.PIICategory)
	text(`,"owner":`, a.Owner)
	text(`,"steward_email":`, a.StewardEmail)
	text(`,"data_classification":`, a.DataClassification)
	text(`,"refresh_cadence":`, a.RefreshCadence)
	if a.IsPII != nil {
		buf = strconv.AppendBool(append(buf, `,"is_pii":`...), *a.IsPII)
	}
	list(`,"valid_values":`, a.ValidValues)
	return buf
}

// JSON gives the attributes that are set as a JSON object.
func (a *Attributes) JSON() []byte {
	const usual = 256
	buf := a.AppendMembers(make([]byte, 0, usual))
	if len(buf) == 0 {
		return []byte("{}")
	}
	buf[0] = '{' // in place of the first comma
	return append(buf, '}')
}

// AppendList appends a JSON list of strings.
func AppendList(buf []byte, list []string) []byte {
	buf = append(buf, '[')
	for i, s := range list {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = AppendQuoted(buf, s)
	}
	return append(buf, ']')
}

// AppendQuoted appends a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendQuoted(buf []byte, s string) []byte {
	buf = append(buf, '"')
	for s != "" {
		n := plainLen(s)
		buf, s = append(buf, s[:n]...), s[n:]
		if s != "" {
			buf, s = appendEscaped(buf, s)
		}
	}
	return append(buf, '"')
}

// plainLen is the length of what s begins with that needs no care.
func plainLen(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

// appendEscaped appends the first rune of s, and gives the rest.
func appendEscaped(buf []byte, s string) (appended []byte, rest string) {
	const hex = "0123456789abcdef"
	switch c := s[0]; {
	case c >= utf8.RuneSelf:
		r, size := utf8.DecodeRuneInString(s)
		return utf8.AppendRune(buf, r), s[size:]
	case c == '"' || c == '\\':
		return append(buf, '\\', c), s[1:]
	case c == '\n':
		return append(buf, '\\', 'n'), s[1:]
	default:
		return append(buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15]), s[1:]
	}
}
