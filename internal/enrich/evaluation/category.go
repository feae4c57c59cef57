package evaluation

import "slices"

// Categories are the kinds of personal data that are told apart, in the order
// of the printed table.
var Categories = []string{
	"name", "email", "phone", "address", "dob", "gender", "username", "password",
	"national_id", "tax_id", "passport", "driver_license",
	"credit_card", "cvv", "bank_account", "iban", "salary",
	"ip_address", "mac_address", "device_id", "geolocation", "vehicle_id",
	"health", "patient_id", "insurance_id", "biometric", "ethnicity", "religion", "free_text",
}

func known(category string) bool { return slices.Contains(Categories, category) }
