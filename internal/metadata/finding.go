package metadata

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Severity says how much a finding weighs.
type Severity string

// The severities, lightest first.
const (
	SeverityInfo    Severity = "info"
	SeverityWarning Severity = "warning"
	SeverityError   Severity = "error"
)

// Severities are all of them, heaviest first.
var Severities = []Severity{SeverityError, SeverityWarning, SeverityInfo}

// FindingType names the rule that a table or field breaks.
type FindingType string

// The types of finding.
const (
	FindingTableDescription   FindingType = "missing_table_description"
	FindingFieldDescription   FindingType = "missing_field_description"
	FindingTableOwner         FindingType = "missing_table_owner"
	FindingPIIOwner           FindingType = "missing_pii_owner"
	FindingPIICategory        FindingType = "missing_pii_category"
	FindingDataClassification FindingType = "missing_data_classification"
	FindingBusinessTerm       FindingType = "missing_business_term"
	FindingTag                FindingType = "missing_tag"
)

// Finding is one rule that one table or field breaks: a row of validation_errors.
type Finding struct {
	Type     FindingType
	Severity Severity
	Table    TableID
	Field    string // "" for the table itself
	Subject  string // tells findings of one type about one field apart, such as the tag that is missing; mostly ""
	Message  string
	Fix      string // what a person can do: a statement for the layer
}

// Key is the same for the same rule about the same object, whatever its severity and words are.
func (f *Finding) Key() string {
	var b []byte
	for _, part := range []string{string(f.Type), f.Table.Source, f.Table.Database, f.Table.Name, f.Field, f.Subject} {
		b = strconv.AppendInt(b, int64(len(part)), 10)
		b = append(append(b, ':'), part...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// FindingCounts is how many findings there are of each severity.
type FindingCounts struct {
	Errors   int
	Warnings int
	Infos    int
}

// Add counts n more findings of a severity.
func (c *FindingCounts) Add(s Severity, n int) {
	switch s {
	case SeverityError:
		c.Errors += n
	case SeverityWarning:
		c.Warnings += n
	case SeverityInfo:
		c.Infos += n
	}
}

// Of gives the number of findings of a severity.
func (c *FindingCounts) Of(s Severity) int {
	switch s {
	case SeverityError:
		return c.Errors
	case SeverityWarning:
		return c.Warnings
	case SeverityInfo:
		return c.Infos
	default:
		return 0
	}
}
