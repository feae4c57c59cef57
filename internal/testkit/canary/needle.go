package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// needle is one form of one mark.
type needle struct {
	form string // for reports
	text []byte
	fold bool // upper and lower case are the same
}

func needlesOf(mark string) []needle {
	out := []needle{
		{"plain", []byte(strings.ToLower(mark)), true},
		{"hexadecimal", []byte(hex.EncodeToString([]byte(mark))), true},
		{"list of bytes", []byte(strings.Trim(fmt.Sprintf("%v", []byte(mark)), "[]")), false},
		{"JSON list of bytes", []byte(strings.ReplaceAll(strings.Trim(fmt.Sprintf("%v", []byte(mark)), "[]"), " ", ",")), false},
	}
	for _, escaped := range []string{url.QueryEscape(mark), url.PathEscape(mark), inJSON(mark)} {
		if escaped != mark {
			out = append(out, needle{"escaped", []byte(strings.ToLower(escaped)), true})
		}
	}
	for offset := range 3 {
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			out = append(out, needle{"base64", []byte(inBase64(mark, offset, encoding)), false})
		}
	}
	return out
}

// inJSON gives a text as it stands between the quotes of JSON.
func inJSON(text string) string {
	b, _ := json.Marshal(text) //nolint:errchkjson // texts always can be written
	return string(b[1 : len(b)-1])
}

// inBase64 gives the characters that depend on the mark alone when offset bytes stand before it in their group.
func inBase64(mark string, offset int, encoding *base64.Encoding) string {
	text := encoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + mark))
	first := (offset*8 + 5) / 6
	last := (offset + len(mark)) * 8 / 6
	return text[first:last]
}

// find gives where the needle stands in a text, -1 for nowhere. Lower is the text in lower case.
func (n needle) find(text, lower []byte) int {
	if n.fold {
		return bytes.Index(lower, n.text)
	}
	return bytes.Index(text, n.text)
}
