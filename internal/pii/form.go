package pii

import "math/bits"

// form is a form that a value has.
type form uint8

// The forms, by category.
const (
	formEmail form = iota
	formPhone
	formLocalPhone
	formDigitPhone
	formCard
	formCardTail
	formIBAN
	formNational
	formSocialSecurity
	formBareNational
	formTax
	formBareTax
	formPatient
	formTravelDocument
	formPassport
	formUKLicence
	formLicence
	formAccount
	formCVV
	formIP
	formWeakIP
	formMAC
	formUUID
	formIMEI
	formPair
	formCoordinate
	formUsername
	formPassword
	formBareHash
	formVIN
	formPlate
	formFullName
	formGivenName
	formFamilyName
	formStreet
	formPostcode
	formPostalDigits
	formCity
	formBirthDate
	formYearOrAge
	formGender
	formGenderLetter
	formGenderDigit
	formProse
	formContact
	numberOfForms
)

// meaning is what a form says.
type meaning struct {
	category Category
	// alone is the confidence when all values have the form and the name says nothing; 0
	// for a form that only confirms a name.
	alone float64
}

var meanings = [numberOfForms]meaning{
	formEmail:          {Email, 0.97},
	formPhone:          {Phone, 0.93},
	formLocalPhone:     {Phone, 0.8},
	formDigitPhone:     {Phone, 0},
	formCard:           {CreditCard, 0.97},
	formCardTail:       {CreditCard, 0},
	formIBAN:           {IBAN, 0.98},
	formNational:       {NationalID, 0.93},
	formSocialSecurity: {NationalID, 0.85},
	formBareNational:   {NationalID, 0},
	formTax:            {TaxID, 0.85},
	formBareTax:        {TaxID, 0},
	formPatient:        {PatientID, 0.8},
	formTravelDocument: {Passport, 0.95},
	formPassport:       {Passport, 0},
	formUKLicence:      {DriverLicense, 0.85},
	formLicence:        {DriverLicense, 0},
	formAccount:        {BankAccount, 0},
	formCVV:            {CVV, 0},
	formIP:             {IPAddress, 0.93},
	formWeakIP:         {IPAddress, 0},
	formMAC:            {MACAddress, 0.93},
	formUUID:           {DeviceID, 0},
	formIMEI:           {DeviceID, 0},
	formPair:           {Geolocation, 0.72},
	formCoordinate:     {Geolocation, 0},
	formUsername:       {Username, 0},
	formPassword:       {Password, 0.97},
	formBareHash:       {Password, 0},
	formVIN:            {VehicleID, 0.9},
	formPlate:          {VehicleID, 0},
	formFullName:       {Name, 0.88},
	formGivenName:      {Name, 0.78},
	formFamilyName:     {Name, 0.74},
	formStreet:         {Address, 0.85},
	formPostcode:       {Address, 0.72},
	formPostalDigits:   {Address, 0},
	formCity:           {Address, 0.6},
	formBirthDate:      {BirthDate, 0},
	formYearOrAge:      {BirthDate, 0},
	formGender:         {Gender, 0.88},
	formGenderLetter:   {Gender, 0.6},
	formGenderDigit:    {Gender, 0},
	formProse:          {FreeText, 0},
	formContact:        {FreeText, 0},
}

// forms is a set of them.
type forms uint64

func (s forms) has(f form) bool { return s&(1<<f) != 0 }

// each calls do for each form.
func (s forms) each(do func(form)) {
	for ; s != 0; s &= s - 1 {
		do(form(bits.TrailingZeros64(uint64(s)))) //nolint:gosec // below 64
	}
}
