package delta

import (
	"cmp"
	"strings"
)

// CompareVersions orders two versions: -1 when a is earlier than b, 0 when
// they are the same, 1 when a is later. It is a total order over all texts.
//
// A version is a number or numbers with dots, compared by value part by part, a missing
// part being 0: 1.9 < 1.10, 2 = 2.0 = v2. A suffix makes it earlier than the
// bare number (1.0-rc1 < 1.0), except +build and the words post, patch, hotfix
// and sp, which make it later. Suffixes are compared piece by piece, runs of digits by
// value, and by their bytes last, so that only equal suffixes are the same. A text that does not
// begin with a number is earlier than any that does, and is compared like a suffix.
func CompareVersions(a, b string) int {
	x, y := parseVersion(a), parseVersion(b)
	if c := cmp.Or(cmp.Compare(x.class, y.class), compareReleases(x.release, y.release), cmp.Compare(x.rank, y.rank)); c != 0 {
		return c
	}
	if c := compareSuffixes(x.suffix, y.suffix); c != 0 {
		return c
	}
	return compareSuffixes(x.build, y.build)
}

// version is a version cut into what is compared in turn.
type version struct {
	class   int    // 0 text, 1 number
	release string // digits and dots
	rank    int    // -1 before the release, 0 the release, 1 after it
	suffix  string
	build   string
}

func parseVersion(s string) version {
	s = strings.TrimSpace(s)
	if len(s) > 1 && (s[0] == 'v' || s[0] == 'V') && isDigit(s[1]) {
		s = s[1:]
	}
	n := releaseLen(s)
	if n == 0 {
		return version{suffix: s}
	}
	v := version{class: 1, release: s[:n]}
	v.suffix, v.build, _ = strings.Cut(s[n:], "+")
	v.rank = suffixRank(v.suffix)
	return v
}

// releaseLen is the length of the digits and single dots that s begins with.
func releaseLen(s string) int {
	n := 0
	for n < len(s) {
		if !isDigit(s[n]) && (s[n] != '.' || n == 0 || n+1 == len(s) || !isDigit(s[n+1])) {
			break
		}
		n++
	}
	return n
}

func suffixRank(s string) int {
	first, _ := nextPiece(s)
	switch strings.ToLower(first) {
	case "":
		return 0
	case "post", "patch", "hotfix", "sp":
		return 1
	default:
		return -1
	}
}

func compareReleases(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := compareNumbers(x, y); c != 0 {
			return c
		}
	}
	return 0
}

// compareNumbers compares digits of any length by value.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// compareSuffixes compares piece by piece, then by bytes.
func compareSuffixes(a, b string) int {
	restA, restB := a, b
	for {
		var x, y string
		x, restA = nextPiece(restA)
		y, restB = nextPiece(restB)
		if x == "" && y == "" {
			return strings.Compare(a, b)
		}
		if c := comparePieces(x, y); c != 0 {
			return c
		}
	}
}

// comparePieces puts no piece before a number and a number before a word.
func comparePieces(a, b string) int {
	if c := cmp.Compare(pieceClass(a), pieceClass(b)); c != 0 {
		return c
	}
	if pieceClass(a) == 1 {
		return compareNumbers(a, b)
	}
	return compareFolded(a, b)
}

func pieceClass(s string) int {
	switch {
	case s == "":
		return 0
	case isDigit(s[0]):
		return 1
	default:
		return 2
	}
}

// compareFolded compares bytes with ASCII letters taken as lower case.
func compareFolded(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// nextPiece cuts the next run of digits, or of other bytes that are no separators, off s.
func nextPiece(s string) (piece, rest string) {
	start := 0
	for start < len(s) && isSeparator(s[start]) {
		start++
	}
	end := start
	for end < len(s) && !isSeparator(s[end]) && isDigit(s[end]) == isDigit(s[start]) {
		end++
	}
	return s[start:end], s[end:]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isSeparator(c byte) bool { return c == '.' || c == '-' || c == '_' || c == '~' || c == ' ' }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
