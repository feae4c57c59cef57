package pii

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// today is the day on which the tests take place.
var today = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func formsOf(text string) forms {
	return recognize(newValue(text, today), noRegion).forms
}

// column is a hundred values.
func column(value func(r *rand.Rand, i int) string) []string {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]string, 100)
	for i := range out {
		out[i] = value(r, i)
	}
	return out
}

func profiled(values []string) *Profile {
	profile := NewProfile(today)
	for _, value := range values {
		profile.Add(value)
	}
	return profile
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

// digits gives n digits, of which the first is not 0.
func digits(r *rand.Rand, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte('0' + r.IntN(10))
	}
	out[0] = byte('1' + r.IntN(9))
	return string(out)
}

// until tries until a check holds.
func until(r *rand.Rand, try func() string, check func(string) bool) string {
	for {
		if text := try(); check(text) {
			return text
		}
	}
}

// dayWithin gives a day of the years from one up to another.
func dayWithin(r *rand.Rand, from, to int) time.Time {
	first := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC)
	days := int(time.Date(to, 1, 1, 0, 0, 0, 0, time.UTC).Sub(first).Hours() / 24)
	return first.AddDate(0, 0, r.IntN(days))
}

// generators make values of a category.
var generators = map[string]func(r *rand.Rand, i int) string{
	"email": func(r *rand.Rand, i int) string {
		return fmt.Sprintf("%s.%d@%s.example", pick(r, "ada", "grace", "alan"), i, pick(r, "mail", "corp"))
	},
	"phone +": func(r *rand.Rand, _ int) string { return "+1212" + strconv.Itoa(2000000+r.IntN(7999999)) },
	"phone local": func(r *rand.Rand, _ int) string {
		return fmt.Sprintf("(%s) 555-%04d", pick(r, "212", "415", "312", "617"), r.IntN(10000))
	},
	"card": func(r *rand.Rand, _ int) string {
		return until(r, func() string { return pick(r, "4", "52", "2230", "6011") + digits(r, 15) }, func(s string) bool { return issued(s[:16]) && luhn(s[:16]) })[:16]
	},
	"iban": func(r *rand.Rand, _ int) string {
		account := "37040044" + digits(r, 10)
		return fmt.Sprintf("DE%02d%s", 98-mod97(account+"DE00"), account)
	},
	"ssn": func(r *rand.Rand, _ int) string {
		return fmt.Sprintf("%03d-%02d-%04d", 100+r.IntN(500), 1+r.IntN(99), 1+r.IntN(9999))
	},
	"dni": func(r *rand.Rand, _ int) string {
		n := digits(r, 8)
		return n + string(dniLetters[number(n)%23])
	},
	"bsn": func(r *rand.Rand, _ int) string { return until(r, func() string { return digits(r, 9) }, dutchBSN) },
	"cpf": func(r *rand.Rand, _ int) string {
		return until(r, func() string { return digits(r, 11) }, brazilianCPF)
	},
	"steuer": func(r *rand.Rand, _ int) string { return until(r, func() string { return digits(r, 11) }, germanTaxID) },
	"ip": func(r *rand.Rand, _ int) string {
		return fmt.Sprintf("%d.%d.%d.%d", 1+r.IntN(223), r.IntN(256), r.IntN(256), r.IntN(256))
	},
	"ipv6": func(r *rand.Rand, _ int) string { return fmt.Sprintf("2001:db8::%x:%x", r.IntN(65536), r.IntN(65536)) },
	"mac": func(r *rand.Rand, _ int) string {
		return fmt.Sprintf("02:00:%02x:%02x:%02x:%02x", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256))
	},
	"bcrypt": func(r *rand.Rand, _ int) string { return "$2b$12$" + strings.Repeat("a", 22) + digits(r, 31) },
	"vin": func(r *rand.Rand, _ int) string {
		return until(r, func() string { return "1HGCM826" + pick(r, "0", "1", "2", "3", "4", "X") + "3A" + digits(r, 6) }, isVIN)
	},
	"full name": func(r *rand.Rand, _ int) string {
		return pick(r, "Mary", "José", "Jürgen", "Giulia", "Wei", "Fatima", "Zbigniew") + " " + pick(r, "Smith", "García", "Müller", "Rossi", "Zhang", "Haddad", "Brzęczyszczykiewicz")
	},
	"name, given": func(r *rand.Rand, _ int) string {
		return pick(r, "Smith", "García", "Müller", "Rossi") + ", " + pick(r, "John", "Ana", "Eva", "Luca", "Q.")
	},
	"given": func(r *rand.Rand, _ int) string {
		return pick(r, "Mary", "John", "Ahmed", "Chloé", "Lukas", "Priya", "Olga", "Sven", "Xxqy", "Hiroshi")
	},
	"street": func(r *rand.Rand, i int) string {
		return pick(r, fmt.Sprintf("%d Baker Street", i+1), fmt.Sprintf("Hauptstraße %d", i+1), fmt.Sprintf("%d, rue de Rivoli", i+1), fmt.Sprintf("Calle Mayor %d", i+1))
	},
	"postcode": func(r *rand.Rand, i int) string { return fmt.Sprintf("SW%dA %dAA", r.IntN(10), r.IntN(10)) },
	"gender":   func(r *rand.Rand, _ int) string { return pick(r, "male", "female", "female", "other") },
	"pair": func(r *rand.Rand, _ int) string {
		return fmt.Sprintf("%.5f, %.5f", r.Float64()*180-90, r.Float64()*360-180)
	},
	"notes": func(r *rand.Rand, i int) string {
		return fmt.Sprintf("The customer called about order %d and asked us to write to ada%d@mail.example as soon as we can.", i, i)
	},
}
