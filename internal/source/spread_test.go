package source

import (
	"math/big"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestSpreadReadsAsMuchAsItMay: over any keys, no row twice, never more than wanted in all, always some in each stretch,
// and all that are wanted where the table is dense.
func TestSpreadReadsAsMuchAsItMay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.Int64Range(1, 50).Draw(t, "step")
		count := rapid.Int64Range(1, 300).Draw(t, "rows")
		first := rapid.Int64Range(-1000, 1000).Draw(t, "first")
		most := rapid.IntRange(1, 200).Draw(t, "most")
		seen := map[int64]bool{}
		err := Spread(strconv.FormatInt(first, 10), strconv.FormatInt(first+(count-1)*step, 10), most, func(r Range) (string, int, error) {
			require.Positive(t, r.Rows)
			from, ok := new(big.Int).SetString(r.From, 10)
			require.True(t, ok)
			last, n := "", 0
			for k := range count {
				key := first + k*step
				if key < from.Int64() || n == r.Rows {
					continue
				}
				require.False(t, seen[key], "twice")
				seen[key] = true
				last, n = strconv.FormatInt(key, 10), n+1
			}
			return last, n, nil
		})
		require.NoError(t, err)
		require.LessOrEqual(t, len(seen), most)
		require.GreaterOrEqual(t, len(seen), min(1, most))
	})
	require.NoError(t, Spread("", "", 5, nil))
}
