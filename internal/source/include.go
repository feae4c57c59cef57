package source

import (
	"context"
	"strconv"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// Finder is kept by samplers that can look values up in a field.
type Finder interface {
	// Find gives how many of the values are in a field of a table whose values differ from row to row, by one query that has the
	// values as parameters and uses the index that keeps them apart. It needs SELECT on the table. No fault holds a value.
	Find(ctx context.Context, table *metadata.Table, field string, values []string, opts SampleOptions) (found int, err error)
}

// Place is a field of a table.
type Place struct {
	Table *metadata.Table
	Field string
}

// Included tells how many different values of some rows of one field are found in another one of the same source; of is how many there
// were, 0 when there are none, or none that may be looked at. Only the counts leave it.
func Included(ctx context.Context, s interface {
	Sampler
	Finder
}, from, to Place, opts SampleOptions,
) (found, of int, err error) {
	values, err := distinct(ctx, s, from, opts)
	if err != nil || len(values) == 0 {
		return 0, 0, err
	}
	found, err = s.Find(ctx, to.Table, to.Field, values, opts)
	if err != nil {
		return 0, 0, err
	}
	return min(found, len(values)), len(values), nil
}

// distinct gives the different values of some rows. What the reader has cut off is left out, and what differs in case only is one value,
// since it is one to many engines.
func distinct(ctx context.Context, s Sampler, from Place, opts SampleOptions) ([]string, error) {
	opts.Fields = []string{from.Field}
	seen := map[string]bool{}
	var values []string
	_, err := s.Sample(ctx, from.Table, opts, func(row []Value) error {
		text := withoutZeros(row[0].Text)
		folded := strings.ToLower(strings.TrimRight(text, " "))
		if !row[0].Null && text != "" && len(text) < MaxValueLength && !seen[folded] {
			seen[folded] = true
			values = append(values, text)
		}
		return nil
	})
	return values, err
}

// withoutZeros writes a whole number that is kept as a decimal one, 7.00, as an integer.
func withoutZeros(text string) string {
	whole, fraction, cut := strings.Cut(text, ".")
	if !cut || whole == "" || strings.Trim(fraction, "0") != "" || strings.Trim(strings.TrimPrefix(whole, "-"), "0123456789") != "" {
		return text
	}
	return whole
}

// Arguments gives values as parameters for a field: those of a field of integers as integers, and what is none as it is.
func Arguments(table *metadata.Table, field string, values []string) []any {
	integers := false
	for i := range table.Fields {
		if f := &table.Fields[i]; f.Name == field {
			integers = strings.Contains(bare(f.DataType), "int")
		}
	}
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
		if n, err := strconv.ParseInt(v, 10, 64); integers && err == nil {
			out[i] = n
		}
	}
	return out
}
