package config

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// FuzzLoad takes files of anybody's making. A refused one has its problems placed, without a word from the
// environment; an accepted one is shown as a file that means the same, secrets apart.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(everything), "prod")
	f.Add([]byte(whole), "")
	f.Add([]byte("a: &a [*a]\nb: {<<: *a}\n? [x]\n: y"), "x")
	f.Add([]byte("environments: {x: {sync: {schedule: {cron: '* * * * *'}}}}\nsync: {delta_detection: sum}"), "x")
	f.Add([]byte("sync: {batch_size: ${A}, schedule: 'TZ='}\n---\n"), "")
	f.Add([]byte("description: ${C}\nsync: {mode: ${C}, timezone: ${C}}\nsources: [{name: ${C}, driver: ${C}, dsn: ${C}}]"), "${C}")
	f.Add([]byte("description: \"$${A} $$${A} \\e[31m\"\nscope: {databases: ['$${', \"\\u202e\", ' a ', '1', 'null']}"), "")
	f.Add([]byte("auto_generation: {patterns: [{name: \"a\\0\", pattern: '(', confidence: 1e-400}]}\nnotifications: {webhook: {headers: {\"a\\nb\": \"c\\r\\n\"}}}"), "")
	f.Fuzz(func(t *testing.T, data []byte, env string) {
		if strings.Contains(string(data)+env, canary) {
			return
		}
		start := time.Now()
		c, err := Load(LoadOptions{Path: "f.yaml", Data: data, Env: env, Environ: []string{"A=1", "B=x: [y", "C=" + canary}})
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v and %v", c, err)
		}
		if err != nil {
			checkRefusal(t, err)
			return
		}
		require.NotContains(t, c.Warnings().Error(), canary)
		_ = c.Effective()
		_ = c.RunSettings()
		checkAgain(t, c)
	})
}

const canary = "canary7f3a"

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	require.Less(t, len(err.Error()), 1<<20)
	require.NotContains(t, err.Error(), canary)
	problems, ok := errors.AsType[Problems](err)
	require.True(t, ok, "%v", err)
	for _, p := range problems {
		require.True(t, p.Line > 0 && p.Column > 0 || p.Key != "" || strings.HasPrefix(p.Message, "and "), "no place: %v", p)
		require.NotEmpty(t, p.Message)
	}
}

// checkAgain loads what a configuration shows of itself. Only what is redacted may be missed.
func checkAgain(t *testing.T, c *Config) {
	t.Helper()
	shown := strings.ReplaceAll(c.String(), "${", "$${")
	var fromYAML, fromJSON any
	require.NoError(t, yaml.Unmarshal([]byte(c.String()), &fromYAML))
	js, err := c.MarshalJSON()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(js, &fromJSON))
	again, err := Load(LoadOptions{Path: "f.yaml", Data: []byte(shown), Environ: []string{}})
	if err == nil {
		require.Equal(t, c.String(), again.String())
		return
	}
	problems, ok := errors.AsType[Problems](err)
	require.True(t, ok, "%v", err)
	for _, p := range problems {
		require.True(t, isSecret(p.Key), "what was accepted is refused: %v\n%s", p, shown)
	}
}

// isSecret tells keys whose values are redacted, or judged together with one that is.
func isSecret(key string) bool {
	for _, part := range []string{"dsn", "url", "password", "token", "secret", "headers", "metrics_endpoint"} {
		if strings.Contains(key, part) {
			return true
		}
	}
	return false
}
