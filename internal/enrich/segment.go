package enrich

// The least and most letters of names that are taken apart.
const (
	minRunTogether = 5
	maxRunTogether = 36
	maxPiece       = 19
	maxPieces      = 6
)

// takeApart finds the words of a token such as businessentityid, when all of
// it is words of the lexicon. Of several ways the one with the fewest words wins.
func (l *lexicon) takeApart(lower, tok string, out []word) ([]word, bool) {
	if len(lower) != len(tok) {
		return out, false
	}
	var ends [maxPieces]int
	pieces := cut(lower, true, &ends, func(start, end int) bool {
		return l.piece(lower[start:end], start == 0, end == len(lower))
	})
	start := 0
	for _, end := range ends[:pieces] {
		out = l.expand(lower[start:end], start == 0, end == len(lower), out)
		start = end
	}
	return out, pieces > 0
}

// cut cuts a token into the fewest pieces and gives their number and ends; 0
// when there is no way. One of the pieces must be long where names may be words
// that nothing is known of: carpet is not a car pet.
func cut(lower string, careful bool, ends *[maxPieces]int, piece func(start, end int) bool) int {
	n := len(lower)
	if n < minRunTogether || n > maxRunTogether {
		return 0
	}
	var cost [maxRunTogether + 1]uint8 // pieces up to here, 0 for no way
	var from [maxRunTogether + 1]uint8
	for end := 2; end <= n; end++ {
		for start := max(0, end-maxPiece); start <= end-2; start++ {
			if start > 0 && cost[start] == 0 || cost[end] != 0 && cost[start]+1 >= cost[end] {
				continue
			}
			if piece(start, end) {
				cost[end], from[end] = cost[start]+1, uint8(start)
			}
		}
	}
	if cost[n] < 2 || cost[n] > maxPieces {
		return 0
	}
	pieces := int(cost[n])
	longest := 0
	for i, end := pieces-1, n; i >= 0; i-- {
		ends[i] = end
		longest = max(longest, end-int(from[end]))
		end = int(from[end])
	}
	if careful && longest < 4 {
		return 0
	}
	return pieces
}

// piece tells whether a part of a token may be a word of its own. Words of
// two letters are too easily found in others, so that only a few count.
func (l *lexicon) piece(s string, first, last bool) bool {
	if len(s) == 2 {
		switch s {
		case "id", "no", "at", "by", "on", "dt", "ts", "cd", "nr", "ip":
			return last
		case "is":
			return first
		case "of", "to", "in":
			return !first && !last
		default:
			return false
		}
	}
	if last && l.units[s] != nil {
		return true // durationsec
	}
	_, ok := l.forms[s]
	return ok
}
