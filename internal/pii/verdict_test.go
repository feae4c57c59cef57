package pii

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestValuesAloneTell(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Category{
		"email": Email, "phone +": Phone, "phone local": Phone, "card": CreditCard, "iban": IBAN, "ssn": NationalID, "dni": NationalID,
		"bsn": NationalID, "cpf": NationalID, "steuer": TaxID, "ip": IPAddress, "ipv6": IPAddress, "mac": MACAddress, "bcrypt": Password,
		"vin": VehicleID, "full name": Name, "name, given": Name, "given": Name, "street": Address, "postcode": Address, "gender": Gender,
		"pair": Geolocation, "notes": FreeText,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := profiled(column(generators[name])).Verdict()
			require.Equal(t, want, verdict.Category)
			require.GreaterOrEqual(t, verdict.Confidence, Found)
			require.Contains(t, verdict.Evidence[0], " of 100 values are ")
			decision := Combine(Guess{}, Column{}, verdict)
			require.Equal(t, Detected, decision.Outcome)
			require.Equal(t, want, decision.Category)
			require.Equal(t, Unchanged, Combine(Guess{}, Column{Numbered: true}, verdict).Outcome, "nobody's number")

			mixed := column(generators[name])
			for i := range mixed {
				if i%20 == 0 {
					mixed[i] = "something else"
				}
			}
			require.Equal(t, want, profiled(mixed).Verdict().Category, "one value in twenty is another")
		})
	}
}

// negatives look like personal data to a careless eye.
var negatives = map[string]func(r *rand.Rand, i int) string{
	"serial numbers":       func(_ *rand.Rand, i int) string { return strconv.Itoa(2125550000 + i) },
	"small numbers":        func(_ *rand.Rand, i int) string { return strconv.Itoa(i) },
	"random numbers of 9":  func(r *rand.Rand, _ int) string { return digits(r, 9) },
	"random numbers of 10": func(r *rand.Rand, _ int) string { return digits(r, 10) },
	"random numbers of 11": func(r *rand.Rand, _ int) string { return digits(r, 11) },
	"random numbers of 15": func(r *rand.Rand, _ int) string { return digits(r, 15) },
	"random numbers of 16": func(r *rand.Rand, _ int) string { return "4" + digits(r, 15) },
	"serial numbers of 16": func(_ *rand.Rand, i int) string { return strconv.Itoa(4111111111110000 + i) },
	"seconds":              func(r *rand.Rand, _ int) string { return strconv.Itoa(1700000000 + r.IntN(90000000)) },
	"milliseconds":         func(r *rand.Rand, _ int) string { return strconv.Itoa(1700000000000 + r.IntN(90000000000)) },
	"timestamps": func(r *rand.Rand, _ int) string {
		return dayWithin(r, 2025, 2026).Add(time.Duration(1+r.IntN(86000)) * time.Second).Format("2006-01-02 15:04:05.999999")
	},
	"days":           func(r *rand.Rand, _ int) string { return dayWithin(r, 1950, 2026).Format(time.DateOnly) },
	"days of digits": func(r *rand.Rand, _ int) string { return dayWithin(r, 1950, 2026).Format("20060102") },
	"ZIP codes":      func(r *rand.Rand, _ int) string { return digits(r, 5) },
	"years":          func(r *rand.Rand, _ int) string { return strconv.Itoa(1990 + r.IntN(37)) },
	"versions of four": func(r *rand.Rand, _ int) string {
		return fmt.Sprintf("%d.%d.%d.%d", r.IntN(12), r.IntN(30), r.IntN(20), r.IntN(9))
	},
	"versions": func(r *rand.Rand, _ int) string { return fmt.Sprintf("%d.%d.%d", r.IntN(12), r.IntN(30), r.IntN(200)) },
	"UUIDs": func(r *rand.Rand, _ int) string {
		return fmt.Sprintf("%08x-1234-4abc-9def-%012x", r.Uint32(), r.Uint64()>>16)
	},
	"amounts":           func(r *rand.Rand, _ int) string { return fmt.Sprintf("%.2f", r.Float64()*1e7) },
	"codes of products": func(r *rand.Rand, _ int) string { return fmt.Sprintf("SKU-%s-%s", digits(r, 4), digits(r, 5)) },
	"tracking numbers":  func(r *rand.Rand, _ int) string { return "1Z" + digits(r, 16) },
	"ISBNs":             func(r *rand.Rand, _ int) string { return "978-3-" + digits(r, 5) + "-" + digits(r, 3) + "-0" },
	"hashes":            func(r *rand.Rand, _ int) string { return fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()) },
	"colours": func(r *rand.Rand, _ int) string {
		return pick(r, "Rose", "Violet", "Olive", "Ruby", "Scarlet", "Green", "Blue", "Black", "Indigo")
	},
	"months": func(r *rand.Rand, _ int) string { return pick(r, "January", "April", "May", "June", "August") },
	"states": func(r *rand.Rand, _ int) string { return pick(r, "active", "closed", "pending", "new") },
	"companies": func(r *rand.Rand, _ int) string {
		return pick(r, "Thomas Taylor Ltd", "Müller GmbH", "Martin & Bros Inc.", "Smith Holdings")
	},
	"products": func(r *rand.Rand, i int) string {
		return pick(r, "Steel Bolt", "Garden Chair", "Blue Lamp", "Desk") + " Mark " + strconv.Itoa(i)
	},
	"cities": func(r *rand.Rand, _ int) string {
		return pick(r, "Paris", "Florence", "Austin", "Berlin", "São Paulo")
	},
	"flags":  func(r *rand.Rand, _ int) string { return pick(r, "0", "1") },
	"grades": func(r *rand.Rand, _ int) string { return pick(r, "M", "F", "D") },
	"prose of nobody": func(r *rand.Rand, i int) string {
		return fmt.Sprintf("This product of the season %d is made of steel and lasts for very many years.", i)
	},
	"paths":                 func(_ *rand.Rand, i int) string { return fmt.Sprintf("/srv/data/%d/x.csv", i) },
	"URLs":                  func(_ *rand.Rand, i int) string { return fmt.Sprintf("https://shop.example/item/%d?ref=a@b", i) },
	"coordinates of pixels": func(r *rand.Rand, _ int) string { return fmt.Sprintf("%d,%d", r.IntN(1000), r.IntN(1000)) },
	"JSON":                  func(_ *rand.Rand, i int) string { return fmt.Sprintf(`{"mail": "a%d@b.example"}`, i) },
	"masked":                func(_ *rand.Rand, i int) string { return fmt.Sprintf("j***%d@mail.example", i) },
	"words for nothing":     func(r *rand.Rand, _ int) string { return pick(r, "", " ", "n/a", "NULL", "-") },
}

