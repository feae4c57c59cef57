package enrich

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text collects all sentences of one table, which become one string in the end.
type text struct{ buf []byte }

func (t *text) str(s string) { t.buf = append(t.buf, s...) }

func (t *text) len() int { return len(t.buf) }

// words writes words with spaces between. The last one is written in the
// plural when many is true; the others as they were.
func (t *text) words(words []word, many bool) {
	for i, w := range words {
		if i > 0 {
			t.str(" ")
		}
		t.word(w, w.plural || many && i == len(words)-1)
	}
}

func (t *text) word(w word, many bool) {
	switch {
	case w.entry == nil && many && !w.number:
		t.str(pluralOf(w.text))
	case w.entry == nil:
		t.str(w.text)
	case many:
		t.str(w.entry.plural)
	default:
		t.str(w.entry.show)
	}
}

// title writes words with capitals, as terms of a glossary are.
func (t *text) title(words []word) {
	for i, w := range words {
		if i > 0 {
			t.str(" ")
		}
		at := len(t.buf)
		if w.text == "id" {
			t.str("ID")
			continue
		}
		t.word(w, w.plural)
		t.capital(at)
	}
}

// capital makes the letter at a place of the text a capital.
func (t *text) capital(at int) {
	if at >= len(t.buf) {
		return
	}
	r, size := utf8.DecodeRune(t.buf[at:])
	if up := unicode.ToUpper(r); up != r && utf8.RuneLen(up) == size {
		utf8.EncodeRune(t.buf[at:at+size], up)
	}
}

// quoted writes a name as it is, without what cannot be shown and not too long.
func (t *text) quoted(name string) {
	const most = 64
	t.str(`"`)
	shown := 0
	for _, r := range name {
		if shown++; shown > most {
			t.str("…")
			break
		}
		switch {
		case r == '"':
			r = '\''
		case r == utf8.RuneError || !unicode.IsPrint(r):
			r = '?'
		}
		t.buf = utf8.AppendRune(t.buf, r)
	}
	t.str(`"`)
}

// given writes what a source gave as it is, without what no database keeps.
func (t *text) given(s string) {
	t.str(strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd"))
}

// ordinal writes first, second and so on; above ten the number.
func (t *text) ordinal(n int) {
	names := [...]string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}
	if 1 <= n && n <= len(names) {
		t.str(names[n-1])
		return
	}
	t.str("number-" + strconv.Itoa(n))
}

// span is a part of the text.
type span struct{ from, to int }

func (s span) of(all string) string { return all[s.from:s.to] }
