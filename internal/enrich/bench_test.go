package enrich_test

import (
	"testing"
)

// BenchmarkTable measures the shipped sample's tables on one core.
func BenchmarkTable(b *testing.B) {
	e, tables := newEnricher(b), sample(b)
	fields := 0
	for _, t := range tables {
		fields += len(t.Fields)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, t := range tables {
			e.Table(t)
		}
		n += fields
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "fields/s")
}