func TestHardNegatives(t *testing.T) {
	t.Parallel()
	for name, generate := range negatives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := profiled(column(generate)).Verdict()
			decision := Combine(Guess{}, Column{}, verdict)
			require.Equal(t, None, decision.Category, "%.2f %v", verdict.Confidence, verdict.Evidence)
			require.Equal(t, Unchanged, decision.Outcome)
		})
	}
}

func TestTooFewOrTooAlike(t *testing.T) {
	t.Parallel()
	require.Equal(t, Verdict{}, NewProfile(today).Verdict())
	one := strings.Split(strings.Repeat("123456782 ", 100), " ")[:100] // right by chance once in eleven
	require.Less(t, profiled(one).Verdict().Confidence, Found)
	require.Equal(t, Unchanged, Combine(Guess{}, Column{}, profiled([]string{"ada@mail.example", "x@mail.example"}).Verdict()).Outcome)
}

func TestNothingIsCountedAsAValue(t *testing.T) {
	t.Parallel()
	profile := profiled([]string{"", "  ", "N/A", "ada@mail.example"})
	profile.Null()
	require.Equal(t, 1, profile.Verdict().Values)
	require.Equal(t, 3, profile.tally.blanks)
	require.Equal(t, 1, profile.tally.nulls)
}

func TestSketch(t *testing.T) {
	t.Parallel()
	s := newSketch()
	for i := range 100_000 {
		s.add(s.hashNumber(int64(i % 50_000)))
		if i == sketchSize-1 {
			require.Equal(t, sketchSize, s.distinct(), "exact while it has room")
		}
	}
	require.InEpsilon(t, 50_000, s.distinct(), 0.2)
	require.LessOrEqual(t, len(s.kept), sketchSize)
}

// TestFormsThatAreNot has single values that come close.
func TestFormsThatAreNot(t *testing.T) {
	t.Parallel()
	for text, form := range map[string]form{
		"mary had a lamb": formFullName, "Mary": formFullName, "Mary Street": formFullName,
		"lat 48.1 48.2 48.3 48.4 48.5 48.6 48.7 48.8 48.9 49.0": formProse,
		strings.Repeat("word ", 300) + "ada@mail.example":       formContact,
		"10.2.0.1": formIP, "1985-04-12 10:11:12": formBirthDate, "2085-04-12": formBirthDate, "ada@mail.example, x@mail.example": formEmail,
		"95.5, 10.5": formPair, "2024": formCVV, "123.4": formCoordinate, "-1234567": formLocalPhone,
	} {
		profile := profiled([]string{text})
		require.Zero(t, profile.tally.forms[form], "%.60s", text)
	}
	for _, address := range column(generators["ip"]) {
		found := formsOf(address)
		require.False(t, found.has(formLocalPhone) || found.has(formDigitPhone), address)
	}
	for last := range 10 { // no digit of the first ten comes twice
		require.False(t, germanTaxID(fmt.Sprintf("1234567890%d", last)))
	}
}

func TestPhonesOfOneRegion(t *testing.T) {
	t.Parallel()
	world := column(func(r *rand.Rand, _ int) string {
		return pick(r, "(212) 555-0101", "030 1234567", "01 42 68 53 00", "020 7946 0018", "11 96123-4567")
	})
	verdict := profiled(world).Verdict()
	require.Equal(t, None, Combine(Guess{}, Column{}, verdict).Category, "numbers that are valid here and there")
	require.Equal(t, Confirmed, Combine(named(Phone), Column{}, verdict).Outcome)
}

func TestMixedValuesAreNothing(t *testing.T) {
	t.Parallel()
	mixed := column(generators["email"])
	for i := range 60 {
		mixed[i] = "closed"
	}
	require.Equal(t, None, profiled(mixed).Verdict().Category)
}
