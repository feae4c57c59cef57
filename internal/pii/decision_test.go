package pii

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// named is a guess as a name makes it.
func named(category Category) Guess {
	return Guess{Category: category, Confidence: 0.9, Evidence: `name matches "x"`}
}

func TestCombine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		guess    Category
		values   func(r *rand.Rand, i int) string
		outcome  Outcome
		category Category
	}{
		"e-mail":                                 {Email, generators["email"], Confirmed, Email},
		"e-mail that is a flag":                  {Email, negatives["flags"], Refuted, None},
		"e-mail that is a time":                  {Email, negatives["timestamps"], Refuted, None},
		"e-mail that is words":                   {Email, negatives["states"], Refuted, None},
		"e-mail that is hashed":                  {Email, negatives["hashes"], Unchanged, Email},
		"e-mail that is masked":                  {Email, negatives["masked"], Unchanged, Email},
		"e-mail that is a phone":                 {Email, generators["phone +"], Replaced, Phone},
		"phone":                                  {Phone, generators["phone local"], Confirmed, Phone},
		"phone without signs":                    {Phone, func(r *rand.Rand, _ int) string { return "212" + strconv.Itoa(2000000+r.IntN(7999999)) }, Confirmed, Phone},
		"phone that is serial":                   {Phone, negatives["serial numbers"], Refuted, None},
		"phone that is seconds":                  {Phone, negatives["seconds"], Refuted, None},
		"phone that is small":                    {Phone, negatives["small numbers"], Refuted, None},
		"phone that is a social security number": {Phone, generators["ssn"], Replaced, NationalID},
		"tax id of Brazil":                       {TaxID, generators["cpf"], Confirmed, TaxID},
		"name":                                   {Name, generators["full name"], Confirmed, Name},
		"name of unknown people": {Name, func(_ *rand.Rand, i int) string {
			return "Qx" + string(rune('a'+i%26)) + " Zzy" + string(rune('a'+i/26))
		}, Unchanged, Name},
		"name that is a number":      {Name, negatives["small numbers"], Refuted, None},
		"name that is an e-mail":     {Name, generators["email"], Replaced, Email},
		"name that is of companies":  {Name, negatives["companies"], Refuted, None},
		"address":                    {Address, generators["street"], Confirmed, Address},
		"address that is ZIP codes":  {Address, negatives["ZIP codes"], Confirmed, Address},
		"address that is IP":         {Address, generators["ip"], Replaced, IPAddress},
		"birth":                      {BirthDate, negatives["days"], Confirmed, BirthDate},
		"birth as digits":            {BirthDate, negatives["days of digits"], Confirmed, BirthDate},
		"birth year":                 {BirthDate, negatives["years"], Confirmed, BirthDate},
		"birth that is a time":       {BirthDate, negatives["timestamps"], Refuted, None},
		"birth that is ZIP codes":    {BirthDate, negatives["ZIP codes"], Refuted, None},
		"birth that is last year":    {BirthDate, func(r *rand.Rand, _ int) string { return today.AddDate(0, 0, -1-r.IntN(300)).Format(time.DateOnly) }, Lowered, BirthDate},
		"birth to come":              {BirthDate, func(r *rand.Rand, _ int) string { return dayWithin(r, 2030, 2040).Format(time.DateOnly) }, Refuted, None},
		"gender":                     {Gender, func(r *rand.Rand, _ int) string { return pick(r, "M", "F") }, Confirmed, Gender},
		"gender as digits":           {Gender, func(r *rand.Rand, _ int) string { return pick(r, "0", "1", "2", "9") }, Confirmed, Gender},
		"gender that is a day":       {Gender, negatives["days"], Refuted, None},
		"national id":                {NationalID, generators["ssn"], Confirmed, NationalID},
		"national id that is serial": {NationalID, negatives["small numbers"], Refuted, None},
		"tax id of a person":         {TaxID, generators["ssn"], Confirmed, TaxID},
		"passport":                   {Passport, func(r *rand.Rand, _ int) string { return "C" + digits(r, 8) }, Confirmed, Passport},
		"passport that is a flag":    {Passport, negatives["flags"], Refuted, None},
		"licence":                    {DriverLicense, func(r *rand.Rand, _ int) string { return "D" + digits(r, 7) }, Confirmed, DriverLicense},
		"card":                       {CreditCard, generators["card"], Confirmed, CreditCard},
		"card tail":                  {CreditCard, func(r *rand.Rand, _ int) string { return digits(r, 4) }, Confirmed, CreditCard},
		"card that is its type":      {CreditCard, func(r *rand.Rand, _ int) string { return pick(r, "Visa", "Mastercard") }, Refuted, None},
		"card that is serial":        {CreditCard, negatives["serial numbers of 16"], Refuted, None},
		"cvv":                        {CVV, func(r *rand.Rand, _ int) string { return digits(r, 3) }, Confirmed, CVV},
		"cvv that is a year":         {CVV, negatives["years"], Refuted, None},
		"iban in a reference":        {None, generators["iban"], Detected, IBAN},
		"iban in an account":         {BankAccount, generators["iban"], Replaced, IBAN},
		"account":                    {BankAccount, func(r *rand.Rand, _ int) string { return digits(r, 10) }, Confirmed, BankAccount},
		"IP that is versions":        {IPAddress, negatives["versions"], Refuted, None},
		"IP that is private":         {IPAddress, func(r *rand.Rand, _ int) string { return fmt.Sprintf("10.0.0.%d", r.IntN(31)) }, Confirmed, IPAddress},
		"MAC":                        {MACAddress, generators["mac"], Confirmed, MACAddress},
		"device":                     {DeviceID, negatives["UUIDs"], Confirmed, DeviceID},
		"place":                      {Geolocation, func(r *rand.Rand, _ int) string { return fmt.Sprintf("%.6f", r.Float64()*90) }, Confirmed, Geolocation},
		"place that is a flag":       {Geolocation, negatives["flags"], Refuted, None},
		"user name":                  {Username, func(_ *rand.Rand, i int) string { return fmt.Sprintf("user_%d", i) }, Confirmed, Username},
		"user name that is e-mail":   {Username, generators["email"], Replaced, Email},
		"password":                   {Password, generators["bcrypt"], Confirmed, Password},
		"password that is a flag":    {Password, negatives["flags"], Refuted, None},
		"password that is a day":     {Password, negatives["days"], Refuted, None},
		"vehicle":                    {VehicleID, generators["vin"], Confirmed, VehicleID},
		"notes":                      {FreeText, generators["notes"], Confirmed, FreeText},
		"notes that are cards":       {FreeText, generators["card"], Replaced, CreditCard},
		"what values cannot tell":    {"health", negatives["flags"], Unchanged, "health"},
		"nothing":                    {Email, negatives["words for nothing"], Unchanged, Email},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guess := named(c.guess)
			if c.guess == None {
				guess = Guess{}
			}
			got := Combine(guess, Column{}, profiled(column(c.values)).Verdict())
			require.Equal(t, c.outcome, got.Outcome, "%+v", got)
			require.Equal(t, c.category, got.Category, "%+v", got)
			require.LessOrEqual(t, got.Confidence, certain)
			require.GreaterOrEqual(t, got.Confidence, 0.0)
			switch c.outcome {
			case Confirmed:
				require.Greater(t, got.Confidence, guess.Confidence)
			case Lowered:
				require.Less(t, got.Confidence, guess.Confidence)
			case Unchanged, Refuted, Replaced, Detected:
			}
		})
	}
}

