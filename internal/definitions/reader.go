package definitions

import (
	"math"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/yamldoc"
)

// reader decodes the nodes of one file.
type reader struct {
	*loader
	path string
	free bool // references need not be known
}

// value reads the value of a key.
type value func(n *yaml.Node, key string)

// keys are the keys that a mapping may have.
type keys map[string]value

func (r *reader) problem(n *yaml.Node, key, hint, format string, args ...any) {
	r.report.At(yamldoc.Pos(r.path, n), key, hint, format, args...)
}

// root reads the sections of a file.
func (r *reader) root(n *yaml.Node) {
	var ignored string
	r.mapping(n, "", keys{
		"version": r.scalar(&ignored), "last_synced": r.when(new(time.Time)), "description": r.text(&ignored),
		"tables": r.tables, "glossary": r.glossary, "field_relationships": r.relationships, "field_lineage": r.lineage,
		"table_dependencies": r.dependencies, "governance": r.governance,
	})
}

// mapping reads the keys of a mapping. A key without a value says nothing.
func (r *reader) mapping(n *yaml.Node, key string, known keys, required ...string) bool {
	if n.Kind != yaml.MappingNode {
		r.problem(n, key, "write its keys below it, indented", "must hold keys and values, not %s", yamldoc.KindName(n))
		return false
	}
	var set []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, v := n.Content[i], n.Content[i+1]
		read, ok := known[name.Value]
		if !ok {
			r.unknown(name, key, known)
			continue
		}
		if yamldoc.IsNull(v) {
			continue
		}
		set = append(set, name.Value)
		read(v, join(key, name.Value))
	}
	for _, name := range required {
		if !slices.Contains(set, name) {
			r.problem(n, join(key, name), "add "+name+": with a value", "is missing")
		}
	}
	return true
}

func (r *reader) unknown(name *yaml.Node, key string, known keys) {
	var all []string
	for k := range known {
		all = append(all, k)
	}
	slices.Sort(all)
	hint := "known keys are " + strings.Join(all, ", ")
	if c := yamldoc.Closest(name.Value, all); c != "" {
		hint = "did you mean " + c + "?"
	}
	r.problem(name, join(key, clip(name.Value)), hint, "is not a known key")
}

// list reads the entries of a list.
func (r *reader) list(n *yaml.Node, key string, entry value) {
	if n.Kind != yaml.SequenceNode {
		r.problem(n, key, "write [a, b] or lines that start with a dash", "must be a list, not %s", yamldoc.KindName(n))
		return
	}
	for i, c := range n.Content {
		if yamldoc.IsNull(c) {
			r.problem(c, at(key, i), "remove the entry or write one", "is empty")
			continue
		}
		entry(c, at(key, i))
	}
}

// scalar reads any single value as it is written.
func (r *reader) scalar(to *string) value {
	return func(n *yaml.Node, key string) {
		if n.Kind != yaml.ScalarNode {
			r.problem(n, key, "write one value behind the colon", "must be one value, not %s", yamldoc.KindName(n))
			return
		}
		if strings.ContainsRune(n.Value, 0) {
			r.problem(n, key, "remove it", "holds a zero byte, which no database keeps")
			return
		}
		*to = strings.TrimSpace(n.Value)
	}
}

// text reads text. Space around it is not kept, so that a block of lines says the same as one line.
func (r *reader) text(to *string) value {
	return func(n *yaml.Node, key string) {
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" && n.ShortTag() != "!!timestamp" {
			r.problem(n, key, "write text; put what looks like a number, a date or true in quotes", "must be text, not %s", yamldoc.KindName(n))
			return
		}
		if strings.ContainsRune(n.Value, 0) {
			r.problem(n, key, "remove it", "holds a zero byte, which no database keeps")
			return
		}
		*to = strings.TrimSpace(n.Value)
	}
}

// words reads a list of single values, sorted and each once when it is a set.
func (r *reader) words(to *[]string, set bool) value {
	return func(n *yaml.Node, key string) {
		r.list(n, key, func(n *yaml.Node, key string) {
			var word string
			r.scalar(&word)(n, key)
			if word != "" && !slices.Contains(*to, word) {
				*to = append(*to, word)
			}
		})
		if set {
			slices.Sort(*to)
		}
	}
}

