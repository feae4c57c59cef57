package config

import (
	"errors"
	"log/slog"
	"strings"
)

// LogLevel is debug, info, warn or error, in lower case.
type LogLevel string

var errLogLevel = errors.New("is not a log level")

func parseLogLevel(text string) (LogLevel, error) {
	switch l := strings.ToLower(text); l {
	case "debug", "info", "warn", "error":
		return LogLevel(l), nil
	case "warning":
		return "warn", nil
	default:
		return "", errLogLevel
	}
}

// Level gives the level in slog's terms.
func (l LogLevel) Level() slog.Level {
	switch l {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}
