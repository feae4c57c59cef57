package merge

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/semsync/semsync/internal/metadata"
)

// attributeOf gives the attribute of a column's name.
func attributeOf(name string) (attribute, bool) {
	for a := range attributes {
		if a.String() == name {
			return a, true
		}
	}
	return 0, false
}

// get gives an attribute as changes show it.
func (a attribute) get(of *metadata.Attributes) string {
	switch a {
	case tags:
		return listText(of.Tags)
	case validValues:
		return listText(of.ValidValues)
	case isPII:
		return boolText(of.IsPII)
	case description, semanticType, businessTerm, piiCategory, owner, stewardEmail, dataClassification, refreshCadence, attributes:
	}
	return *a.text(of)
}

// set is the reverse of get.
func (a attribute) set(of *metadata.Attributes, value string) error {
	switch a {
	case tags:
		return setList(&of.Tags, value)
	case validValues:
		return setList(&of.ValidValues, value)
	case isPII:
		of.IsPII = nil
		if value == "" {
			return nil
		}
		b, err := strconv.ParseBool(value)
		of.IsPII = &b
		return err
	case description, semanticType, businessTerm, piiCategory, owner, stewardEmail, dataClassification, refreshCadence, attributes:
	}
	*a.text(of) = value
	return nil
}

func setList(list *[]string, value string) error {
	*list = nil
	if value == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(value), list); err != nil {
		return fmt.Errorf("read a list: %w", err)
	}
	return nil
}

// take gives an attribute the value that it has elsewhere.
func (a attribute) take(of, from *metadata.Attributes) {
	switch a {
	case tags:
		of.Tags = from.Tags
	case validValues:
		of.ValidValues = from.ValidValues
	case isPII:
		of.IsPII = from.IsPII
	case description, semanticType, businessTerm, piiCategory, owner, stewardEmail, dataClassification, refreshCadence, attributes:
		*a.text(of) = *a.text(from)
	}
}
