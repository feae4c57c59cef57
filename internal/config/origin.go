package config

import (
	"reflect"
	"slices"
	"strings"
)

// OriginKind says which layer gave a value.
type OriginKind string

// The layers, weakest first.
const (
	OriginDefault     OriginKind = "default"
	OriginPreset      OriginKind = "preset"      // sync.optimize_for
	OriginFile        OriginKind = "file"        // the file itself
	OriginEnvironment OriginKind = "environment" // the overlay chosen with --env
	OriginVariable    OriginKind = "variable"    // a SEMSYNC_ environment variable
	OriginFlag        OriginKind = "flag"        // the command line
)

// Origin says where an effective value came from.
type Origin struct {
	Kind OriginKind
	// Where is file:line:column, a variable's name or a preset; "" for defaults.
	Where string
}

// String gives the kind, and the place where there is one.
func (o Origin) String() string {
	if o.Where == "" {
		return string(o.Kind)
	}
	return string(o.Kind) + " " + o.Where
}

// Origin says where the value of a key such as sync.batch_size came from. A
// key that holds no value of its own gives a default origin.
func (c *Config) Origin(path string) Origin {
	if o, ok := c.origins[path]; ok {
		return o
	}
	return Origin{Kind: OriginDefault}
}

// Setting is one effective key for people to read.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"` // secrets are [redacted]
	Origin string `json:"origin"`
}

// Effective lists every key with the value it has and where that came from,
// in the order of the documentation.
func (c *Config) Effective() []Setting {
	var out []Setting
	root := reflect.ValueOf(c).Elem()
	for _, k := range rootLeaves() {
		v := field(root, rootKeys(), k.path)
		out = append(out, Setting{Key: k.path, Value: flat(plain(v)), Origin: c.Origin(k.path).String()})
	}
	return out
}

// position gives the place of a key, or of the nearest one above it.
func (c *Config) position(path string) Position {
	for {
		if p, ok := c.positions[path]; ok {
			return p
		}
		cut := max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '['))
		if cut < 0 {
			return c.positions[""]
		}
		path = path[:cut]
	}
}

// field walks the struct to a key's value.
func field(v reflect.Value, ks []key, path string) reflect.Value {
	i := slices.IndexFunc(ks, func(k key) bool { return path == k.path || strings.HasPrefix(path, k.path+".") })
	f := v.Field(ks[i].index)
	if ks[i].path == path {
		return f
	}
	return field(f, ks[i].children, path)
}
