package lineage

import (
	"strings"
	"unicode"

	"github.com/jinzhu/inflection"
)

// wordsOf cuts a name into lower-case words: at what is no letter or digit, and where capitals begin.
func wordsOf(name string) []string {
	var out []string
	start, previous := 0, rune(0)
	cut := func(end int) {
		if start < end {
			out = append(out, strings.ToLower(name[start:end]))
		}
	}
	for i, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			cut(i)
			start = i + len(string(r))
		case unicode.IsUpper(r) && (unicode.IsLower(previous) || unicode.IsDigit(previous)):
			cut(i)
			start = i
		}
		previous = r
	}
	cut(len(name))
	return out
}

// tablePrefixes say how a table is used, not what is in it.
var tablePrefixes = map[string]bool{
	"dim": true, "fact": true, "fct": true, "stg": true, "staging": true, "raw": true, "src": true, "tbl": true, "t": true, "tb": true,
	"vw": true, "v": true, "gld": true, "slv": true, "brz": true, "int": true, "base": true, "mart": true, "ods": true, "dwh": true,
}

// words keeps the singular of each word that came up: finding it takes dozens of regular expressions.
type words map[string]string

// thing gives what rows of a table are, in the singular: customer for dim_customers.
func (w words) thing(table string) string {
	words := wordsOf(table)
	for len(words) > 1 && tablePrefixes[words[0]] {
		words = words[1:]
	}
	return w.singular(words)
}

// singular joins words, the last one in the singular.
func (w words) singular(words []string) string {
	if len(words) == 0 {
		return ""
	}
	last := len(words) - 1
	one, ok := w[words[last]]
	switch {
	case ok:
	case strings.IndexFunc(words[last], unicode.IsLetter) < 0: // a number, of which there may be one for each table
		one = words[last]
	default:
		one = inflection.Singular(words[last])
		w[words[last]] = one
	}
	return strings.Join(append(words[:last:last], one), "_")
}

// keyWords end the names of fields that refer to something.
var keyWords = map[string]bool{
	"id": true, "key": true, "code": true, "no": true, "nbr": true, "num": true, "number": true, "uuid": true, "guid": true,
	"ref": true, "fk": true, "pk": true, "sk": true, "sku": true,
}

// typeClass gives the kind of values of a type, so far as it matters for joining: integers of any size are one kind.
func typeClass(dataType string) string {
	t := strings.ToLower(dataType)
	word := strings.FieldsFunc(t, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(word) == 0 {
		return t
	}
	switch {
	case strings.HasSuffix(word[0], "int"), strings.HasPrefix(word[0], "int") && word[0] != "interval", strings.HasSuffix(word[0], "serial"):
		return "integer"
	case strings.Contains(word[0], "char"), strings.HasSuffix(word[0], "text"), word[0] == "string", word[0] == "clob":
		return "text"
	case word[0] == "numeric", word[0] == "decimal", word[0] == "number":
		return "number"
	default:
		return word[0]
	}
}

// joinClass gives the class that values of a class may be joined with: whole numbers of any kind are equal.
func joinClass(class string) string {
	if class == "number" {
		return "integer"
	}
	return class
}
