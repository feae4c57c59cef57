package config

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("semsync.json", doc))
	s, err := compiler.Compile("semsync.json")
	require.NoError(t, err)
	return s
}

func instance(t *testing.T, text string) any {
	t.Helper()
	var v any
	require.NoError(t, yaml.Unmarshal([]byte(text), &v))
	return v
}

func TestSchemaTakesSamples(t *testing.T) {
	s := compiledSchema(t)
	files, err := filepath.Glob("../../examples/config/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, s.Validate(instance(t, string(text))), file)
	}
	for _, text := range []string{
		whole,
		"sync: {batch_size: '${N}', schedule: null, delta_detection: null, cache_ttl: 1d12h, memory_limit: 512MiB}",
		"sync: {schedule: {enabled: true, frequency: daily}, monitoring: {log_level: INFO}}",
		"conflict_handling: {mode: fail}\nenvironments: {prod: {sync: {mode: full}}, dev: null}",
		"notifications: {email: {tls: true}, webhook: {headers: {X-A: b}}}",
		"definitions: {glossary_path: [a, b], governance_path: g}",
	} {
		require.NoError(t, s.Validate(instance(t, text)), text)
	}
}

func TestSchemaTakesSeed(t *testing.T) {
	s := compiledSchema(t)
	valid, pseudo := seedDocs(t)
	for _, text := range valid {
		require.NoError(t, s.Validate(instance(t, text)), text)
	}
	require.Error(t, s.Validate(instance(t, pseudo)))
}

func TestSchemaRefuses(t *testing.T) {
	s := compiledSchema(t)
	for _, text := range []string{
		"snyc: {}", "sync: {batch_sise: 1}", "sync: {batch_size: 0}", "sync: {batch_size: '5'}", "sync: {mode: fast}",
		"sync: {retry_delay: 30}", "sync: {retry_delay: soon}", "sync: {retry_on_errors: [permission]}", "sources: [{nam: a}]",
		"scope: {databases: [{nme: a}]}", "environments: {x: {snyc: {}}}", "sync: {max_dropped_fraction: 2}",
		"sync: {memory_limit: 8XB}", "sync: {schedule: {frequency: yearly}}", "conflict_handling: {mod: fail}",
	} {
		require.Error(t, s.Validate(instance(t, text)), text)
	}
}