func (r *reader) truth(to **bool) value {
	return func(n *yaml.Node, key string) {
		b, err := strconv.ParseBool(n.Value)
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || err != nil {
			r.problem(n, key, "write true or false, without quotes", "must be true or false, not %s", yamldoc.KindName(n))
			return
		}
		*to = &b
	}
}

// hours reads a number that is more than zero, and keeps it as text.
func (r *reader) hours(to *string) value {
	return func(n *yaml.Node, key string) {
		var f float64
		tag := n.ShortTag()
		if n.Kind != yaml.ScalarNode || tag != "!!int" && tag != "!!float" || n.Decode(&f) != nil || !(f > 0) || math.IsInf(f, 0) {
			r.problem(n, key, "write a number of hours that is more than 0, without quotes", "%s is not a number of hours", shown(n))
			return
		}
		*to = strconv.FormatFloat(f, 'f', -1, 64)
	}
}

// when reads a day or a moment.
func (r *reader) when(to *time.Time) value {
	return func(n *yaml.Node, key string) {
		if n.Kind == yaml.ScalarNode {
			for _, layout := range []string{time.DateOnly, time.RFC3339Nano, time.DateTime} {
				if t, err := time.Parse(layout, n.Value); err == nil {
					*to = t.UTC()
					return
				}
			}
		}
		r.problem(n, key, "write 2026-01-31 or 2026-01-31T09:30:00Z", "%s is not a day or a time", shown(n))
	}
}

func (r *reader) address(to *string) value {
	return func(n *yaml.Node, key string) {
		a, err := mail.ParseAddress(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || a.Address != n.Value {
			r.problem(n, key, "write name@example.com", "%s is not an e-mail address", shown(n))
			return
		}
		*to = a.Address
	}
}

// choice reads one of some words.
func choice[T ~string](r *reader, to *T, of ...T) value {
	return func(n *yaml.Node, key string) {
		if n.Kind == yaml.ScalarNode && slices.Contains(of, T(n.Value)) {
			*to = T(n.Value)
			return
		}
		all := make([]string, len(of))
		for i := range of {
			all[i] = string(of[i])
		}
		hint := "write one of " + strings.Join(all, ", ")
		if c := yamldoc.Closest(n.Value, all); c != "" {
			hint += "; did you mean " + c + "?"
		}
		r.problem(n, key, hint, "%s is not a choice", shown(n))
	}
}

// field reads a reference to a field.
func (r *reader) field(to *metadata.Reference) value {
	return func(n *yaml.Node, key string) {
		if ref, ok := r.reference(n, key, "database.table.field"); ok && ref.Field == "" {
			r.problem(n, key, "write database.table.field", "%s names a table, not a field", shown(n))
		} else if ok {
			*to = ref
		}
	}
}

// table reads a reference to a table.
func (r *reader) table(to *metadata.Reference) value {
	return func(n *yaml.Node, key string) {
		if ref, ok := r.reference(n, key, "database.table"); ok && ref.Field != "" {
			r.problem(n, key, "write database.table", "%s names a field, not a table", shown(n))
		} else if ok {
			*to = ref
		}
	}
}

func (r *reader) reference(n *yaml.Node, key, form string) (ref metadata.Reference, ok bool) {
	if n.Kind != yaml.ScalarNode {
		r.problem(n, key, "write "+form, "must be text, not %s", yamldoc.KindName(n))
		return ref, false
	}
	ref, err := metadata.ParseReference(n.Value)
	if err != nil {
		r.problem(n, key, "write "+form+`; a part that holds a dot or a quote goes into double quotes`, "%s %s", shown(n), err)
		return ref, false
	}
	if !r.free && r.known != nil && !r.known(ref) {
		r.problem(n, key, "correct the name, or sync the table first", "%s is not known", shown(n))
		return ref, false
	}
	return ref, true
}

// once reports what was declared before. Each kind of thing has names of its own.
func (r *reader) once(n *yaml.Node, key, kind, name string) bool {
	id := kind + "\x00" + name
	if first, ok := r.seen[id]; ok {
		r.problem(n, key, "keep one of them", "%s %s is already declared at %s", kind, strconv.Quote(clip(name)), first)
		return false
	}
	r.seen[id] = yamldoc.Pos(r.path, n)
	return true
}

func shown(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		return yamldoc.KindName(n)
	}
	return strconv.Quote(clip(n.Value))
}

func clip(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:57], "") + "..."
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

func at(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }
