package config

import (
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// layer is one set of values over another, by path. A nil value takes back
// what lower layers of the file say.
type layer struct {
	values  map[string]any
	origins map[string]Origin
}

func (l *layer) set(path string, v any, o Origin) {
	l.values[path], l.origins[path] = v, o
}

// delimiter separates the sections of a path inside Viper. It differs from
// the dot because keys that are the user's own may hold dots.
const delimiter = "::"

func viperKey(path string) string { return strings.ReplaceAll(path, ".", delimiter) }

// assemble lets Viper put the layers over one another, weakest first, and
// decodes the result into a Config. What goes in is typed already, and lists
// and maps go in as Go values that Viper takes for leaves, so that it cannot
// change the case of keys in them.
func assemble(file, overlay, variables, flags layer) (*Config, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter(delimiter))
	c := &Config{origins: map[string]Origin{}}
	base := reflect.ValueOf(Default()).Elem()
	for _, k := range rootLeaves() {
		v.SetDefault(viperKey(k.path), field(base, rootKeys(), k.path).Interface())
	}
	for _, l := range []layer{mergeFile(file, overlay), variables} {
		if err := v.MergeConfigMap(nested(l.values)); err != nil {
			return nil, fmt.Errorf("merge configuration: %w", err)
		}
		maps.Copy(c.origins, l.origins)
	}
	for path, value := range flags.values {
		v.Set(viperKey(path), value)
		c.origins[path] = flags.origins[path]
	}
	optimize := v.GetString(viperKey("sync.optimize_for"))
	for path, value := range preset(optimize) {
		v.SetDefault(viperKey(path), value)
		if _, set := c.origins[path]; !set {
			c.origins[path] = Origin{OriginPreset, "optimize_for " + optimize}
		}
	}
	if err := v.UnmarshalExact(c, strictTypes); err != nil {
		return nil, fmt.Errorf("decode configuration: %w", err)
	}
	return c, nil
}

// strictTypes turns off what Viper converts by itself.
func strictTypes(dc *mapstructure.DecoderConfig) {
	dc.WeaklyTypedInput = false
	dc.DecodeHook = nil
}

// mergeFile puts the overlay of an environment over the file. Maps are merged
// by key, a null takes a value back, anything else replaces.
func mergeFile(file, overlay layer) layer {
	out := layer{values: map[string]any{}, origins: map[string]Origin{}}
	for _, l := range []layer{file, overlay} {
		for path, value := range l.values {
			if value == nil {
				delete(out.values, path)
				delete(out.origins, path)
				continue
			}
			out.set(path, mergeMaps(out.values[path], value), l.origins[path])
		}
	}
	return out
}

func mergeMaps(below, above any) any {
	b, a := reflect.ValueOf(below), reflect.ValueOf(above)
	if !b.IsValid() || b.Kind() != reflect.Map || a.Kind() != reflect.Map {
		return above
	}
	out := reflect.MakeMap(a.Type())
	for _, m := range []reflect.Value{b, a} {
		for it := m.MapRange(); it.Next(); {
			out.SetMapIndex(it.Key(), it.Value())
		}
	}
	return out.Interface()
}

// nested turns paths into maps within maps, as a file has them.
func nested(values map[string]any) map[string]any {
	root := map[string]any{}
	for path, value := range values {
		parts := strings.Split(path, ".")
		m := root
		for _, part := range parts[:len(parts)-1] {
			next, ok := m[part].(map[string]any)
			if !ok {
				next = map[string]any{}
				m[part] = next
			}
			m = next
		}
		m[parts[len(parts)-1]] = value
	}
	return root
}
