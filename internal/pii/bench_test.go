package pii

import "testing"

// BenchmarkAdd tells how many values a second are looked at.
func BenchmarkAdd(b *testing.B) {
	for _, name := range []string{"email", "phone +", "phone local", "card", "full name", "notes"} {
		values := column(generators[name])
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			profile := NewProfile(today)
			for i := 0; b.Loop(); i++ {
				profile.Add(values[i%len(values)])
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "values/s")
		})
	}
	values := column(negatives["random numbers of 10"])
	b.Run("numbers", func(b *testing.B) {
		profile := NewProfile(today)
		for i := 0; b.Loop(); i++ {
			profile.Add(values[i%len(values)])
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "values/s")
	})
}
