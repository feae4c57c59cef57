package pii

import (
	"strings"
	"time"
)

// dayLayouts are the ways of writing a day that are understood. Where day and month
// could be either, any will do: only the year matters.
var dayLayouts = []string{
	"2006-01-02", "2006/01/02", "02/01/2006", "01/02/2006", "02.01.2006", "2.1.2006", "02-01-2006", "1/2/2006", "2/1/2006",
	"2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006", "02-Jan-2006",
}

// clockLayouts are what may follow a day after a space or a T. Package time takes fractions of a second anywhere.
var clockLayouts = []string{"15:04:05", "15:04", "15:04:05Z07:00", "15:04:05-07", "15:04:05 -0700 MST", "15:04:05 -0700", "15:04:05 MST", "3:04:05 PM", "3:04 PM"}

const longestDate = 40

// moment is what a text says of a time.
type moment struct {
	day   time.Time
	clock bool // it says a time of day other than midnight
}

// parseMoment reads a day, and a time of day where there is one.
func parseMoment(text string) (moment, bool) {
	if len(text) < 8 || len(text) > longestDate {
		return moment{}, false
	}
	for _, layout := range dayLayouts {
		if day, err := time.Parse(layout, text); err == nil {
			return moment{day: day}, true
		}
	}
	if len(text) < 15 || text[10] != 'T' && text[10] != ' ' {
		return moment{}, false
	}
	day, ok := parseMoment(text[:10])
	if !ok {
		return moment{}, false
	}
	for _, layout := range clockLayouts {
		if clock, err := time.Parse(layout, text[11:]); err == nil {
			hour, minute, second := clock.Clock()
			day.clock = hour+minute+second+clock.Nanosecond() > 0
			return day, true
		}
	}
	return moment{}, false
}

// dateSigns are in everything that parseMoment reads.
const dateSigns = "-/. "

// oldest is the age in years that nobody exceeds.
const oldest = 120

// recognizeDate looks for days and ages. It tells whether the value is a day, and the day.
func recognizeDate(v *value) (moment, bool) {
	if v.allDigits() {
		recognizeDateNumber(v)
		return moment{}, false
	}
	if v.digits < 5 || !strings.ContainsAny(v.text, dateSigns) {
		return moment{}, false
	}
	found, ok := parseMoment(v.text)
	if ok && !found.clock && v.born(found.day) {
		v.add(formBirthDate)
	}
	return found, ok
}

// recognizeDateNumber looks for days as 20060102, years and ages.
func recognizeDateNumber(v *value) {
	switch v.runes {
	case 8:
		if day, err := time.Parse("20060102", v.text); err == nil && v.born(day) {
			v.add(formBirthDate)
		}
	case 4:
		if year := int(number(v.text)); year >= v.now.Year()-oldest && year <= v.now.Year() {
			v.add(formYearOrAge)
		}
	case 1, 2, 3:
		if number(v.text) <= oldest {
			v.add(formYearOrAge)
		}
	}
}

func (v *value) born(day time.Time) bool {
	return !day.After(v.now) && day.Year() >= v.now.Year()-oldest
}

// isEpoch tells times as seconds or milliseconds since 1970, from 2001 to 2033.
func isEpoch(v *value) bool {
	return v.allDigits() && (v.runes == 10 || v.runes == 13) && v.text[0] == '1'
}

// isYear tells the years that dates have in most tables.
func isYear(digits string) bool {
	return len(digits) == 4 && (digits[:2] == "19" || digits[:2] == "20")
}
