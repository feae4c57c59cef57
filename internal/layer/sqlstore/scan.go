package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// timeLayout is how SQLite's layer keeps moments: their text order is their order in time.
const timeLayout = "2006-01-02T15:04:05.000Z"

// FormatTime gives a moment as the SQLite layer keeps it.
func FormatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// moment scans a time that may be NULL, from an engine's own type or from text.
type moment struct{ time.Time }

// Scan takes what the driver gives.
func (m *moment) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		m.Time = time.Time{}
	case time.Time:
		m.Time = v.UTC()
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return fmt.Errorf("scan a time: %w", err)
		}
		m.Time = t.UTC()
	default:
		return fmt.Errorf("scan a time from %T", v)
	}
	return nil
}

// list scans a JSON array of texts that may be NULL.
type list []string

// Scan takes what the driver gives.
func (l *list) Scan(v any) error {
	*l = nil
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return l.parse([]byte(v))
	case []byte:
		return l.parse(v)
	default:
		return fmt.Errorf("scan a list from %T", v)
	}
}

func (l *list) parse(b []byte) error {
	var texts []*string // an array of the database may hold NULLs
	if err := json.Unmarshal(b, &texts); err != nil {
		return fmt.Errorf("scan a list: %w", err)
	}
	for _, t := range texts {
		if t != nil {
			*l = append(*l, *t)
		}
	}
	return nil
}

// runID scans a UUID that an engine gives as text or bytes.
type runID struct{ uuid.UUID }

// null gives nil, which is NULL, for an empty text.
func null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// rfc gives a time as text that keeps its order, "" for zero.
func rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
}

// parseRFC reads what rfc wrote; anything else is the zero time, which makes a table changed.
func parseRFC(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// asJSON gives rows as the one parameter that the statements unfold.
func asJSON(rows any) (string, error) {
	b, err := json.Marshal(rows)
	if err != nil {
		return "", fmt.Errorf("encode rows: %w", err)
	}
	return string(b), nil
}
