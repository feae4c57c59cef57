package config

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/scope"
)

// key is one configuration key as the Go types declare it.
type key struct {
	name  string // such as batch_size
	path  string // such as sync.batch_size; relative to the entry inside lists
	index int    // of the struct field
	typ   reflect.Type
	rules rules
	// children are the keys of a section. Nil for values, lists and maps.
	children []key
}

// rules are what a tag says about a value.
type rules struct {
	enum     []string
	min, max *float64
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[metadata.Secret]()
	sizeType     = reflect.TypeFor[ByteSize]()
	scheduleType = reflect.TypeFor[Schedule]()
	levelType    = reflect.TypeFor[LogLevel]()
	mailTLSType  = reflect.TypeFor[MailTLS]()
	pathsType    = reflect.TypeFor[Paths]()
	databaseType = reflect.TypeFor[scope.Database]()
	matchType    = reflect.TypeFor[FieldMatch]()
)

// rootKeys are the keys of the whole file.
var rootKeys = sync.OnceValue(func() []key { return keysOf(reflect.TypeFor[Config](), "") })

// rootLeaves are all keys that hold a value, in the order of the types.
var rootLeaves = sync.OnceValue(func() []key { return leaves(rootKeys(), nil) })

// entryKeys are the keys of a struct inside a list.
var entryKeys = func() func(reflect.Type) []key {
	var cache sync.Map
	return func(t reflect.Type) []key {
		if ks, ok := cache.Load(t); ok {
			return ks.([]key)
		}
		ks, _ := cache.LoadOrStore(t, keysOf(t, ""))
		return ks.([]key)
	}
}()

func keysOf(t reflect.Type, prefix string) []key {
	var out []key
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("mapstructure")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		k := key{name: name, path: join(prefix, name), index: i, typ: f.Type, rules: parseRules(f.Tag.Get("jsonschema"))}
		if isSection(f.Type) {
			k.children = keysOf(f.Type, k.path)
		}
		out = append(out, k)
	}
	return out
}

// isSection reports whether a type nests keys, rather than being one value.
func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != scheduleType
}

func leaves(ks, out []key) []key {
	for _, k := range ks {
		if k.children != nil {
			out = leaves(k.children, out)
		} else {
			out = append(out, k)
		}
	}
	return out
}

func parseRules(tag string) rules {
	var r rules
	for part := range strings.SplitSeq(tag, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "enum":
			r.enum = append(r.enum, value)
		case "minimum", "maximum":
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				continue
			}
			if name == "minimum" {
				r.min = &n
			} else {
				r.max = &n
			}
		}
	}
	return r
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

func at(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func names(ks []key) []string {
	out := make([]string, len(ks))
	for i, k := range ks {
		out[i] = k.name
	}
	return out
}

func find(ks []key, name string) *key {
	for i := range ks {
		if ks[i].name == name {
			return &ks[i]
		}
	}
	return nil
}

// scalar reports whether the key's value is one word or a list of words, so
// that an environment variable can hold it.
func (k *key) scalar() bool {
	if elem, ok := listElem(k.typ); ok {
		return elem.Kind() == reflect.String
	}
	return k.typ.Kind() != reflect.Map
}

// listElem gives the type of a list's entries.
func listElem(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Slice {
		return nil, false
	}
	return t.Elem(), true
}
