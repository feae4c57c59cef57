package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/telemetry"
)

// FuzzLogger wants one line a record, nothing in it that steers a terminal, and JSON that says what was logged.
func FuzzLogger(f *testing.F) {
	for _, text := range []string{"", "plain", "two\nlines", "\r", "\x1b[31m", "\u009b2J", "\u202e", "\xff\x9b", "\x7f", `\u001b`, "\U000e0001", "\u2028", "=\"", "\ufffd", "\U0001f98a"} {
		f.Add(text, text, text)
	}
	f.Fuzz(func(t *testing.T, message, key, value string) {
		for _, format := range []string{telemetry.FormatText, telemetry.FormatJSON} {
			var out bytes.Buffer
			logger, err := telemetry.NewLogger(&out, format, "info")
			require.NoError(t, err)
			logger.Info(message, key, value, "error", errors.New(value)) //nolint:sloglint // the message is what is fuzzed
			line, ended := strings.CutSuffix(out.String(), "\n")
			require.True(t, ended)
			require.True(t, utf8.ValidString(line))
			require.Equal(t, -1, strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", line)
			if format == telemetry.FormatText {
				continue
			}
			var got map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &got), line)
			require.Equal(t, string([]rune(value)), got["error"], "each byte that is not UTF-8 is replaced")
		}
	})
}
