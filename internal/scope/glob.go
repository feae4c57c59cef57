package scope

import (
	"strings"
	"unicode/utf8"
)

// glob is a compiled pattern in which * stands for any run of characters, dots
// included, ? for one character and [a-z] or [!a-z] for one out of a set. A [
// that is never closed stands for itself. Every text compiles.
type glob struct {
	text   string
	tokens []token
}

type tokenKind int

const (
	tokenRune tokenKind = iota // exactly these bytes
	tokenAny                   // one character
	tokenSet                   // one character out of, or not out of, ranges
	tokenRun                   // any number of characters
)

type token struct {
	kind   tokenKind
	bytes  string
	negate bool
	ranges [][2]rune
}

func compileGlob(text string) glob {
	g := glob{text: text}
	for rest := text; rest != ""; {
		switch rest[0] {
		case '*':
			if n := len(g.tokens); n == 0 || g.tokens[n-1].kind != tokenRun {
				g.tokens = append(g.tokens, token{kind: tokenRun})
			}
			rest = rest[1:]
		case '?':
			g.tokens = append(g.tokens, token{kind: tokenAny})
			rest = rest[1:]
		default:
			t, size := compileOne(rest)
			g.tokens = append(g.tokens, t)
			rest = rest[size:]
		}
	}
	return g
}

// compileOne compiles a set or one literal character and gives its length.
func compileOne(text string) (token, int) {
	if text[0] == '[' {
		if t, size, ok := compileSet(text); ok {
			return t, size
		}
	}
	_, size := utf8.DecodeRuneInString(text)
	return token{kind: tokenRune, bytes: text[:size]}, size
}

func compileSet(text string) (token, int, bool) {
	body := text[1:]
	t := token{kind: tokenSet}
	if strings.HasPrefix(body, "!") || strings.HasPrefix(body, "^") {
		t.negate, body = true, body[1:]
	}
	// A ] that comes first is a member, as in a shell.
	end := 0
	if strings.HasPrefix(body, "]") {
		end = 1
	}
	stop := strings.IndexByte(body[end:], ']')
	if stop < 0 {
		return token{}, 0, false
	}
	members := body[:end+stop]
	if members == "" {
		return token{}, 0, false
	}
	t.ranges = setRanges([]rune(members))
	return t, len(text) - len(body) + len(members) + 1, true
}

func setRanges(members []rune) [][2]rune {
	var ranges [][2]rune
	for i := 0; i < len(members); i++ {
		low, high := members[i], members[i]
		if i+2 < len(members) && members[i+1] == '-' {
			high = members[i+2]
			i += 2
		}
		ranges = append(ranges, [2]rune{low, high})
	}
	return ranges
}

// take gives how many bytes of s the token takes, or -1 when it does not match there.
func (t token) take(s string) int {
	if t.kind == tokenRune {
		if strings.HasPrefix(s, t.bytes) {
			return len(t.bytes)
		}
		return -1
	}
	if s == "" {
		return -1
	}
	r, size := utf8.DecodeRuneInString(s)
	if t.kind == tokenAny || t.holds(r) != t.negate {
		return size
	}
	return -1
}

func (t token) holds(r rune) bool {
	for _, limits := range t.ranges {
		if limits[0] <= r && r <= limits[1] {
			return true
		}
	}
	return false
}

// match tries the whole of s. Going back to the last * alone is enough, so
// the time is at most the product of the two lengths.
func (g glob) match(s string) bool {
	at, pos := 0, 0
	star, resume := -1, 0
	for {
		if at == len(g.tokens) && pos == len(s) {
			return true
		}
		if at < len(g.tokens) {
			if g.tokens[at].kind == tokenRun {
				star, resume = at, pos
				at++
				continue
			}
			if n := g.tokens[at].take(s[pos:]); n >= 0 {
				at, pos = at+1, pos+n
				continue
			}
		}
		if star < 0 || resume >= len(s) {
			return false
		}
		_, size := utf8.DecodeRuneInString(s[resume:])
		resume += size
		at, pos = star+1, resume
	}
}

// mayStart reports whether some text that starts with prefix matches.
func (g glob) mayStart(prefix string) bool {
	states := map[[2]int]bool{} // token, position: tried before
	var try func(at, pos int) bool
	try = func(at, pos int) bool {
		if pos >= len(prefix) {
			return true
		}
		if at == len(g.tokens) || states[[2]int{at, pos}] {
			return false
		}
		states[[2]int{at, pos}] = true
		if g.tokens[at].kind != tokenRun {
			n := g.tokens[at].take(prefix[pos:])
			return n >= 0 && try(at+1, pos+n)
		}
		_, size := utf8.DecodeRuneInString(prefix[pos:])
		return try(at+1, pos) || try(at, pos+size)
	}
	return try(0, 0)
}
