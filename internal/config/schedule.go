package config

import (
	"errors"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule says when runs start by themselves. The zero value means never.
type Schedule struct {
	// Cron is an expression of 5 fields or a name such as @daily; "" when an interval is set.
	Cron string
	// Interval between starts; 0 when a cron expression is set.
	Interval time.Duration
}

// Manual reports whether runs start only when a person says so.
func (s Schedule) Manual() bool { return s.Cron == "" && s.Interval == 0 }

// String gives the schedule as it is written in a file: a cron expression,
// interval:30m, or "" for none.
func (s Schedule) String() string {
	if s.Interval > 0 {
		return "interval:" + formatDuration(s.Interval)
	}
	return s.Cron
}

// MarshalText gives the same as String.
func (s Schedule) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

const (
	intervalPrefix = "interval:"
	minInterval    = time.Second
	cronHint       = `write 5 fields such as "0 2 * * *", a name such as @daily, or interval:30m`
)

// scheduleError is what is wrong with a schedule and what to do about it.
type scheduleError struct{ message, hint string }

func (e *scheduleError) Error() string { return e.message }

func parseSchedule(text string) (Schedule, error) {
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, intervalPrefix); ok {
		return parseInterval(rest)
	}
	if err := checkCron(text); err != nil {
		return Schedule{}, err
	}
	return Schedule{Cron: text}, nil
}

func parseInterval(text string) (Schedule, error) {
	d, err := parseDuration(text)
	switch {
	case errors.Is(err, errNoUnit):
		return Schedule{}, &scheduleError{"has an interval without a unit", "write " + intervalPrefix + strings.TrimSpace(text) + "m for minutes"}
	case err != nil:
		return Schedule{}, &scheduleError{"has an interval that " + err.Error(), "write interval:30m"}
	case d < minInterval:
		return Schedule{}, &scheduleError{"has an interval shorter than 1s", "write interval:30m"}
	}
	return Schedule{Interval: d}, nil
}

func checkCron(text string) error {
	switch {
	case text == "":
		return &scheduleError{"is empty", "write null for manual runs only"}
	case strings.HasPrefix(text, "TZ="), strings.HasPrefix(text, "CRON_TZ="):
		return &scheduleError{"names a time zone", "set it in sync.timezone"}
	case strings.HasPrefix(text, "@every"):
		return &scheduleError{"@every is not known", "write interval: and the duration, such as interval:30m"}
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	schedule, err := parser.Parse(text)
	if err != nil {
		return &scheduleError{"is not a cron expression: " + err.Error(), cronHint}
	}
	// The date only has to be fixed: leap days are found from any.
	if schedule.Next(time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return &scheduleError{"can never fire", "no month has such a day"}
	}
	return nil
}

// frequencies are the cron expressions of the object form's names.
var frequencies = map[string]string{"hourly": "0 * * * *", "daily": "0 0 * * *", "weekly": "0 0 * * 0"}
