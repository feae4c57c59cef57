package metadata

import (
	"errors"
	"strings"
)

// Reference names a table or a field as people write it: database.table or
// database.table.field, with "source:" before it where two sources have such a table.
// A part that holds a dot, a colon or a quote stands in double quotes, doubled inside.
type Reference struct {
	TableID
	Field string // "" for the table itself
}

// The ways in which a reference can be wrong.
var (
	errReferenceEmpty  = errors.New("has an empty part")
	errReferenceQuotes = errors.New("has a quote that does not end or that ends inside a part")
	errReferenceParts  = errors.New("must have the form database.table or database.table.field")
)

// ParseReference reads a reference. An empty source means any source.
func ParseReference(text string) (Reference, error) {
	var r Reference
	source, parts, err := partsOf(text)
	r.Source = source
	switch {
	case err != nil:
		return Reference{}, err
	case len(parts) == 2:
		r.Database, r.Name = parts[0], parts[1]
	case len(parts) == 3:
		r.Database, r.Name, r.Field = parts[0], parts[1], parts[2]
	default:
		return Reference{}, errReferenceParts
	}
	return r, nil
}

func partsOf(text string) (source string, parts []string, err error) {
	for {
		part, rest, err := nextPart(text)
		if err != nil {
			return "", nil, err
		}
		if rest != "" && rest[0] == ':' && source == "" && parts == nil {
			source, text = part, rest[1:]
			continue
		}
		parts = append(parts, part)
		if rest == "" {
			return source, parts, nil
		}
		if rest[0] != '.' {
			return "", nil, errReferenceParts
		}
		text = rest[1:]
	}
}

// nextPart cuts the first part off; rest begins with the separator after it.
func nextPart(text string) (part, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ".:")
		if end < 0 {
			end = len(text)
		}
		switch part = text[:end]; {
		case part == "" || strings.TrimSpace(part) != part:
			return "", "", errReferenceEmpty
		case strings.Contains(part, `"`):
			return "", "", errReferenceQuotes
		}
		return part, text[end:], nil
	}
	var b strings.Builder
	for text = text[1:]; ; text = text[1:] {
		end := strings.IndexByte(text, '"')
		if end < 0 {
			return "", "", errReferenceQuotes
		}
		b.WriteString(text[:end])
		text = text[end+1:]
		if !strings.HasPrefix(text, `"`) {
			break
		}
		b.WriteByte('"')
	}
	switch {
	case b.Len() == 0:
		return "", "", errReferenceEmpty
	case text != "" && text[0] != '.' && text[0] != ':':
		return "", "", errReferenceQuotes
	}
	return b.String(), text, nil
}

// String gives the form that ParseReference reads, without quotes where none are needed.
func (r Reference) String() string {
	var b strings.Builder
	if r.Source != "" {
		b.WriteString(quotePart(r.Source) + ":")
	}
	b.WriteString(quotePart(r.Database) + "." + quotePart(r.Name))
	if r.Field != "" {
		b.WriteString("." + quotePart(r.Field))
	}
	return b.String()
}

func quotePart(s string) string {
	if s != "" && !strings.ContainsAny(s, `.:"`) && strings.TrimSpace(s) == s {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// Table gives the reference to the field's table.
func (r Reference) Table() Reference { return Reference{TableID: r.TableID} }

// Unqualified gives the reference without its source.
func (r Reference) Unqualified() Reference {
	r.Source = ""
	return r
}

// From gives the reference as it is written beside another one: without the source when they share it.
func (r Reference) From(other Reference) string {
	if r.Source == other.Source {
		r.Source = ""
	}
	return r.String()
}
