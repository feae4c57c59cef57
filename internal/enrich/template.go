package enrich

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// templateVariables are the variables of a user's template, in the order in which they are named to people.
var templateVariables = []string{"field_name", "entity", "action", "table_name", "database", "data_type"}

// template is a compiled description template: text, then a variable, and so on.
type template []templatePart

type templatePart struct{ text, variable string }

// CheckTemplate tells whether a description template can be used. Its
// variables are {field_name}, {table_name}, {database} and {data_type} as the source has
// them, {entity}, what the field belongs to in words, and {action}, what
// happens to it, such as created.
func CheckTemplate(text string) error {
	_, err := compileTemplate(text)
	return err
}

func compileTemplate(text string) (template, error) {
	var out template
	for rest := text; rest != ""; {
		open := strings.IndexAny(rest, "{}")
		if open < 0 {
			return append(out, templatePart{text: rest}), nil
		}
		if rest[open] == '}' {
			return nil, errors.New("a } stands without a { before it")
		}
		name, tail, closed := strings.Cut(rest[open+1:], "}")
		if !closed {
			return nil, errors.New("a { is never closed")
		}
		if !isTemplateVariable(name) {
			return nil, fmt.Errorf("{%s} is not known; there are {%s}", name, strings.Join(templateVariables, "}, {"))
		}
		out, rest = append(out, templatePart{text: rest[:open], variable: name}), tail
	}
	return out, nil
}

func isTemplateVariable(name string) bool {
	return slices.Contains(templateVariables, name)
}

// sayTemplate writes a user's description.
func (v *view) sayTemplate(f *field, s shape, m *match, tpl template) {
	for _, part := range tpl {
		v.text.str(part.text)
		switch part.variable {
		case "field_name":
			v.text.given(f.src.Name)
		case "table_name":
			v.text.given(v.table.ID.Name)
		case "database":
			v.text.given(v.table.ID.Database)
		case "data_type":
			v.text.given(f.src.DataType)
		case "entity":
			v.sayEntity(f, s, m)
		case "action":
			v.sayAction(f)
		}
	}
}

// sayEntity writes what the field belongs to, without an article.
func (v *view) sayEntity(f *field, s shape, m *match) {
	o := m.owner
	switch s {
	case shapeReference, shapeKey:
		if words := withoutID(f.words); len(words) > 0 && !v.onlyRow(words) {
			v.text.words(words, false)
			return
		}
	case shapeEvent:
		occasion := v.occasionOf(f)
		o = v.ownerOf(occasion.before)
		if o.words == nil && len(o.kind) > 0 && occasion.event != nil && o.kind[len(o.kind)-1].is(isNoun) {
			v.text.words(o.kind, false)
			return
		}
	case shapePlain, shapeFlag, shapeCount, shapes:
	}
	if o.words != nil {
		v.text.words(o.words, false)
		return
	}
	v.text.rowName(v)
}

// sayAction writes what happens: created, shipped. "recorded" where the name does not say.
func (v *view) sayAction(f *field) {
	occasion := v.occasionOf(f)
	if occasion.event != nil {
		said := strings.TrimPrefix(strings.TrimPrefix(occasion.event.thing, "was "), "last ")
		v.text.str(said)
		return
	}
	if n := len(f.words); n > 0 && isState(f.words[n-1]) {
		v.text.word(f.words[n-1], false)
		return
	}
	v.text.str("recorded")
}
