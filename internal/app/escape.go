package app

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"go.yaml.in/yaml/v3"
)

// printable makes a text safe for a terminal: control characters but newlines
// and tabs are shown as escapes.
func printable(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool {
	nobody := r&0xfffe == 0xfffe // no character, and refused by YAML
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || nobody || r == unicode.ReplacementChar)
}

// cell makes a text fit for one cell of a table.
func cell(s string) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(printable(s))
}

// escapedJSON escapes what a terminal would act on. In JSON it only stands in strings, where the escape means the same.
func escapedJSON(s string) string {
	return escaped(s, func(r rune) string {
		a, b := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04x`, a, b)
	})
}

// escapedYAML does the same for YAML whose texts quoteHidden has put into double quotes.
func escapedYAML(s string) string {
	return escaped(s, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) })
}

func escaped(s string, long func(rune) string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r > 0xffff:
			b.WriteString(long(r))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// quoteHidden puts texts that hold something to escape into double quotes, where escapes count; and those of several
// lines, since the library writes blocks that begin with an empty line in a way that nobody can read.
func quoteHidden(n *yaml.Node) {
	n.Style = 0 // as JSON has it
	if n.Kind == yaml.ScalarNode && (strings.ContainsFunc(n.Value, hidden) || strings.Contains(n.Value, "\n")) {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		quoteHidden(c)
	}
}
