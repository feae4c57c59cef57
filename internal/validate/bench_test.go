package validate_test

import (
	"fmt"
	"testing"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/validate"
)

// BenchmarkCheck checks a table of 20 fields by all rules: one that is in order, and one in which every second field is not.
func BenchmarkCheck(b *testing.B) {
	v := validator(b, func(c *validate.Config) {
		c.Rules = validate.Rules{
			TableDescription: true, FieldDescription: true, TableOwner: true, PIIOwner: true, PIICategory: true, PIIClassified: true, MetricTerm: true,
			Tags: []validate.TagRule{{Match: func(string) bool { return true }, Tag: "checked"}},
		}
	})
	for _, broken := range []bool{false, true} {
		table := &metadata.TableRecord{ID: users, Attributes: metadata.Attributes{Description: "D", Owner: "O"}}
		var fields []metadata.FieldRecord
		for i := range 20 {
			f := field(fmt.Sprintf("field_%d", i), func(f *metadata.FieldRecord) { f.Description, f.Tags = "D", []string{"checked"} })
			if broken && i%2 == 0 {
				f.Attributes = metadata.Attributes{}
			}
			fields = append(fields, f)
		}
		b.Run(fmt.Sprintf("broken=%v", broken), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.Check(table, fields)
			}
		})
	}
}
