package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/scope"
)

const module = "github.com/semsync/semsync/internal"

// reflectConfig gives the schema of the types, with descriptions and defaults,
// before anything is added that only a file can hold.
func reflectConfig(dir string) (*jsonschema.Schema, error) {
	comments, err := comments(dir)
	if err != nil {
		return nil, err
	}
	r := &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, RequiredFromJSONSchemaTags: true, LookupComment: comments,
	}
	inner := *r
	r.Mapper = func(t reflect.Type) *jsonschema.Schema { return mapped(t, &inner) }
	inner.Mapper = func(t reflect.Type) *jsonschema.Schema {
		if t == reflect.TypeFor[scope.Database]() || t == reflect.TypeFor[config.FieldMatch]() {
			return nil
		}
		return mapped(t, &inner)
	}
	root := r.Reflect(&config.Config{})
	root.Title, root.Description = "semsync configuration", "Configuration of the coordinator and the workers."
	addDefaults(root, config.Default().Redacted())
	return root, nil
}

// comments gives the doc comments of fields, with the key in place of the Go name in front.
func comments(dir string) (func(reflect.Type, string) string, error) {
	var r jsonschema.Reflector
	for _, pkg := range []string{"config", "scope"} {
		// The path ends up in the names, so it has to be the one from the module's root.
		from := filepath.Join(dir, "..", pkg)
		if err := r.AddGoComments(module+"/config", from); err != nil {
			return nil, err
		}
	}
	byName := map[string]string{}
	for name, text := range r.CommentMap {
		byName[name[strings.LastIndexByte(name, '/')+1:]] = text
	}
	return func(t reflect.Type, name string) string {
		if name == "" {
			return ""
		}
		text := byName[filepath.Base(t.PkgPath())+"."+t.Name()+"."+name]
		if f, ok := t.FieldByName(name); ok {
			text = f.Tag.Get("json") + strings.TrimPrefix(text, name)
		}
		return strings.Join(strings.Fields(text), " ")
	}, nil
}

// mapped gives the schema of types that are not written as Go has them.
func mapped(t reflect.Type, inner *jsonschema.Reflector) *jsonschema.Schema {
	text := func(pattern string) *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Pattern: pattern} }
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{Title: "duration", AnyOf: []*jsonschema.Schema{
			text(`^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(w|d|h|m|s|ms|us|µs|μs|ns)([0-9.]+(w|d|h|m|s|ms|us|µs|μs|ns))*$`), {Const: "0"}, {Const: 0},
		}}
	case reflect.TypeFor[config.ByteSize]():
		return &jsonschema.Schema{Title: "size", AnyOf: []*jsonschema.Schema{
			text(`^\s*[0-9]+(\.[0-9]+)?\s*([kKmMgGtT]?[bB]?|[kKmMgGtT][iI][bB]?)\s*$`), {Type: "integer", Minimum: "0"},
		}}
	case reflect.TypeFor[config.Schedule]():
		return scheduleSchema()
	case reflect.TypeFor[config.LogLevel]():
		return &jsonschema.Schema{Title: "log level", Type: "string", Pattern: `^([dD][eE][bB][uU][gG]|[iI][nN][fF][oO]|[wW][aA][rR][nN]([iI][nN][gG])?|[eE][rR][rR][oO][rR])$`}
	case reflect.TypeFor[config.MailTLS]():
		return &jsonschema.Schema{Title: "starttls, tls, none, true or false", Enum: []any{"starttls", "tls", "none", true, false}}
	case reflect.TypeFor[config.Paths]():
		return &jsonschema.Schema{Title: "path, glob or list of them", AnyOf: []*jsonschema.Schema{
			{Type: "string"}, {Type: "array", Items: &jsonschema.Schema{Type: "string"}},
		}}
	case reflect.TypeFor[metadata.Secret]():
		return &jsonschema.Schema{Type: "string"}
	case reflect.TypeFor[scope.Database](), reflect.TypeFor[config.FieldMatch]():
		object := inner.ReflectFromType(t)
		object.Version = ""
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, object}}
	default:
		return nil
	}
}

func scheduleSchema() *jsonschema.Schema {
	object := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
	object.Properties.Set("enabled", &jsonschema.Schema{Type: "boolean", Default: true})
	object.Properties.Set("frequency", &jsonschema.Schema{Type: "string", Enum: []any{"hourly", "daily", "weekly", "custom"}})
	object.Properties.Set("cron", &jsonschema.Schema{Type: "string"})
	return &jsonschema.Schema{Title: "schedule", AnyOf: []*jsonschema.Schema{
		{Type: "string", Pattern: `^\s*(interval:.+|@[a-z]+|\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s*$`}, object,
	}}
}

// addDefaults puts the defaults into the schema, except those that mean "not set".
func addDefaults(s *jsonschema.Schema, defaults map[string]any) {
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		switch d := defaults[pair.Key].(type) {
		case map[string]any:
			if pair.Value.Properties != nil {
				addDefaults(pair.Value, d)
			}
		case []any:
			if len(d) > 0 {
				pair.Value.Default = d
			}
		case string:
			if d != "" && (d != "0" || len(pair.Value.AnyOf) == 0) {
				pair.Value.Default = d
			}
		case nil:
		default:
			pair.Value.Default = d
		}
	}
}

const variableRef = "#/$defs/unset_or_variable"

// finish adds what a file may hold besides: environments, the alias, variables
// and null in place of any value.
func finish(root *jsonschema.Schema) ([]byte, error) {
	allowVariables(root)
	if conflicts, ok := root.Properties.Get("conflict_resolution"); ok {
		alias := *conflicts
		alias.Description = "conflict_handling is another name of conflict_resolution."
		root.Properties.Set("conflict_handling", &alias)
	}
	root.Properties.Set("environments", &jsonschema.Schema{
		Description: "environments holds overlays by name; --env chooses the one to put over the file.",
		AnyOf: []*jsonschema.Schema{{Type: "null"}, {
			Type: "object", AdditionalProperties: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "null"}, {Ref: "#"}}},
		}},
	})
	root.Definitions = jsonschema.Definitions{"unset_or_variable": {
		Description: "null, or a text with a variable: ${NAME} or ${NAME:-default}.",
		AnyOf:       []*jsonschema.Schema{{Type: "null"}, {Type: "string", Pattern: `\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}`}},
	}}
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("marshal schema: %w", err)
	}
	return append(text, '\n'), nil
}

func allowVariables(s *jsonschema.Schema) {
	if s.Properties == nil {
		return
	}
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		p := pair.Value
		objects(p, allowVariables)
		value := *p
		value.Description, value.Default = "", nil
		*p = jsonschema.Schema{
			Description: p.Description, Default: p.Default,
			AnyOf: []*jsonschema.Schema{&value, {Ref: variableRef}},
		}
	}
}

// objects calls do for the objects that a value can be or list.
func objects(s *jsonschema.Schema, do func(*jsonschema.Schema)) {
	do(s)
	if s.Items != nil {
		if s.Items.Type == "string" && len(s.Items.Enum) > 0 {
			item := *s.Items
			s.Items = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{&item, {Ref: variableRef}}}
			return
		}
		objects(s.Items, do)
	}
	for _, one := range s.AnyOf {
		objects(one, do)
	}
}
