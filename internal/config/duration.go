package config

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var longUnit = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(w|d)`)

// errors that parseDuration and parseSize give; they repeat nothing of the text.
var (
	errNoUnit   = errors.New("has no unit")
	errDuration = errors.New("is not a duration")
	errNegative = errors.New("must not be negative")
	errTooLong  = errors.New("is too long")
)

// parseDuration reads time.ParseDuration's form, with d for 24 hours and w for
// 7 days in front of it.
func parseDuration(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "-") {
		return 0, errNegative
	}
	if text == "0" {
		return 0, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, errNoUnit
	}
	total, rest := 0.0, text
	for m := longUnit.FindStringSubmatch(rest); m != nil; m = longUnit.FindStringSubmatch(rest) {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, errDuration
		}
		unit := day
		if m[2] == "w" {
			unit = 7 * day
		}
		total += n * float64(unit)
		rest = rest[len(m[0]):]
	}
	if total > math.MaxInt64/2 {
		return 0, errTooLong
	}
	if rest == "" && text != "" {
		return time.Duration(total), nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 {
		return 0, errDuration
	}
	if d > math.MaxInt64/2 {
		return 0, errTooLong
	}
	return time.Duration(total) + d, nil
}

// formatDuration writes a duration the way people do: 90d, 1h30m, 30s.
func formatDuration(d time.Duration) string {
	if d <= 0 {
		return "0"
	}
	var b strings.Builder
	if days := d / day; days > 0 {
		b.WriteString(strconv.FormatInt(int64(days), 10) + "d")
		d %= day
	}
	if d == 0 {
		return b.String()
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return b.String() + text
}
