package enrich

import (
	"slices"

	"github.com/semsync/semsync/internal/metadata"
)

// Shown is what the values of a field showed about personal data.
type Shown struct {
	Category   string // "" for none
	Confidence float64
	Evidence   string
}

// tagOfPII is the tag of fields with personal data.
const tagOfPII = "pii"

// Weigh lays what values showed of a field over what its name said. What goes with the category follows it: tags and
// classification. What a configured pattern says goes before the values, and so does a name that tells whose addresses they are.
func (x *Enricher) Weigh(table *metadata.Table, m *Meaning, field int, s Shown) {
	user := x.userRule(table.Fields[field].Name)
	if !x.config.PIIDetection || user != nil && user.PIICategory != "" {
		return
	}
	a := &m.Fields[field]
	if a.PIICategory == "" && slices.Contains(m.stands[field], s.Category) {
		return
	}
	a.Confidence, a.Evidence = s.Confidence, s.Evidence
	if s.Category == a.PIICategory {
		return
	}
	before := a.PIICategory
	a.IsPII, a.PIICategory = new(s.Category != ""), s.Category
	if x.config.DataClassification && (user == nil || user.DataClassification == "") {
		a.DataClassification = ""
		if s.Category != "" {
			a.DataClassification = classificationOf(s.Category)
		}
		m.Table.DataClassification = ""
		for i := range m.Fields {
			m.Table.DataClassification = higher(m.Table.DataClassification, m.Fields[i].DataClassification)
		}
	}
	if x.config.Tags {
		tags := slices.DeleteFunc(slices.Clone(a.Tags), func(t string) bool { return t == tagOfPII || t == before })
		if s.Category != "" {
			tags = append(tags, tagOfPII, s.Category)
		}
		a.Tags = normalTags(tags)
	}
}
