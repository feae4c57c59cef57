package pii

import (
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// Guess is what a field's name, type and neighbours say.
type Guess struct {
	Category   Category // None where they do not say that it is personal data
	Confidence float64
	Evidence   string // such as: name ends with "mail"
}

// Column is what is known of a column beside its name.
type Column struct {
	// Numbered columns get their values from the engine: identity, AUTO_INCREMENT and the like.
	Numbered bool
	// Truth columns hold true or false by their type.
	Truth bool
}

// ColumnOf gives what a table says of the field at a place in Fields.
func ColumnOf(table *metadata.Table, at int) Column {
	field := &table.Fields[at]
	numbered := false
	switch field.Identity {
	case metadata.IdentityAlways, metadata.IdentityByDefault:
		numbered = true
	case metadata.IdentityNone, metadata.GeneratedStored, metadata.GeneratedVirtual:
		numbered = strings.HasPrefix(field.Default, "nextval(")
	}
	return Column{Numbered: numbered, Truth: isTruth(field.DataType)}
}

func isTruth(dataType string) bool {
	switch strings.ToLower(dataType) {
	case "boolean", "bool", "bit", "bit(1)", "tinyint(1)":
		return true
	default:
		return false
	}
}
