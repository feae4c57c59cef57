package enrich

import (
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// part is what a table is for, as its name says.
type part string

// The parts that the code knows apart; data/tables.yaml has more.
const (
	partPlain        part = "plain"
	partLog          part = "log"
	partAudit        part = "audit"
	partHistory      part = "history"
	partAggregate    part = "aggregate"
	partBridge       part = "bridge"
	partLookup       part = "lookup"
	partQueue        part = "queue"
	partSettings     part = "settings"
	partFact         part = "fact"
	partView         part = "view"
	partMaterialized part = "materialized"
)

// tableParts is data/tables.yaml.
type tableParts struct {
	First, Last map[string]part
	Stay        []part
	Unclear     []string
	Sentences   map[part]string
}

func readTableParts() (*tableParts, error) {
	p := &tableParts{}
	return p, readData("tables.yaml", p)
}

// unclear tells whether the last word names nothing that a row could be.
func (p *tableParts) unclear(row []word) bool {
	if len(row) == 0 {
		return false
	}
	last := row[len(row)-1]
	return last.entry == nil && describes(last.text) && strings.HasSuffix(last.text, "ed") || slices.Contains(p.Unclear, last.text)
}

// tableName is what the name of a table tells.
type tableName struct {
	row    []word // the name of one row: "order item"
	tail   string // what goes behind it: " log entry"
	part   part
	period string // "2023" or "2023-04" of a table for a period
}

// head is the entry of the word that says what a row is, nil when it is not known.
func (n *tableName) head() *entry {
	if len(n.row) == 0 || n.tail != "" {
		return nil
	}
	return n.row[len(n.row)-1].entry
}

// hasAny tells whether one of the words is in the name of a row.
func (n *tableName) hasAny(entries []*entry) bool {
	for _, w := range n.row {
		if w.entry != nil && slices.Contains(entries, w.entry) {
			return true
		}
	}
	return false
}

// clear tells whether the name says what a row is.
func (n *tableName) clear() bool {
	for _, w := range n.row {
		if w.entry != nil || !isGibberish(w.text) && !w.number {
			return true
		}
	}
	return n.tail != ""
}

// isGibberish tells whether a word that the lexicon does not have is none.
func isGibberish(s string) bool {
	return len(s) < 3 || !strings.ContainsAny(s, "aeiouy") && s[0] < 0x80
}

// name reads the name of a table into n, whose memory is used again. The
// language is nil for English.
func (x *Enricher) name(raw string, lang *language, toks []string, n *tableName) []string {
	n.row, n.tail, n.part, n.period = n.row[:0], "", partPlain, ""
	toks = tokens(raw, toks[:0])
	rest := toks
	rest, n.period = cutPeriod(rest)
	rest = x.cutFirst(rest, n)
	rest = x.cutLast(rest, n)
	n.row = x.lexicon.rowWords(rest, lang, n.row)
	n.tail = tailOf(n.part, len(rest) > 0)
	if last := len(n.row) - 1; n.tail == "" && last > 0 && n.row[0].isText("hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "annual") && !n.row[last].is(isMass) {
		n.row[last].plural, n.tail = true, " record" // a day's sales are no daily sale
	}
	return toks
}

// cutPeriod takes a year, month or day off the end, and version numbers too.
func cutPeriod(toks []string) ([]string, string) {
	end := len(toks)
	for end > 1 && isDigits(toks[end-1]) {
		end--
	}
	numbers := toks[end:]
	if len(numbers) == 0 {
		return toks, ""
	}
	if end > 1 && (toks[end-1] == "v" || toks[end-1] == "p" || toks[end-1] == "V" || toks[end-1] == "y") {
		end-- // orders_v2, orders_p2023
	}
	return toks[:end], periodOf(numbers)
}

func periodOf(numbers []string) string {
	first := numbers[0]
	if len(first) < 4 || first[:2] != "19" && first[:2] != "20" {
		return ""
	}
	switch {
	case len(first) == 6 || len(first) == 8:
		period := first[:4] + "-" + first[4:6]
		if len(first) == 8 {
			period += "-" + first[6:]
		}
		return period
	case len(first) != 4:
		return ""
	case len(numbers) > 1 && len(numbers[1]) == 2 && numbers[1] <= "12":
		if len(numbers) > 2 && len(numbers[2]) == 2 {
			return first + "-" + numbers[1] + "-" + numbers[2]
		}
		return first + "-" + numbers[1]
	default:
		return first
	}
}

func (x *Enricher) cutFirst(toks []string, n *tableName) []string {
	for len(toks) > 1 {
		var buffer [24]byte
		p, ok := x.parts.First[string(lowerInto(buffer[:0], toks[0]))]
		if !ok {
			break
		}
		if p != "" {
			n.part = p
		}
		toks = toks[1:]
	}
	return toks
}

func (x *Enricher) cutLast(toks []string, n *tableName) []string {
	for len(toks) > 0 {
		var buffer [24]byte
		p, ok := x.parts.Last[string(lowerInto(buffer[:0], toks[len(toks)-1]))]
		if !ok || len(toks) == 1 && p != partLog && p != partAudit && p != partHistory && p != partQueue {
			break
		}
		if p != "" && (n.part == partPlain || n.part == partLog && p == partAudit) {
			n.part = p
		}
		if slices.Contains(x.parts.Stay, p) {
			return toks
		}
		toks = toks[:len(toks)-1]
	}
	return toks
}

// rowWords gives the words of one row, the last of them in the singular.
func (l *lexicon) rowWords(toks []string, lang *language, out []word) []word {
	for i := 0; i < len(toks); i++ {
		if lang != nil {
			var n int
			n, out, _ = l.readForeign(lang, toks[i:], out)
			i += n - 1
			continue
		}
		if i+1 < len(toks) {
			if n := l.joined(toks[i:], &out); n > 0 {
				i += n - 1
				continue
			}
		}
		if isDigits(toks[i]) {
			out = append(out, word{text: toks[i], number: true})
			continue
		}
		out = l.expand(toks[i], false, false, out)
	}
	for i := range out {
		if i == len(out)-1 || out[i].is(isNoun) {
			out[i].plural = false // orders items is order items
		}
	}
	return out
}

// tailOf gives what stands behind the words of a row.
func tailOf(p part, named bool) string {
	tail := ""
	switch p {
	case partLog:
		tail = "log entry"
	case partAudit:
		tail = "audit entry"
	case partHistory:
		tail = "history record"
	case partAggregate:
		tail = "summary"
	case partBridge:
		tail = "link"
	case partQueue:
		tail = "queue entry"
	case partPlain, partLookup, partSettings, partFact, partView, partMaterialized:
	}
	if named && tail != "" {
		return " " + tail
	}
	return tail
}

// kindPart lets the kind of the table decide where its name says nothing.
func kindPart(p part, kind metadata.TableKind) part {
	switch kind {
	case metadata.KindView:
		if p == partPlain {
			return partView
		}
	case metadata.KindMaterializedView:
		if p == partPlain || p == partView {
			return partMaterialized
		}
	case metadata.KindTable, metadata.KindForeignTable, metadata.KindPartitionedTable, metadata.KindPartition:
		if p == partView || p == partMaterialized {
			return partPlain
		}
	}
	return p
}
