package validate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/semsync/semsync/internal/metadata"
)

// Rules say what has to be there. The zero value asks for nothing.
type Rules struct {
	TableDescription bool // every table has a description
	FieldDescription bool // every field has a description
	TableOwner       bool // every table has an owner
	PIIOwner         bool // every field of personal data has an owner of its own; its table's does not count
	PIICategory      bool // every field of personal data has its category
	PIIClassified    bool // every field of personal data has a data classification
	// MetricTerm wants a business term for every metric: a field of semantic type measure, money or quantity.
	MetricTerm bool
	// Tags are the user's own rules.
	Tags []TagRule
	// WarnOnly turns errors into warnings.
	WarnOnly bool
}

// TagRule wants a tag on some fields.
type TagRule struct {
	// Match tells by a field's name whether the rule is for it.
	Match    func(field string) bool
	Tag      string            // compared byte by byte
	Hint     string            // what people should do, in their own words; may be empty
	Severity metadata.Severity // empty means warning
}

// Empty tells whether nothing is asked for.
func (r *Rules) Empty() bool {
	return !r.TableDescription && !r.FieldDescription && !r.TableOwner && !r.PIIOwner && !r.PIICategory && !r.PIIClassified && !r.MetricTerm && len(r.Tags) == 0
}

// metrics are the semantic types of numbers that people add up and report.
var metrics = []string{"measure", "money", "quantity"}

// leastForPII is how personal data is classified at least.
const leastForPII = "confidential"

// tableRule is a rule for a table.
type tableRule struct {
	kind    metadata.FindingType
	message string
	column  string // that is empty
	value   func(r *metadata.TableRecord) string
	guess   func(w *work) string
}

// fieldRule is a rule for some fields of a table.
type fieldRule struct {
	kind     metadata.FindingType
	severity metadata.Severity
	subject  string
	message  string
	broken   func(f *metadata.FieldRecord) bool
	column   string // that is to be set
	// guess gives a good value for the column of the i-th field; "" when there is none.
	guess func(w *work, i int) string
}

func (r *Rules) forTables() (out []tableRule) {
	if r.TableDescription {
		out = append(out, tableRule{
			metadata.FindingTableDescription, "the table has no description", "description",
			func(t *metadata.TableRecord) string { return t.Description }, func(w *work) string { return w.guessed().Table.Description },
		})
	}
	if r.TableOwner {
		out = append(out, tableRule{
			metadata.FindingTableOwner, "the table has no owner", "owner",
			func(t *metadata.TableRecord) string { return t.Owner }, (*work).fieldsOwner,
		})
	}
	return out
}

func (r *Rules) forFields() (out []fieldRule, err error) {
	if r.FieldDescription {
		out = append(out, fieldRule{
			kind: metadata.FindingFieldDescription, severity: metadata.SeverityError, message: "the field has no description", column: "description",
			broken: func(f *metadata.FieldRecord) bool { return blank(f.Description) },
			guess:  func(w *work, i int) string { return w.guessedField(i).Description },
		})
	}
	out = append(out, r.forPII()...)
	if r.MetricTerm {
		out = append(out, fieldRule{
			kind: metadata.FindingBusinessTerm, severity: metadata.SeverityError, message: "the metric has no business term", column: "business_term",
			broken: func(f *metadata.FieldRecord) bool {
				return slices.Contains(metrics, f.SemanticType) && blank(f.BusinessTerm)
			},
			guess: func(w *work, i int) string { return w.guessedField(i).BusinessTerm },
		})
	}
	for i, t := range r.Tags {
		rule, err := t.rule()
		if err != nil {
			return nil, fmt.Errorf("tag rule %d: %w", i, err)
		}
		out = append(out, rule)
	}
	return out, nil
}

func (r *Rules) forPII() (out []fieldRule) {
	pii := func(value func(f *metadata.FieldRecord) string) func(f *metadata.FieldRecord) bool {
		return func(f *metadata.FieldRecord) bool { return f.IsPII != nil && *f.IsPII && blank(value(f)) }
	}
	if r.PIIOwner {
		out = append(out, fieldRule{
			kind: metadata.FindingPIIOwner, severity: metadata.SeverityError, message: "the field of personal data has no owner", column: "owner",
			broken: pii(func(f *metadata.FieldRecord) string { return f.Owner }),
			guess:  func(w *work, _ int) string { return w.tablesOwner() },
		})
	}
	if r.PIICategory {
		out = append(out, fieldRule{
			kind: metadata.FindingPIICategory, severity: metadata.SeverityError, message: "the field of personal data has no pii_category", column: "pii_category",
			broken: pii(func(f *metadata.FieldRecord) string { return f.PIICategory }),
			guess:  func(w *work, i int) string { return w.guessedField(i).PIICategory },
		})
	}
	if r.PIIClassified {
		out = append(out, fieldRule{
			kind: metadata.FindingDataClassification, severity: metadata.SeverityError, message: "the field of personal data has no data_classification",
			column: "data_classification",
			broken: pii(func(f *metadata.FieldRecord) string { return f.DataClassification }),
			guess:  func(w *work, i int) string { return cmp.Or(w.guessedField(i).DataClassification, leastForPII) },
		})
	}
	return out
}

func (t TagRule) rule() (fieldRule, error) {
	if t.Match == nil || t.Tag == "" {
		return fieldRule{}, errors.New("match and tag are needed")
	}
	if t.Severity == "" {
		t.Severity = metadata.SeverityWarning
	}
	if !slices.Contains(metadata.Severities, t.Severity) {
		return fieldRule{}, fmt.Errorf("severity is %q: it must be info, warning or error", t.Severity)
	}
	message := fmt.Sprintf("the field should have the tag %q", t.Tag)
	if t.Hint != "" {
		message += ": " + t.Hint
	}
	return fieldRule{
		kind: metadata.FindingTag, severity: t.Severity, subject: t.Tag, message: message, column: "tags",
		broken: func(f *metadata.FieldRecord) bool { return t.Match(f.Name) && !slices.Contains(f.Tags, t.Tag) },
		guess:  func(*work, int) string { return t.Tag },
	}, nil
}
