package merge

import (
	"math"
	"slices"

	"github.com/semsync/semsync/internal/metadata"
)

// confidenceStep is finer than any confidence, and coarser than what a layer
// that keeps four bytes of it loses.
const confidenceStep = 1e-6

func sameConfidence(a, b float64) bool { return math.Abs(a-b) < confidenceStep }

func sameBool(a, b *bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func sameAttributes(a, b *metadata.Attributes) bool {
	for _, t := range plainTexts {
		if *t.text(a) != *t.text(b) {
			return false
		}
	}
	return a.Description == b.Description && sameBool(a.IsPII, b.IsPII) &&
		slices.Equal(a.Tags, b.Tags) && slices.Equal(a.ValidValues, b.ValidValues)
}

func sameBase(base, before *metadata.Attributes) bool {
	return before != nil && sameAttributes(base, before)
}

// sameTable tells whether the record, with the base, is what the layer holds.
func sameTable(rec *metadata.TableRecord, base *metadata.Attributes, cur *metadata.TableRecord) bool {
	return rec.ID == cur.ID && rec.Kind == cur.Kind && rec.ObjectID == cur.ObjectID && rec.EstimatedRows == cur.EstimatedRows &&
		rec.Origin == cur.Origin && sameConfidence(rec.Confidence, cur.Confidence) && rec.Evidence == cur.Evidence &&
		rec.Removed == cur.Removed && sameAttributes(&rec.Attributes, &cur.Attributes) && sameBase(base, cur.Base)
}

// sameField is sameTable for a field. The table's name is not compared: it is the table's change.
func sameField(rec *metadata.FieldRecord, base *metadata.Attributes, cur *metadata.FieldRecord) bool {
	return rec.Name == cur.Name && rec.Ordinal == cur.Ordinal && rec.DataType == cur.DataType && rec.Nullable == cur.Nullable &&
		rec.ObjectID == cur.ObjectID && rec.Origin == cur.Origin && sameConfidence(rec.Confidence, cur.Confidence) &&
		rec.Evidence == cur.Evidence && rec.Removed == cur.Removed && sameAttributes(&rec.Attributes, &cur.Attributes) &&
		sameBase(base, cur.Base)
}

// recreated tells whether two ids are those of different objects.
func recreated(now, before string) bool {
	return now != "" && before != "" && now != before
}
