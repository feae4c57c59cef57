package pii

import (
	"encoding/json"
	"regexp"
	"strings"
)

var (
	version  = regexp.MustCompile(`^v?\d+(\.\d+){2,}([-+][\w.]+)?$`)
	decimal  = regexp.MustCompile(`^[-+]?\d*[.,]\d+([eE][-+]?\d+)?$`)
	username = regexp.MustCompile(`^[\w.@+-]{2,64}$`)
	code3    = regexp.MustCompile(`^\d{3,4}$`)
)

var flags = list("0 1 true false t f y n yes no on off si sí ja nein oui non sim não")

// finding is what was recognized in a value.
type finding struct {
	forms  forms
	kind   kind
	local  uint32 // regions in which it is a phone number
	moment moment
	dated  bool
}

// recognize looks at a value. region is the one to try phone numbers in first.
func recognize(v *value, region int) finding {
	var f finding
	f.moment, f.dated = recognizeDate(v)
	isCompany := recognizePeople(v)
	f.kind = kindOf(v, f, isCompany)
	if f.kind == kindProse {
		recognizeProse(v)
	}
	if f.kind != kindTimestamp && f.kind != kindProse {
		recognizeEmail(v)
		recognizeNetwork(v)
		recognizePlace(v)
		recognizeGender(v)
		recognizeNumber(v)
		recognizePassword(v)
	}
	if !f.dated && f.kind != kindEpoch && !v.forms.has(formIP) && f.kind != kindVersion {
		f.local = recognizePhone(v, region)
	}
	f.forms = v.forms
	return f
}

// recognizeNumber looks for the numbers of people, things and accounts.
func recognizeNumber(v *value) {
	if v.compact == "" || v.digits < 3 {
		if v.letters > 0 && v.spaces == 0 && username.MatchString(v.text) {
			v.add(formUsername)
		}
		return
	}
	if v.letters > 0 && username.MatchString(v.text) {
		v.add(formUsername)
	}
	if code3.MatchString(v.text) && !isYear(v.text) {
		v.add(formCVV)
	}
	recognizeCard(v)
	recognizeBank(v)
	recognizeNational(v)
	recognizeTax(v)
	recognizeDocument(v)
}

// kindOf gives a value's kind.
func kindOf(v *value, f finding, isCompany bool) kind {
	switch {
	case f.dated && f.moment.clock:
		return kindTimestamp
	case f.dated:
		return kindDate
	case v.runes <= 5 && flags[strings.ToLower(v.text)]:
		return kindFlag
	case v.digits > 0 && v.letters == 0:
		return kindOfNumber(v)
	case isCompany:
		return kindCompany
	case v.ascii && v.spaces == 0:
		return kindOfToken(v)
	case isMasked(v.text):
		return kindMasked
	case isJSON(v.text):
		return kindJSON
	case isProse(v):
		return kindProse
	default:
		return kindWords
	}
}

// shortNumber is the number of digits that no number of a person is below.
const shortNumber = 6

func kindOfNumber(v *value) kind {
	unsigned := v.digits == v.runes || v.digits == v.runes-1 && v.text[0] == '-'
	switch {
	case isEpoch(v):
		return kindEpoch
	case unsigned && v.digits < shortNumber:
		return kindSmall
	case unsigned:
		return kindInteger
	case decimal.MatchString(v.text):
		return kindDecimal
	case version.MatchString(v.text):
		return kindVersion
	case isMasked(v.text):
		return kindMasked
	default:
		return kindCode
	}
}

func kindOfToken(v *value) kind {
	switch {
	case isUUID(v.text):
		return kindUUID
	case isHash(v.text):
		return kindHash
	case isMasked(v.text):
		return kindMasked
	case strings.Contains(v.text, "://"):
		return kindURL
	case isJSON(v.text):
		return kindJSON
	case version.MatchString(v.text):
		return kindVersion
	case v.digits == 0 && v.others <= 2 && strings.IndexByte(v.text, '@') < 0:
		return kindWords
	default:
		return kindCode
	}
}

// isJSON tells objects and lists, of which the end may be cut off.
func isJSON(text string) bool {
	if text[0] != '{' && text[0] != '[' {
		return false
	}
	return json.Valid([]byte(text)) || strings.HasPrefix(text, `{"`) || strings.HasPrefix(text, `[{`)
}
