package merge_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// wide is a table of n columns with comments on half of them, and what was generated for it.
func wide(n int) merge.Input {
	in := merge.Input{
		Source:  &metadata.Table{ID: orders, ObjectID: "1", Kind: metadata.KindTable, Comment: "Orders", EstimatedRows: 1000},
		Meaning: &merge.Meaning{Fields: make([]merge.Generated, n)},
	}
	for i := range n {
		f := metadata.Field{Name: "column_" + strconv.Itoa(i), ObjectID: strconv.Itoa(i), Ordinal: i + 1, DataType: "character varying(64)"}
		if i%2 == 0 {
			f.Comment = "what the column means to the people who use it"
		}
		in.Source.Fields = append(in.Source.Fields, f)
		in.Meaning.Fields[i] = merge.Generated{
			Attributes: metadata.Attributes{Description: "[AUTO] Column", Tags: []string{"contact", "pii"}, IsPII: new(true), SemanticType: "email"},
			Confidence: 0.9, Evidence: "name matches email",
		}
	}
	return in
}

func BenchmarkNewTable(b *testing.B) {
	m, in := merger(b, merge.DefaultRules()), wide(20)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = m.Table(in) // bench
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20, "ns/field")
}

func BenchmarkUnchanged(b *testing.B) {
	m, in, s := merger(b, merge.DefaultRules()), wide(20), &store{}
	s.sync(b, m, in)
	in.CurrentTable, in.CurrentFields = s.table, s.fields
	for name, prepare := range map[string]func(){
		"in order":      func() {},
		"another order": func() { slices.Reverse(in.CurrentFields) },
		"edited": func() {
			for i := range in.CurrentFields {
				f := &in.CurrentFields[i]
				f.Owner, f.Tags, f.Description, f.Origin = "sales", []string{"contact", "mine"}, "mine", metadata.OriginManual
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			prepare()
			b.ReportAllocs()
			for b.Loop() {
				_, _ = m.Table(in) // bench
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20, "ns/field")
		})
	}
}

// TestUnchangedFieldsCostNoAllocation compares a table of few columns with one of many.
func TestUnchangedFieldsCostNoAllocation(t *testing.T) {
	m := merger(t, merge.DefaultRules())
	cost := func(n int) float64 {
		in, s := wide(n), &store{}
		s.sync(t, m, in)
		s.fields[0].Owner, s.fields[0].Description, s.fields[0].Origin = "sales", "mine", metadata.OriginManual
		slices.Reverse(s.fields)
		in.CurrentTable, in.CurrentFields = s.table, s.fields
		return testing.AllocsPerRun(20, func() {
			if out, err := m.Table(in); err != nil || len(out.Update) > 0 || out.TableDirty {
				t.Error("something is written")
			}
		})
	}
	require.Less(t, cost(1000)-cost(10), 100.0, "for a thousand fields; the race detector empties pools now and then")
}

func TestNewFieldsCostFewAllocations(t *testing.T) {
	m, in := merger(t, merge.DefaultRules()), wide(1000)
	require.Less(t, testing.AllocsPerRun(5, func() { _, _ = m.Table(in) }), 100.0, "for a thousand fields")
}
