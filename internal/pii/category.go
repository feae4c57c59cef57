package pii

// Category is a kind of personal data, as it stands in pii_category.
type Category string

// The categories that values can tell. A name may say others, such as health;
// those pass through as they are.
const (
	None          Category = ""
	Email         Category = "email"
	Phone         Category = "phone"
	Name          Category = "name"
	Address       Category = "address"
	BirthDate     Category = "dob"
	Gender        Category = "gender"
	NationalID    Category = "national_id"
	Passport      Category = "passport"
	DriverLicense Category = "driver_license"
	TaxID         Category = "tax_id"
	PatientID     Category = "patient_id"
	CreditCard    Category = "credit_card"
	CVV           Category = "cvv"
	IBAN          Category = "iban"
	BankAccount   Category = "bank_account"
	IPAddress     Category = "ip_address"
	MACAddress    Category = "mac_address"
	DeviceID      Category = "device_id"
	Geolocation   Category = "geolocation"
	Username      Category = "username"
	Password      Category = "password"
	VehicleID     Category = "vehicle_id"
	FreeText      Category = "free_text"
)

// trait is what is known about a category.
type trait struct {
	plural string // of the values, for evidence
	// least is the share of values that must have its form for the values alone to say so.
	least float64
	// distinct is how many different values make the evidence full: a check
	// digit is right by chance once in ten.
	distinct int
	// allows are the kinds of value that the category does not exclude, though they do not prove it.
	// Hashed, masked and coded values are personal data still, and never exclude.
	allows kinds
}

var disguised = kindsOf(kindMasked, kindHash, kindCode)

var traits = map[Category]trait{
	None:          {},
	Email:         {"e-mail addresses", 0.5, 3, 0},
	Phone:         {"phone numbers", 0.7, 5, kindsOf(kindInteger)},
	Name:          {"names of people", 0.4, 8, kindsOf(kindWords, kindProse)},
	Address:       {"addresses or parts of one", 0.5, 6, kindsOf(kindWords, kindProse, kindSmall, kindInteger, kindJSON, kindCompany)},
	BirthDate:     {"possible birth dates", 0.8, 8, 0},
	Gender:        {"genders", 0.9, 2, kindsOf(kindWords, kindFlag, kindSmall)},
	NationalID:    {"valid national identity numbers", 0.8, 10, kindsOf(kindInteger)},
	Passport:      {"in the form of passport numbers", 0.8, 6, kindsOf(kindInteger)},
	DriverLicense: {"in the form of driving licence numbers", 0.8, 6, kindsOf(kindInteger)},
	TaxID:         {"valid tax numbers", 0.8, 10, kindsOf(kindInteger)},
	PatientID:     {"valid patient numbers", 0.9, 10, kindsOf(kindSmall, kindInteger, kindUUID)},
	CreditCard:    {"valid card numbers", 0.8, 10, kindsOf(kindInteger)},
	CVV:           {"in the form of card security codes", 0.9, 10, 0},
	IBAN:          {"valid IBANs", 0.7, 3, 0},
	BankAccount:   {"in the form of account numbers", 0.8, 6, kindsOf(kindInteger)},
	IPAddress:     {"IP addresses", 0.8, 3, 0},
	MACAddress:    {"MAC addresses", 0.8, 3, 0},
	DeviceID:      {"in the form of device identifiers", 0.8, 6, kindsOf(kindSmall, kindInteger, kindWords, kindUUID)},
	Geolocation:   {"coordinates", 0.8, 6, kindsOf(kindDecimal, kindJSON)},
	Username:      {"in the form of user names", 0.8, 6, kindsOf(kindWords, kindSmall, kindInteger, kindUUID)},
	Password:      {"password hashes", 0.6, 3, kindsOf(kindWords, kindSmall, kindInteger, kindUUID)},
	VehicleID:     {"in the form of vehicle numbers", 0.7, 10, kindsOf(kindWords)},
	FreeText:      {"prose", 0.5, 5, kindsOf(kindWords, kindJSON, kindProse)},
}

const numberOfCategories = 23

// listed is the order of categories wherever one is needed, most telling first.
var listed = [numberOfCategories]Category{
	Password, IBAN, CreditCard, Email, NationalID, TaxID, PatientID, MACAddress, VehicleID, Passport, DriverLicense,
	IPAddress, Phone, Geolocation, Gender, Address, Name, BirthDate, FreeText, DeviceID, BankAccount, CVV, Username,
}

// place is a category's place in listed.
var place = places()

func places() map[Category]int {
	out := make(map[Category]int, len(listed))
	for i, category := range listed {
		out[category] = i
	}
	return out
}
