package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/telemetry"
)

func TestNewLoggerSettings(t *testing.T) {
	tests := []struct {
		format, level string
		lines         int // of the four levels
		want          string
	}{
		{"", "", 3, ""},
		{"text", "DEBUG", 4, ""},
		{"json", "info", 3, ""},
		{"json", "Warning", 2, ""},
		{"text", " error ", 1, ""},
		{"xml", "info", 0, `configure log format: "xml" is not text or json`},
		{"text", "loud", 0, `configure log level: "loud" is not debug, info, warn or error`},
	}
	for _, test := range tests {
		t.Run(test.format+" "+test.level, func(t *testing.T) {
			var out bytes.Buffer
			logger, err := telemetry.NewLogger(&out, test.format, test.level)
			if test.want != "" {
				require.EqualError(t, err, test.want)
				require.Equal(t, metadata.FaultInvalid, metadata.AsFault(err).Kind)
				return
			}
			require.NoError(t, err)
			logger.Debug("d")
			logger.Info("i")
			logger.Warn("w")
			logger.Error("e")
			require.Equal(t, test.lines, strings.Count(out.String(), "\n"))
		})
	}
}

type nested struct {
	Name   string
	hidden metadata.Secret
}

func TestSecretsNeverReachTheLog(t *testing.T) {
	const canary = metadata.Secret("canary-value")
	values := map[string]any{
		"secret":     canary,
		"pointer":    new(canary),
		"struct":     nested{Name: "n", hidden: canary},
		"pointer_to": &nested{Name: "n", hidden: canary},
		"exported":   struct{ S metadata.Secret }{canary},
		"slice":      []metadata.Secret{canary},
		"deep":       map[string][]*nested{"k": {{hidden: canary}}},
		"key":        map[metadata.Secret]int{canary: 1},
		"array":      [1]struct{ n nested }{{nested{hidden: canary}}},
		"group":      slog.GroupValue(slog.Any("inner", nested{hidden: canary}), slog.Any("own", canary)),
		"wrapped":    fmt.Errorf("dial with %s %v %q %#v", canary, canary, canary, canary),
	}
	for _, format := range []string{telemetry.FormatText, telemetry.FormatJSON} {
		for name, value := range values {
			t.Run(format+" "+name, func(t *testing.T) {
				var out bytes.Buffer
				logger, err := telemetry.NewLogger(&out, format, "info")
				require.NoError(t, err)
				logger.Info("text", "value", value)
				logger.With("value", value).WithGroup("g").Info("text", "value", value)
				require.NotContains(t, out.String(), "canary")
				require.Contains(t, out.String(), "[redacted")
			})
		}
	}
}

func TestOrdinaryValuesAreKept(t *testing.T) {
	type plain struct {
		Name string
		Self *plain
	}
	var out bytes.Buffer
	logger, err := telemetry.NewLogger(&out, telemetry.FormatJSON, "info")
	require.NoError(t, err)
	logger.Info("grüße 表 🙂", "plain", plain{Name: "x"}, "err", errors.New("boom"), "nil", nil, "n", 5, "list", []string{"a"})
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "grüße 表 🙂", line["msg"])
	require.Contains(t, out.String(), "grüße 表 🙂", "printable text is not escaped")
	require.Equal(t, map[string]any{"Name": "x", "Self": nil}, line["plain"])
	require.Equal(t, "boom", line["err"])
	require.Nil(t, line["nil"])
	require.InEpsilon(t, 5, line["n"], 0)
	require.Equal(t, []any{"a"}, line["list"])
}

// Whatever is logged, the log has one line for it, and no character in it that
// a terminal acts on.
func TestLogsAreSafeToPrint(t *testing.T) {
	hostile := rapid.SampledFrom([]string{
		"\x1b[2J", "\n", "\r", "\x00", "\x7f", "\u009b31m", "\u202e", "\u2028", "\ufeff", "\U000e0001", "\xff", `"`, "=", " ", "é", "🙂", "%s",
	})
	for _, format := range []string{telemetry.FormatText, telemetry.FormatJSON} {
		rapid.Check(t, func(t *rapid.T) {
			text := func(label string) string {
				return strings.Join(rapid.SliceOfN(rapid.OneOf(hostile, rapid.String()), 0, 6).Draw(t, label), "")
			}
			msg, key, value := text("msg"), "k"+text("key"), text("value")
			var out bytes.Buffer
			logger, err := telemetry.NewLogger(&out, format, "info")
			require.NoError(t, err)
			logger.Info(msg, key, value, "error", errors.New(value), "any", []string{value}) //nolint:sloglint // the message is what is tested
			line, ok := strings.CutSuffix(out.String(), "\n")
			require.True(t, ok)
			for _, r := range line {
				require.True(t, unicode.IsPrint(r), "%q in %q", r, line)
			}
			if format == telemetry.FormatJSON {
				var got map[string]any
				require.NoError(t, json.Unmarshal([]byte(line), &got))
				require.Equal(t, string([]rune(msg)), got["msg"], "escapes stand for what was logged")
			}
		})
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestLoggerSurvivesABrokenWriter(t *testing.T) {
	logger, err := telemetry.NewLogger(broken{}, telemetry.FormatJSON, "info")
	require.NoError(t, err)
	require.NotPanics(t, func() { logger.Info("text") })
	require.ErrorIs(t, logger.Handler().Handle(t.Context(), slog.Record{}), io.ErrClosedPipe)
}
