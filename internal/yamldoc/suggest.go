package yamldoc

import (
	"slices"
	"strings"
)

// Closest gives the candidate with the fewest edits from word, or "" where
// none is near enough to be meant.
func Closest(word string, candidates []string) string {
	best, bestAt := "", max(2, len(word)/2)+1
	word = strings.ToLower(strings.ReplaceAll(word, "-", "_"))
	if len(word) > 100 {
		return ""
	}
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := Distance(word, c); d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// Distance is Levenshtein's: insertions, deletions and replacements of bytes.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := left
			if a[i] != b[j] {
				cost++
			}
			left = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
