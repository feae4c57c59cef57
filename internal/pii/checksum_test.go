package pii

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// published are numbers that the issuers or their documentation print as examples.
var published = map[string]struct {
	check func(string) bool
	right []string
	wrong []string
}{
	"IBAN":    {isIBAN, []string{"GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606", "NO9386011117947"}, []string{"GB82WEST12345698765433", "XX82WEST12345698765432", "DE8937040044053201300"}},
	"DNI":     {spanishDNI, []string{"12345678Z", "X1234567L", "Y1234567X", "Z1234567R"}, []string{"12345678A", "X1234567A", "1234567Z"}},
	"CIF":     {spanishCIF, []string{"A58818501"}, []string{"A58818502", "A5881850"}},
	"NIR":     {frenchNIR, []string{"255081416802538", "269054958815780"}, []string{"255081416802539", "555081416802538", "255131416802538"}},
	"ID card": {germanIDCard, []string{"T220001293", "L01X00T471"}, []string{"T220001294", "1220001293"}},
	"pension": {germanPension, []string{"15070649C103"}, []string{"15070649C104", "15079949C103"}},
	"tax id":  {germanTaxID, []string{"86095742719", "47036892816"}, []string{"86095742718", "12345678901", "00000000000"}},
	"fiscal":  {italianFiscalCode, []string{"RSSMRA85T10A562S", "MRTMTT91D08F205J"}, []string{"RSSMRA85T10A562T"}},
	"P. IVA":  {italianVAT, []string{"00743110157"}, []string{"00743110158"}},
	"BSN":     {dutchBSN, []string{"111222333", "123456782"}, []string{"123456789", "000000000"}},
	"CC":      {portugueseCard, []string{"000000000ZZ4"}, []string{"000000000ZZ5", "000000000004"}},
	"NIF":     {portugueseNIF, []string{"123456789", "501964843"}, []string{"123456788", "423456789"}},
	"CPF":     {brazilianCPF, []string{"52998224725", "11144477735"}, []string{"52998224724", "11111111111"}},
	"CNPJ":    {brazilianCNPJ, []string{"11222333000181"}, []string{"11222333000182"}},
	"NINO":    {britishNINO, []string{"AB123456C"}, []string{"QQ123456C", "GB123456C", "AB123456E"}},
	"NHS":     {britishNHS, []string{"9434765919", "4505577104"}, []string{"9434765918"}},
	"SSN":     {americanSSN, []string{"219099999"}, []string{"000121234", "666121234", "900121234", "123001234", "123450000"}},
	"VAT":     {europeanVAT, []string{"DE136695976", "FR40303265045", "BE0428759497", "ATU13585627", "NL004495445B01", "IT00743110157", "PT501964843", "ESA58818501", "PL8567346215"}, []string{"DE136695975", "FR41303265045", "BE0428759496", "ZZ123456789"}},
	"VIN":     {isVIN, []string{"1M8GDM9AXKP042788", "1HGCM82633A004352", "5YJSA1DG9DFP14705"}, []string{"1M8GDM9A1KP042788", "IM8GDM9AXKP042788", strings.Repeat("1", 17)}},
	"MRZ":     {isTravelDocument, []string{"L898902C36UTO7408122F1204159ZE184226B<<<<<10"}, []string{"L898902C46UTO7408122F1204159ZE184226B<<<<<10", strings.Repeat("<", 44)}},
	"e-mail":  {isEmail, []string{"a@b.example", "Ada Example <ada.l+x@mail.example.org>"}, []string{"a@b", "@", "a@b.1", "a b@c.de", "j***@example.org"}},
	"UUID":    {isUUID, []string{"123e4567-e89b-12d3-a456-426614174000"}, []string{"123e4567-e89b-12d3-a456-42661417400", "123e4567xe89b-12d3-a456-426614174000", "g23e4567-e89b-12d3-a456-426614174000"}},
	"hash":    {isHash, []string{"d41d8cd98f00b204e9800998ecf8427e"}, []string{strings.Repeat("1", 32), "d41d8cd98f00b204e9800998ecf8427g"}},
	"street":  {hasStreet, []string{"221B Baker Street", "Hauptstraße 5", "12 rue de la Paix", "Calle Mayor, 3"}, []string{"Baker Street", "5 apples", "12 way points off by one thousand"}[:2]},
}

func TestPublishedNumbers(t *testing.T) {
	t.Parallel()
	for name, c := range published {
		for _, text := range c.right {
			require.True(t, c.check(text), "%s %s", name, text)
		}
		for _, text := range c.wrong {
			require.False(t, c.check(text), "%s %s", name, text)
		}
	}
}

// TestCheckDigitsFindEveryWrongDigit changes each digit of a right number to each other one.
func TestCheckDigitsFindEveryWrongDigit(t *testing.T) {
	t.Parallel()
	for name, number := range map[string]string{
		"IBAN": "DE89370400440532013000", "DNI": "12345678Z", "NIR": "255081416802538", "CPF": "52998224725", "BSN": "123456782",
		"tax id": "86095742719", "P. IVA": "00743110157", "CC": "000000000ZZ4", "NHS": "9434765919",
	} {
		check := published[name].check
		for i := range len(number) {
			for digit := byte('0'); digit <= '9'; digit++ {
				if number[i] < '0' || number[i] > '9' || number[i] == digit {
					continue
				}
				require.False(t, check(number[:i]+string(digit)+number[i+1:]), "%s: %d at %d", name, digit-'0', i)
			}
		}
	}
}

func TestCards(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"4111111111111111", "4222222222222", "5555 5555 5555 4444", "2223003122003222", "3782-822463-10005", "6011111111111117", "30569309025904", "3530111333300000", "6240008631401148",
	} {
		require.True(t, formsOf(text).has(formCard), text)
	}
	for _, text := range []string{
		"4111111111111112", "0000000000000000", "1234567812345670", "41111111111111", "4111.1111.1111.1111", "9111111111111111",
	} {
		require.False(t, formsOf(text).has(formCard), text)
	}
}
