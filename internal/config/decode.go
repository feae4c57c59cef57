package config

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/scope"
)

// decoder turns nodes into values of the Go types, and reports whatever does
// not fit with its place.
type decoder struct {
	file   string
	report *reporter
	// expanded and unknown are the expander's: values not to show, and values not known.
	expanded, unknown map[*yaml.Node]bool
	// positions gets the place of every key and entry that is met.
	positions map[string]Position
	// prefix of the keys in problems, such as environments.prod.
	prefix string
	// unused is set for what only has to be right, not to take effect.
	unused bool
}

// section decodes the keys of a mapping. Values go to out under their paths; a
// null is there as nil.
func (d *decoder) section(n *yaml.Node, keys []key, prefix string, out map[string]any) {
	if prefix != "" {
		d.positions[prefix] = pos(d.file, n)
	}
	if n.Kind != yaml.MappingNode {
		d.problem(n, prefix, "write its keys below it, indented", "must hold keys and values, not %s", kindName(n))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		k := d.key(name, keys, prefix)
		if k == nil {
			continue
		}
		path := join(prefix, k.name)
		switch {
		case k.children != nil && isNull(value):
		case k.children != nil:
			d.section(value, k.children, path, out)
		case isNull(value) && !d.text(value, k.typ):
			d.positions[path] = pos(d.file, value)
			out[path] = nil
		default:
			// Of lists and maps, what is right is kept, so that later checks see it.
			v, ok := d.value(value, k.typ, k.rules, path)
			if ok || v.IsValid() && v.Type() == k.typ && (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) {
				out[path] = v.Interface()
			}
		}
	}
}

// text reports whether a node that looks like null is a text from the environment.
func (d *decoder) text(n *yaml.Node, t reflect.Type) bool {
	return d.expanded[n] && n.Value != "" && t.Kind() == reflect.String
}

func (d *decoder) key(n *yaml.Node, keys []key, prefix string) *key {
	if k := find(keys, n.Value); k != nil {
		return k
	}
	if d.report.full() { // looking for what was meant takes its time
		d.problem(n, prefix, "", "has unknown keys")
		return nil
	}
	hint := "known keys are " + strings.Join(names(keys), ", ")
	if c := closest(n.Value, names(keys)); c != "" {
		hint = "did you mean " + c + "?"
	} else if where := elsewhere(n.Value); where != "" {
		hint = "did you mean " + where + "?"
	}
	d.problem(n, join(prefix, clip(n.Value)), hint, "is not a known key")
	return nil
}

// elsewhere finds a key that was written in another section.
func elsewhere(name string) string {
	for _, k := range rootLeaves() {
		if k.name == name {
			return k.path
		}
	}
	return ""
}

// value decodes one node into a value of type t.
func (d *decoder) value(n *yaml.Node, t reflect.Type, r rules, path string) (reflect.Value, bool) {
	d.positions[path] = pos(d.file, n)
	if d.unknown[n] {
		return reflect.Value{}, false
	}
	switch t {
	case scheduleType:
		return d.schedule(n, path)
	case pathsType:
		if n.Kind == yaml.ScalarNode {
			n = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: n.Line, Column: n.Column, Content: []*yaml.Node{n}}
		}
	case databaseType:
		if n.Kind == yaml.ScalarNode {
			v, ok := d.value(n, reflect.TypeFor[string](), r, path)
			return reflect.ValueOf(scope.Database{Pattern: v.String()}), ok
		}
	case matchType:
		if n.Kind == yaml.ScalarNode {
			v, ok := d.value(n, reflect.TypeFor[string](), r, path)
			return reflect.ValueOf(FieldMatch{Pattern: v.String()}), ok
		}
	}
	switch t.Kind() { //nolint:exhaustive // the default takes the rest
	case reflect.Struct:
		return d.entry(n, t, path)
	case reflect.Slice:
		return d.list(n, t, r, path)
	case reflect.Map:
		return d.mapping(n, t, path)
	case reflect.Pointer:
		v, ok := d.value(n, t.Elem(), r, path)
		if !ok {
			return v, false
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(v)
		return p, true
	default:
		return d.scalar(n, t, r, path)
	}
}

// entry decodes a struct that is an entry of a list.
func (d *decoder) entry(n *yaml.Node, t reflect.Type, path string) (reflect.Value, bool) {
	v := reflect.New(t).Elem()
	if n.Kind != yaml.MappingNode {
		d.problem(n, path, "write "+strings.Join(names(entryKeys(t)), ", ")+" as keys", "must hold keys and values, not %s", kindName(n))
		return v, false
	}
	ok := true
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := d.key(n.Content[i], entryKeys(t), path)
		if k == nil {
			ok = false
			continue
		}
		if isNull(n.Content[i+1]) && !d.text(n.Content[i+1], k.typ) {
			continue
		}
		f, fine := d.value(n.Content[i+1], k.typ, k.rules, join(path, k.name))
		if fine {
			v.Field(k.index).Set(f)
		}
		ok = ok && fine
	}
	return v, ok
}

// maxEntries bounds lists, so that comparing two of them stays cheap.
const maxEntries = 10_000

func (d *decoder) list(n *yaml.Node, t reflect.Type, r rules, path string) (reflect.Value, bool) {
	if n.Kind != yaml.SequenceNode {
		d.problem(n, path, "write [a, b] or lines that start with a dash", "must be a list, not %s", kindName(n))
		return reflect.Value{}, false
	}
	if len(n.Content) > maxEntries {
		d.problem(n, path, "use patterns", "has more than %d entries", maxEntries)
		return reflect.Value{}, false
	}
	out, ok := reflect.MakeSlice(t, 0, len(n.Content)), true
	for i, c := range n.Content {
		if isNull(c) && !d.text(c, t.Elem()) {
			d.problem(c, at(path, i), "remove the entry or write one", "is empty")
			out, ok = reflect.Append(out, reflect.Zero(t.Elem())), false
			continue
		}
		v, fine := d.value(c, t.Elem(), r, at(path, i))
		if !v.IsValid() || v.Type() != t.Elem() {
			v = reflect.Zero(t.Elem()) // entries keep their numbers
		}
		out, ok = reflect.Append(out, v), ok && fine
	}
	return out, ok
}

// mapping decodes a map whose keys are the user's; they keep their case.
func (d *decoder) mapping(n *yaml.Node, t reflect.Type, path string) (reflect.Value, bool) {
	if n.Kind != yaml.MappingNode {
		d.problem(n, path, "write name: value lines below it", "must hold names and values, not %s", kindName(n))
		return reflect.Value{}, false
	}
	out, ok := reflect.MakeMap(t), true
	for i := 0; i+1 < len(n.Content); i += 2 {
		v, fine := d.value(n.Content[i+1], t.Elem(), rules{}, join(path, n.Content[i].Value))
		if fine {
			out.SetMapIndex(reflect.ValueOf(n.Content[i].Value).Convert(t.Key()), v)
		}
		ok = ok && fine
	}
	return out, ok
}
