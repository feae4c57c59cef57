package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/invopop/jsonschema"
)

// The reference stands between these lines of docs/configuration.md.
const (
	beginMark = "<!-- reference: made by go generate ./internal/config -->"
	endMark   = "<!-- end of reference -->"
)

func replaceReference(docs []byte, reference string) ([]byte, error) {
	before, rest, ok := strings.Cut(string(docs), beginMark)
	_, after, closed := strings.Cut(rest, endMark)
	if !ok || !closed {
		return nil, errors.New("docs/configuration.md has lost the marks of its reference")
	}
	return []byte(before + beginMark + "\n\n" + reference + endMark + after), nil
}

// reference writes a table for the keys at the top and one for each section.
func reference(root *jsonschema.Schema) string {
	var b strings.Builder
	b.WriteString("### Top level\n\n")
	head(&b)
	for pair := root.Properties.Oldest(); pair != nil; pair = pair.Next() {
		if pair.Value.Properties == nil && entry(pair.Value) == nil {
			row(&b, pair.Key, pair.Value)
		}
	}
	b.WriteByte('\n')
	for pair := root.Properties.Oldest(); pair != nil; pair = pair.Next() {
		if pair.Value.Properties != nil || entry(pair.Value) != nil {
			fmt.Fprintf(&b, "### %s\n\n%s\n\n", pair.Key, sentence(pair.Value.Description, pair.Key))
			head(&b)
			rows(&b, "", pair.Value)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func head(b *strings.Builder) {
	b.WriteString("| key | takes | default | meaning |\n| --- | --- | --- | --- |\n")
}

// rows writes the keys of a section and of all below it; entries of lists show as key[].
func rows(b *strings.Builder, prefix string, s *jsonschema.Schema) {
	if e := entry(s); e != nil {
		s = e
	}
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		name, p := prefix+pair.Key, pair.Value
		switch e := entry(p); {
		case p.Properties != nil:
			rows(b, name+".", p)
		case e != nil:
			row(b, name, p)
			rows(b, name+"[].", e)
		default:
			row(b, name, p)
		}
	}
}

// entry gives the object that a list's entries may be, or nil.
func entry(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Items == nil {
		return nil
	}
	for _, one := range append([]*jsonschema.Schema{s.Items}, s.Items.AnyOf...) {
		if one.Properties != nil {
			return one
		}
	}
	return nil
}

func row(b *strings.Builder, key string, s *jsonschema.Schema) {
	short := key[strings.LastIndexByte(key, '.')+1:]
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", key, cell(takes(s)), cell(defaultOf(s)), cell(sentence(s.Description, short)))
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// sentence makes a sentence of its own out of a description that begins with
// its key: "key is …" and "key wants …" lose the key, "key of …" keeps it as words.
func sentence(description, key string) string {
	rest, ok := strings.CutPrefix(description, key+" ")
	if !ok {
		return strings.TrimSpace(strings.TrimPrefix(description, key+":"))
	}
	first, _, _ := strings.Cut(rest, " ")
	switch first {
	case "of", "for", "at", "such", "to", "in", "that":
		rest = strings.ReplaceAll(key, "_", " ") + " " + rest
	case "is", "are", "says", "say":
		rest = strings.TrimPrefix(rest, first+" ")
	}
	if first, _, _ = strings.Cut(rest, " "); strings.Contains(first, ":") {
		return rest
	}
	return strings.ToUpper(rest[:1]) + rest[1:]
}

func takes(s *jsonschema.Schema) string {
	switch {
	case s.Title != "":
		return s.Title
	case len(s.Enum) > 0:
		return choices(s.Enum)
	case s.Items != nil && len(s.Items.Enum) > 0:
		return "list of " + choices(s.Items.Enum)
	case s.Items != nil && entry(s) != nil:
		return "list"
	case s.Items != nil:
		return "list of text"
	case s.Type == "object":
		return "names and texts"
	case s.Type == "integer", s.Type == "number":
		return limits(s)
	case s.Type == "boolean":
		return "true or false"
	default:
		return "text"
	}
}

func choices(enum []any) string {
	words := make([]string, len(enum))
	for i, e := range enum {
		words[i] = fmt.Sprintf("`%v`", e)
	}
	return strings.Join(words, ", ")
}

func limits(s *jsonschema.Schema) string {
	switch {
	case s.Minimum != "" && s.Maximum != "":
		return fmt.Sprintf("%s to %s", s.Minimum, s.Maximum)
	case s.Minimum != "":
		return "at least " + string(s.Minimum)
	default:
		return s.Type
	}
}

func defaultOf(s *jsonschema.Schema) string {
	if s.Default == nil {
		return ""
	}
	if list, ok := s.Default.([]any); ok {
		return choices(list)
	}
	if text, ok := s.Default.(string); ok {
		return "`" + text + "`"
	}
	text, err := json.Marshal(s.Default)
	if err != nil {
		return fmt.Sprint(s.Default)
	}
	return "`" + string(text) + "`"
}
