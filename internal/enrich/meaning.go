package enrich

import "github.com/semsync/semsync/internal/metadata"

// Meaning is what was worked out about a table.
type Meaning struct {
	Table Annotation
	// Fields are in the order of the table's fields.
	Fields []Annotation
	// stands are categories that values may not add to a field, nil for most tables.
	stands map[int][]string
}

// Annotation is what was worked out about one table or field. Its slices and
// pointers are shared with other annotations and must not be written to.
type Annotation struct {
	metadata.Attributes
	// Confidence runs from 0 to 1; 0 means that nothing was generated.
	Confidence float64
	// Evidence says in a few words what the annotation rests on.
	Evidence string
}

// Classifications, least confidential first.
const (
	Internal     = "internal"
	Confidential = "confidential"
	Restricted   = "restricted"
)

// classificationOf gives how confidential personal data of a category is.
func classificationOf(pii string) string {
	switch pii {
	case "national_id", "passport", "driver_license", "credit_card", "cvv", "iban", "bank_account", "password",
		"health", "patient_id", "insurance_id", "biometric", "ethnicity", "religion":
		return Restricted
	default:
		return Confidential
	}
}

// NoPII as a pattern's pii_category says that what it matches is not personal data.
const NoPII = "none"
