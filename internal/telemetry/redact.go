package telemetry

import (
	"log/slog"
	"reflect"
	"sync"

	"github.com/semsync/semsync/internal/metadata"
)

// hideSecrets replaces values whose type holds a metadata.Secret somewhere.
// A Secret in an exported place would hide itself, but fmt prints unexported
// fields without asking them; so such a value is hidden whole.
func hideSecrets(_ []string, attr slog.Attr) slog.Attr {
	if attr.Value.Kind() != slog.KindAny {
		return attr
	}
	value := attr.Value.Any()
	if value == nil {
		return attr
	}
	switch value.(type) {
	case error, metadata.Secret, *slog.Source: // errors are redacted by whoever makes them
		return attr
	}
	if holdsSecret(reflect.TypeOf(value)) {
		attr.Value = slog.StringValue("[redacted " + reflect.TypeOf(value).String() + "]")
	}
	return attr
}

var (
	secretType = reflect.TypeFor[metadata.Secret]()
	known      sync.Map // reflect.Type to bool: types asked for before
)

func holdsSecret(t reflect.Type) bool {
	if holds, ok := known.Load(t); ok {
		return holds.(bool)
	}
	holds := searchSecret(t, map[reflect.Type]bool{})
	known.Store(t, holds)
	return holds
}

// searchSecret looks through everything that fmt would go into. What an
// interface holds is not known by type and is not looked at.
func searchSecret(t reflect.Type, visited map[reflect.Type]bool) bool {
	if t == secretType {
		return true
	}
	if visited[t] {
		return false
	}
	visited[t] = true
	switch t.Kind() { //nolint:exhaustive // the others hold nothing
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return searchSecret(t.Elem(), visited)
	case reflect.Map:
		return searchSecret(t.Key(), visited) || searchSecret(t.Elem(), visited)
	case reflect.Struct:
		for field := range t.Fields() {
			if searchSecret(field.Type, visited) {
				return true
			}
		}
	}
	return false
}
