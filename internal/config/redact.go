package config

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/scope"
)

// Redacted gives the effective configuration as nested maps in which every
// secret reads [redacted]: DSNs, URLs that carry passwords, tokens, webhook
// addresses, header values.
func (c *Config) Redacted() map[string]any {
	out, _ := plain(reflect.ValueOf(c).Elem()).(map[string]any)
	return out
}

// String gives the redacted configuration as YAML.
func (c *Config) String() string {
	text, err := yaml.Marshal(c.Redacted())
	if err != nil {
		return "configuration: " + err.Error()
	}
	return string(text)
}

// Format keeps every verb from printing the fields as they are.
func (c *Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalJSON gives the redacted configuration.
func (c *Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.Redacted()) }

// MarshalYAML gives the redacted configuration.
func (c *Config) MarshalYAML() (any, error) { return c.Redacted(), nil }

// plain turns a value into what JSON and YAML know, as a file would say it.
func plain(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Duration:
		return formatDuration(x)
	case metadata.Secret:
		return x.String()
	case ByteSize:
		return x.String()
	case Schedule:
		if x.Manual() {
			return nil
		}
		return x.String()
	case scope.Database:
		if x.Pattern != "" {
			return x.Pattern
		}
	}
	switch kind := v.Kind(); {
	case kind == reflect.Struct:
		out := map[string]any{}
		for _, k := range entryKeys(v.Type()) {
			out[k.name] = plain(v.Field(k.index))
		}
		return out
	case kind == reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plain(v.Index(i))
		}
		return out
	case kind == reflect.Map:
		out := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			out[it.Key().String()] = plain(it.Value())
		}
		return out
	case kind == reflect.Pointer && v.IsNil():
		return nil
	case kind == reflect.Pointer:
		return plain(v.Elem())
	case kind == reflect.String:
		return v.String()
	default:
		return v.Interface()
	}
}

// flat writes a plain value in one line.
func flat(v any) string {
	switch x := v.(type) {
	case nil:
		return "null"
	case string:
		return x
	default:
		text, err := json.Marshal(x)
		if err != nil {
			return fmt.Sprint(x)
		}
		return string(text)
	}
}
