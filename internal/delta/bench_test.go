package delta_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/delta"
	"github.com/semsync/semsync/internal/metadata"
)

func BenchmarkFingerprint(b *testing.B) {
	t := wide(20)
	for _, algorithm := range []string{delta.XXH3, delta.MD5, delta.SHA256} {
		h := detector(b, metadata.DeltaSettings{Algorithm: algorithm}).Hasher()
		b.Run(algorithm, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.Fingerprint(t)
			}
		})
	}
	b.Run("fmt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			printed(t)
		}
	})
}

// printed is the fingerprint as one writes it first, to compare with.
func printed(t *metadata.Table) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%q %q\n", t.Kind, t.Comment)
	for _, f := range t.Fields {
		fmt.Fprintf(&s, "%q %q %t %q %q %q\n", f.Name, f.DataType, f.Nullable, f.Default, f.Comment, f.Identity)
	}
	for _, k := range t.Keys {
		fmt.Fprintf(&s, "%q %q %q %q %q\n", k.Kind, k.Name, k.Fields, k.RefTable, k.RefFields)
	}
	sum := sha256.Sum256([]byte(s.String()))
	return hex.EncodeToString(sum[:])
}

// BenchmarkJoin joins 10,000 tables of which none changed; allocations are per table.
func BenchmarkJoin(b *testing.B) {
	d := detector(b, metadata.DeltaSettings{})
	t := wide(20)
	state := stateOf(d, t)
	names := make([]string, 10_000)
	for i := range names {
		names[i] = "table_" + fmt.Sprintf("%05d", i)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		join(b, d, t, state, names)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(names)), "ns/table")
}

func join(tb testing.TB, d *delta.Detector, t *metadata.Table, state metadata.TableState, names []string) {
	tb.Helper()
	at, unchanged := 0, 0
	j := delta.NewJoiner(d, delta.Clues{}, func() (metadata.TableState, bool, error) {
		if at == len(names) {
			return metadata.TableState{}, false, nil
		}
		state.ID.Name = names[at]
		at++
		return state, true, nil
	}, func(dec delta.Decision) error {
		if dec.Verdict == delta.VerdictUnchanged {
			unchanged++
		}
		return nil
	})
	for _, name := range names {
		t.ID.Name = name
		if err := j.Table(t); err != nil {
			tb.Fatal(err)
		}
	}
	if err := j.Finish(true); err != nil || unchanged != len(names) {
		tb.Fatal(unchanged, err)
	}
}

// TestJoinAllocatesNothingPerTable: a thousand tables more cost no allocation more.
func TestJoinAllocatesNothingPerTable(t *testing.T) {
	d := detector(t, metadata.DeltaSettings{})
	tab := wide(20)
	state := stateOf(d, tab)
	names := make([]string, 2000)
	for i := range names {
		names[i] = strconv.Itoa(10_000 + i)
	}
	few := testing.AllocsPerRun(5, func() { join(t, d, tab, state, names[:1000]) })
	many := testing.AllocsPerRun(5, func() { join(t, d, tab, state, names) })
	require.InDelta(t, few, many, 1)
}

func TestFingerprintAllocatesItsTextOnly(t *testing.T) {
	d := detector(t, metadata.DeltaSettings{})
	h, tab := d.Hasher(), wide(20)
	h.Fingerprint(tab)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { h.Fingerprint(tab) }), 1.0)
}
