package app

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// FuzzPrint prints a list of hostile texts in all forms: no terminal is steered, and each form keeps to its rules.
func FuzzPrint(f *testing.F) {
	for _, text := range append([]string{"", "\x1b]0;title\a", "\u009b2J", "\x7f", "\r", "\u2028", "\xff", "=1+1", "a\tb", "\u200b", "\ufeff"}, hostile...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		show := func(form string) string {
			var out bytes.Buffer
			require.NoError(t, printList(&out, form, []string{text}, []string{"NAME"}, func(s string) []string { return []string{s, quoted(s)} }))
			return out.String()
		}
		table := show("table")
		require.Equal(t, 2, strings.Count(table, "\n"), "a row is a line: %q", table)
		for _, shown := range []string{table, printable(text), cell(text), quoted(text)} {
			require.True(t, utf8.ValidString(shown))
			require.Equal(t, -1, strings.IndexFunc(shown, steers), "%q", shown)
		}
		require.NotContains(t, cell(text)+quoted(text), "\n")

		js, ya := show("json"), show("yaml")
		var fromJSON, fromYAML []string
		require.NoError(t, json.Unmarshal([]byte(js), &fromJSON))
		require.NoError(t, yaml.Unmarshal([]byte(ya), &fromYAML))
		require.Equal(t, fromJSON, fromYAML, "both forms agree")
		if utf8.ValidString(text) {
			require.Equal(t, []string{text}, fromJSON)
		}
		for _, shown := range []string{js, ya} {
			require.Equal(t, -1, strings.IndexFunc(shown, steers), "%q", shown)
		}
	})
}

// steers tells characters that do more to a terminal than to be seen.
func steers(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
}
