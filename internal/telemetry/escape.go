package telemetry

import (
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// escaper writes a handler's lines on, with every character from DEL on that is
// not printable written as \uXXXX. Both handlers of slog escape what is below,
// but the JSON handler leaves DEL, the C1 control characters (U+009B starts a
// terminal's control sequence) and text-direction marks as they are, and the
// text handler DEL. In JSON these only occur inside strings, where the escape
// means the same.
type escaper struct{ w io.Writer }

// Write gives len(p) when all of p was written in its escaped form.
func (e escaper) Write(p []byte) (int, error) {
	if _, err := e.w.Write(escape(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escape gives p itself when there is nothing to do.
func escape(p []byte) []byte {
	var out []byte
	done := 0 // p[:done] is in out
	for i := 0; i < len(p); {
		if p[i] < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(p[i:])
		if !unicode.IsPrint(r) {
			out = appendUnicode(append(out, p[done:i]...), r)
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return p
	}
	return append(out, p[done:]...)
}

// appendUnicode appends \uXXXX, or two of them where r needs it.
func appendUnicode(out []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		out = appendUnicode(out, 0xd800+(r>>10))
		return appendUnicode(out, 0xdc00+(r&0x3ff))
	}
	hex := strconv.FormatInt(int64(r)|0x10000, 16) // a leading 1 keeps the zeros
	return append(append(out, `\u`...), hex[1:]...)
}
