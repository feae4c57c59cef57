package validate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/metadata"
)

// TestDictionaryEntries reads each entry back as YAML.
func TestDictionaryEntries(t *testing.T) {
	id := metadata.TableID{Source: "shop", Database: "my.db", Name: "us\ners"}
	for _, c := range []struct {
		field, column, value string
		want                 map[string]any
	}{
		{"", "owner", "it's \u202e\n", map[string]any{"owner": "it's \u202e\n"}},
		{"", "description", " ", map[string]any{"description": []any{"description"}}},
		{"e'mail", "owner", "sales", map[string]any{"fields": []any{map[string]any{"name": "e'mail", "owner": "sales"}}}},
		{"a", "tags", "x: y", map[string]any{"fields": []any{map[string]any{"name": "a", "tags": []any{"x: y"}}}}},
	} {
		text := inDictionary(id, c.field, c.column, c.value)
		require.NotContains(t, text, "\n")
		var file map[string]map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(strings.TrimPrefix(text, " -- in the dictionary: ")), &file))
		require.Equal(t, map[string]any{"shop:\"my.db\".us\ners": c.want}, file["tables"])
	}
	require.Empty(t, inDictionary(metadata.TableID{Name: "\xff"}, "", "owner", "x"), "no file can hold such a name")
}