func TestEvidenceCounts(t *testing.T) {
	t.Parallel()
	values := column(generators["email"])
	for i := range 4 {
		values[i] = "7"
	}
	decision := Combine(Guess{Category: Email, Confidence: 0.8, Evidence: `name matches "mail"`}, Column{}, profiled(values).Verdict())
	require.Equal(t, `name matches "mail"; 96 of 100 values are e-mail addresses`, decision.Evidence)
	decision = Combine(Guess{Category: Email, Confidence: 0.8}, Column{}, profiled(column(negatives["flags"])).Verdict())
	require.Equal(t, "but 100 of 100 values are yes or no", decision.Evidence)
}

func TestFewValuesRefuteNothing(t *testing.T) {
	t.Parallel()
	few := profiled([]string{"0", "1", "0", "1", "1"}).Verdict()
	decision := Combine(named(Email), Column{}, few)
	require.Equal(t, Lowered, decision.Outcome)
	require.Equal(t, Email, decision.Category)
	require.Equal(t, Unchanged, Combine(named(Email), Column{}, profiled([]string{"0"}).Verdict()).Outcome)
	mails := profiled(column(generators["email"])[:5]).Verdict()
	require.NotEqual(t, Replaced, Combine(named(Username), Column{}, mails).Outcome)
}

func TestColumnsSpeak(t *testing.T) {
	t.Parallel()
	nothing := NewProfile(today).Verdict()
	require.Equal(t, Refuted, Combine(named(Email), Column{Truth: true}, nothing).Outcome, "a type says it without values")
	numbers := profiled(column(negatives["random numbers of 10"])).Verdict()
	require.Equal(t, Refuted, Combine(named(Phone), Column{Numbered: true}, numbers).Outcome)
	require.NotEqual(t, Refuted, Combine(named(PatientID), Column{Numbered: true}, numbers).Outcome)

	table := &metadata.Table{Fields: []metadata.Field{
		{DataType: "integer", Identity: metadata.IdentityAlways},
		{DataType: "integer", Default: "nextval('s'::regclass)"},
		{DataType: "BOOLEAN"},
		{DataType: "tinyint(1)"},
		{DataType: "text"},
	}}
	want := []Column{{Numbered: true}, {Numbered: true}, {Truth: true}, {Truth: true}, {}}
	for i := range table.Fields {
		require.Equal(t, want[i], ColumnOf(table, i))
	}
}
