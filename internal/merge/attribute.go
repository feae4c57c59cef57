package merge

import "github.com/semsync/semsync/internal/metadata"

// attribute is one of the things that people may edit.
type attribute int

const (
	description attribute = iota
	tags
	semanticType
	businessTerm
	isPII
	piiCategory
	owner
	stewardEmail
	dataClassification
	validValues
	refreshCadence
	attributes // how many there are
)

// plainTexts are the attributes that are one text each without rules of their own.
var plainTexts = [...]attribute{
	semanticType, businessTerm, piiCategory, owner, stewardEmail, dataClassification, refreshCadence,
}

// String gives the attribute's column.
func (a attribute) String() string {
	return [attributes]string{
		"description", "tags", "semantic_type", "business_term", "is_pii", "pii_category", "owner",
		"steward_email", "data_classification", "valid_values", "refresh_cadence",
	}[a]
}

// Attributes are the names of all attributes that rules may name.
func Attributes() []string {
	out := make([]string, attributes)
	for a := range attributes {
		out[a] = a.String()
	}
	return out
}

// text gives the place of a plain text.
func (a attribute) text(of *metadata.Attributes) *string {
	switch a {
	case description:
		return &of.Description
	case semanticType:
		return &of.SemanticType
	case businessTerm:
		return &of.BusinessTerm
	case piiCategory:
		return &of.PIICategory
	case owner:
		return &of.Owner
	case stewardEmail:
		return &of.StewardEmail
	case dataClassification:
		return &of.DataClassification
	case refreshCadence:
		return &of.RefreshCadence
	case tags, isPII, validValues, attributes:
	}
	return nil
}
