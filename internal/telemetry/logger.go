package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// The formats of a log.
const (
	FormatText = "text" // key=value, for people; the default
	FormatJSON = "json" // one object a line, for machines
)

// NewLogger gives a logger that writes lines to w. Format is text, json, or ""
// for text. Level is debug, info, warn (or warning), error, in any case, or ""
// for info. An error is a *metadata.Fault of kind invalid.
//
// What is logged cannot forge lines or steer a terminal: in both formats,
// characters that are not printable are escaped. A metadata.Secret shows as
// [redacted], and a value that holds one out of its own control (a struct with
// an unexported field, for instance) shows as [redacted] whole.
func NewLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	threshold, err := parseLevel(level)
	if err != nil {
		return nil, err
	}
	options := &slog.HandlerOptions{Level: threshold, ReplaceAttr: hideSecrets}
	switch format {
	case FormatText, "":
		return slog.New(slog.NewTextHandler(escaper{w}, options)), nil
	case FormatJSON:
		return slog.New(slog.NewJSONHandler(escaper{w}, options)), nil
	default:
		return nil, invalid("log format", fmt.Errorf("%q is not text or json", format))
	}
}

func parseLevel(text string) (slog.Level, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "debug":
		return slog.LevelDebug, nil
	case "info", "":
		return slog.LevelInfo, nil
	case "warn", "warning":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	default:
		return 0, invalid("log level", fmt.Errorf("%q is not debug, info, warn or error", text))
	}
}

func invalid(subject string, err error) error {
	return &metadata.Fault{
		Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "configure", Subject: subject, Err: err,
	}
}
