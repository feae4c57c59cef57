package enrich_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/semsync/semsync/internal/metadata"
)

// TestPersonalData lists names that are personal data and names that only look so.
func TestPersonalData(t *testing.T) {
	e := newEnricher(t)
	for _, test := range []struct{ table, field, dataType, want string }{
		{"customers", "email", "text", "email"},
		{"customers", "CustEmailAddr2", "text", "email"},
		{"customers", "email_verified", "boolean", ""},
		{"customers", "email_verified", "integer", ""},
		{"customers", "email_hash", "text", ""},
		{"customers", "email_count", "int", ""},
		{"customers", "email_sent_at", "timestamp", ""},
		{"campaigns", "email_subject", "text", ""},
		{"campaigns", "email_template_id", "int", ""},
		{"suppliers", "contactEmail", "text", "email"},
		{"customers", "phone_nbr", "text", "phone"},
		{"customers", "mobile", "varchar(20)", "phone"},
		{"customers", "telNo", "varchar(20)", "phone"},
		{"products", "phone_model", "text", ""},
		{"customers", "has_phone", "boolean", ""},
		{"lab_samples", "ph", "decimal(4,2)", ""},
		{"customers", "first_name", "text", "name"},
		{"customers", "lname", "text", "name"},
		{"employees", "name", "text", "name"},
		{"orders", "customer_name", "text", "name"},
		{"appointments", "doctor_name", "text", "name"},
		{"products", "name", "text", ""},
		{"categories", "category_name", "text", ""},
		{"departments", "dept_name", "text", ""},
		{"suppliers", "companyName", "text", ""},
		{"employees", "department_name", "text", ""},
		{"orders", "product_name", "text", ""},
		{"events", "event_name", "text", ""},
		{"files", "file_name", "text", ""},
		{"servers", "host_name", "text", ""},
		{"audit_log", "table_name", "text", ""},
		{"audit_log", "column_name", "text", ""},
		{"customers", "address", "text", "address"},
		{"customers", "addr_line_1", "text", "address"},
		{"orders", "billing_address", "text", "address"},
		{"orders", "billing_address_id", "bigint", ""},
		{"orders", "shipping_addr_id", "int", ""},
		{"customer_addresses", "street", "text", "address"},
		{"customer_addresses", "zip", "text", "address"},
		{"shipments", "state", "text", ""},
		{"orders", "state", "text", ""},
		{"warehouses", "city", "text", ""},
		{"customers", "dob", "date", "dob"},
		{"customers", "birth_year", "int", "dob"},
		{"customers", "gender", "char(1)", "gender"},
		{"customers", "sex", "char(1)", "gender"},
		{"employees", "ssn", "text", "national_id"},
		{"employees", "nationalIdNumber", "text", "national_id"},
		{"employees", "passport_no", "text", "passport"},
		{"drivers", "driving_licence_no", "text", "driver_license"},
		{"software", "license_key", "text", ""},
		{"customers", "tax_id", "text", "tax_id"},
		{"customers", "vat_number", "text", "tax_id"},
		{"invoices", "tax_amount", "numeric", ""},
		{"invoices", "tax_rate", "numeric", ""},
		{"payments", "card_number", "text", "credit_card"},
		{"payments", "cc_num", "text", "credit_card"},
		{"payments", "card_type", "text", ""},
		{"payments", "exp_year", "int", ""},
		{"payments", "cvv", "text", "cvv"},
		{"members", "library_card_number", "text", ""},
		{"employees", "bank_acct_iban", "text", "iban"},
		{"suppliers", "iban", "text", "iban"},
		{"employees", "bank_account_no", "text", "bank_account"},
		{"banks", "bank_name", "text", ""},
		{"web_sessions", "ip_address", "text", "ip_address"},
		{"web_sessions", "client_ip", "inet", "ip_address"},
		{"contracts", "ip_owner", "text", ""},
		{"devices", "mac_addr", "text", "mac_address"},
		{"phones", "imei", "text", "device_id"},
		{"user_accounts", "username", "text", "username"},
		{"user_accounts", "user_count", "int", ""},
		{"user_accounts", "password_hash", "text", "password"},
		{"user_accounts", "pwd", "text", "password"},
		{"user_accounts", "password_changed_at", "timestamp", ""},
		{"user_accounts", "password_attempts", "int", ""},
		{"users", "fingerprint_template", "bytea", "biometric"},
		{"errors", "error_fingerprint", "text", ""},
		{"patients", "diagnosis_code", "text", "health"},
		{"patients", "blood_type", "text", "health"},
		{"servers", "health", "text", ""},
		{"servers", "health_check_url", "text", ""},
		{"patients", "mrn", "text", "patient_id"},
		{"patients", "patient_id", "int", "patient_id"},
		{"patients", "insurance_policy_no", "text", "insurance_id"},
		{"patients", "ethnicity", "text", "ethnicity"},
		{"employees", "race", "text", "ethnicity"},
		{"horse_races", "race_no", "int", ""},
		{"people", "religion", "text", "religion"},
		{"employees", "base_salary", "numeric", "salary"},
		{"cars", "vin", "text", "vehicle_id"},
		{"vehicles", "license_plate", "text", "vehicle_id"},
		{"shipments", "tracking_no", "text", ""},
		{"users", "last_known_location", "geometry", "geolocation"},
		{"customers", "latitude", "real", "geolocation"},
		{"stores", "latitude", "real", ""},
		{"customers", "notes", "text", "free_text"},
		{"products", "notes", "text", ""},
		{"products", "description", "text", ""},
		{"customers", "age", "int", "dob"},
		{"files", "age", "int", ""},
		{"images", "page", "int", ""},
		{"orders", "message_id", "text", ""},
		{"tickets", "subject", "text", ""},
		{"products", "weight", "numeric", ""},
		{"products", "height_cm", "numeric", ""},
		{"memory_blocks", "address", "bigint", ""},
		{"cells", "cell", "int", ""},
	} {
		t.Run(test.table+"."+test.field, func(t *testing.T) {
			m := e.Table(&metadata.Table{
				ID:     metadata.TableID{Source: "s", Database: "d", Name: test.table},
				Fields: []metadata.Field{{Name: "id", DataType: "int"}, {Name: test.field, DataType: test.dataType}},
			})
			got := m.Fields[1]
			if diff := cmp.Diff(test.want, got.PIICategory); diff != "" {
				t.Errorf("category of %s (%s):\n%s", test.field, got.Evidence, diff)
			}
			if isPII := got.IsPII != nil && *got.IsPII; isPII != (test.want != "") {
				t.Errorf("is_pii is %v for category %q", got.IsPII, got.PIICategory)
			}
		})
	}
}

// TestClassification holds the categories that are restricted apart from the others.
func TestClassification(t *testing.T) {
	e := newEnricher(t)
	for _, test := range []struct{ field, want string }{
		{"ssn", "restricted"},
		{"card_number", "restricted"},
		{"cvv", "restricted"},
		{"password_hash", "restricted"},
		{"diagnosis_code", "restricted"},
		{"passport_no", "restricted"},
		{"iban", "restricted"},
		{"bank_account_no", "restricted"},
		{"driver_license_no", "restricted"},
		{"mrn", "restricted"},
		{"insurance_policy_no", "restricted"},
		{"ethnicity", "restricted"},
		{"religion", "restricted"},
		{"fingerprint_template", "restricted"},
		{"email", "confidential"},
		{"first_name", "confidential"},
		{"dob", "confidential"},
		{"phone", "confidential"},
		{"tax_id", "confidential"},
	} {
		m := e.Table(&metadata.Table{
			ID:     metadata.TableID{Source: "s", Database: "d", Name: "customers"},
			Fields: []metadata.Field{{Name: test.field, DataType: "text"}},
		})
		if got := m.Fields[0].DataClassification; got != test.want {
			t.Errorf("%s is %q, want %q", test.field, got, test.want)
		}
	}
}
