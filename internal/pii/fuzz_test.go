package pii

import (
	"testing"
	"time"
	"unicode/utf8"
)

// seeds are odd values for all targets.
var seeds = []string{
	"", " ", "-", ".", "@", "a@b.example", "+1 212 555 0100", "(212) 555-0100", "4111111111111111", "GB82WEST12345698765432", "12345678Z",
	"1985-04-12", "1985-04-12 00:00:00", "20060102", "10.0.0.1/8", "::1", "02:00:00:00:00:01", "1HGCM82633A004352", "Jürgen Müller", "Smith, J.",
	"221B Baker Street", "48.8566, 2.3522", "{\"a\":1}", "$2b$12$x", "\x00\xff", "٣٤٥", "e\u0301", "1.2.3.4", "2A", ",", ", ,", "Dr.", "--------", "+", "00", "x x x x x x x x x",
	"L898902C36UTO7408122F1204159ZE184226B<<<<<10", "9999999999999999999999999", "<<<<<<<<<<<<<<<<<", "T220001293",
}

// FuzzRecognize looks for panics and for findings that contradict themselves.
func FuzzRecognize(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		profile := NewProfile(today)
		profile.Add(text)
		verdict := profile.Verdict()
		if verdict.Confidence < 0 || verdict.Confidence > 1 || (verdict.Category == None) != (verdict.Confidence == 0) {
			t.Errorf("category %q, confidence %f", verdict.Category, verdict.Confidence)
		}
		if tally := profile.tally; tally.values+tally.blanks != 1 {
			t.Errorf("%d values and %d blanks of one", tally.values, tally.blanks)
		}
		for _, category := range listed {
			if decision := Combine(named(category), Column{}, verdict); decision.Confidence < 0 || decision.Confidence > certain {
				t.Errorf("%s: %+v", category, decision)
			}
		}
	})
}

// FuzzChecks calls each check of a number with text that its callers have not looked at yet.
func FuzzChecks(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := newValue(text, today)
		recognizeNumber(v)
		if v.forms.has(formIBAN) != (v.digits >= 3 && len(v.compact) >= 15 && isIBAN(v.compact)) { // no account has fewer digits
			t.Error("IBAN or not")
		}
		if v.forms.has(formCard) && !luhn(v.compact) {
			t.Error("a card number that is none")
		}
	})
}

// FuzzMoment reads days and times.
func FuzzMoment(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, ok := parseMoment(text)
		if !ok {
			return
		}
		again, ok := parseMoment(found.day.Format(time.DateOnly))
		if year := found.day.Year(); year < 1 || year > 9999 {
			return
		}
		if !ok || !again.day.Equal(found.day) {
			t.Errorf("%v is read again as %v", found.day, again.day)
		}
	})
}

// FuzzFold folds letters.
func FuzzFold(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) && !utf8.ValidString(fold(text)) {
			t.Error("no longer UTF-8")
		}
	})
}
