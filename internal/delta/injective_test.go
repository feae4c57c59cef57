package delta

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/semsync/semsync/internal/metadata"
)

// letters are few, so that different tables are close to one another, and hold those
// that separate things in careless encodings.
var letters = []rune{'a', ',', ';', 0, 1, '|'}

func drawText(t *rapid.T) string {
	return rapid.StringOfN(rapid.SampledFrom(letters), 0, 2, -1).Draw(t, "text")
}

func drawTexts(t *rapid.T) []string {
	out := make([]string, rapid.IntRange(0, 2).Draw(t, "count"))
	for i := range out {
		out[i] = drawText(t)
	}
	return out
}

func drawTable(t *rapid.T) *metadata.Table {
	out := &metadata.Table{Kind: metadata.TableKind(drawText(t)), Comment: drawText(t), Partitioning: drawText(t)}
	for i := range rapid.IntRange(0, 2).Draw(t, "fields") {
		out.Fields = append(out.Fields, metadata.Field{
			Name: string(rune('a'+i)) + drawText(t), Ordinal: i + 1, DataType: drawText(t), Default: drawText(t),
			Comment: drawText(t), Nullable: rapid.Bool().Draw(t, "nullable"), Identity: metadata.Identity(drawText(t)),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "keys") {
		out.Keys = append(out.Keys, metadata.Key{
			Name: drawText(t), Kind: metadata.KeyKind(drawText(t)), Fields: drawTexts(t),
			RefTable: metadata.TableID{Database: drawText(t), Name: drawText(t)}, RefFields: drawTexts(t),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "indexes") {
		out.Indexes = append(out.Indexes, metadata.Index{
			Name: drawText(t), Unique: rapid.Bool().Draw(t, "unique"), Fields: drawTexts(t), Definition: drawText(t),
		})
	}
	return out
}

// neighbour gives a table that differs from t in little: two texts side by side
// exchange a byte, or one thing is drawn anew.
func neighbour(t *rapid.T, table *metadata.Table) *metadata.Table {
	out := *table
	out.Fields, out.Keys, out.Indexes = slices.Clone(table.Fields), slices.Clone(table.Keys), slices.Clone(table.Indexes)
	fresh := drawTable(t)
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		out.Comment = fresh.Comment
	case 1:
		out.Fields = fresh.Fields
	case 2:
		out.Keys = fresh.Keys
	case 3:
		out.Indexes = fresh.Indexes
	case 4:
		for i := range max(len(out.Fields), 1) - 1 {
			move(&out.Fields[i].DataType, &out.Fields[i+1].DataType)
		}
	default:
		for i := range max(len(out.Fields), 1) - 1 {
			move(&out.Fields[i].Name, &out.Fields[i+1].Name)
		}
	}
	return &out
}

// move takes the last byte of a to the front of b.
func move(a, b *string) {
	if n := len(*a); n > 0 {
		*a, *b = (*a)[:n-1], (*a)[n-1:]+*b
	}
}

// TestEncodingIsInjective: two tables have the same form exactly when they are the same.
func TestEncodingIsInjective(t *testing.T) {
	h := &Hasher{parts: partsOf(allParts())}
	options := gocmp.Options{
		cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(a, b metadata.Key) bool { return compareKeys(&a, &b) < 0 }),
		cmpopts.SortSlices(func(a, b metadata.Index) bool { return compareIndexes(&a, &b) < 0 }),
		cmpopts.SortSlices(func(a, b metadata.Field) bool { return cmp.Less(a.Ordinal, b.Ordinal) }),
	}
	rapid.Check(t, func(t *rapid.T) {
		a := drawTable(t)
		b := neighbour(t, a)
		formA, formB := h.encode(nil, a), h.encode(nil, b)
		require.Equal(t, gocmp.Equal(a, b, options), string(formA) == string(formB), "%+v\n%+v", a, b)
	})
}

// TestOrderOfDeliveryDoesNotCount: any permutation has the same form.
func TestOrderOfDeliveryDoesNotCount(t *testing.T) {
	h := &Hasher{parts: partsOf(allParts())}
	rapid.Check(t, func(t *rapid.T) {
		a := drawTable(t)
		b := *a
		b.Fields = rapid.Permutation(a.Fields).Draw(t, "fields")
		b.Keys = rapid.Permutation(a.Keys).Draw(t, "keys")
		b.Indexes = rapid.Permutation(a.Indexes).Draw(t, "indexes")
		require.Equal(t, h.encode(nil, a), h.encode(nil, &b))
	})
}
