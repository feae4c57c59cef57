package evaluation_test

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/enrich/evaluation"
	"github.com/semsync/semsync/internal/pii"
)

// sampledValues is how many values of a column are looked at.
const sampledValues = 30

// TestFiguresWithValues measures test again with values for every second column, made by what its label says and by nothing else, and
// wants more precision and more recall than by names alone. Run it with -v to see the figures.
func TestFiguresWithValues(t *testing.T) {
	x := rules(t)
	tables := corpus(t, "test")
	alone := evaluation.Evaluate(x, tables)
	seen := 0
	with := evaluation.EvaluateBy(tables, func(table *evaluation.Table) enrich.Meaning {
		m, n := weighed(x, table)
		seen += n
		return m
	})
	var out bytes.Buffer
	require.NoError(t, with.Print(&out, "test with values"))
	t.Logf("values of %d columns\n%s", seen, out.String())
	require.Greater(t, seen, columns(tables)/4)
	require.GreaterOrEqual(t, with.Total.Precision(), alone.Total.Precision())
	require.Greater(t, with.Total.Recall(), alone.Total.Recall())
}

// weighed works a table out by names, and lays values over that as a worker does.
func weighed(x *enrich.Enricher, labelled *evaluation.Table) (enrich.Meaning, int) {
	table := labelled.Metadata()
	m := x.Table(table)
	seen := 0
	for i := range labelled.Columns {
		c := &labelled.Columns[i]
		h := fnv.New64a()
		_, _ = h.Write([]byte(labelled.Name + "." + c.Name))
		g := generator{rand.New(rand.NewPCG(h.Sum64(), 1)), seed(h.Sum64())}
		value := g.of(c)
		if h.Sum64()%2 == 0 || value == nil {
			continue
		}
		seen++
		profile := pii.NewProfile(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
		for n := range sampledValues {
			if n%9 == 8 {
				profile.Null()
				continue
			}
			profile.Add(value(n))
		}
		a := &m.Fields[i]
		guess := pii.Guess{Category: pii.Category(a.PIICategory), Confidence: a.Confidence, Evidence: a.Evidence}
		if d := pii.Combine(guess, pii.ColumnOf(table, i), profile.Verdict()); d.Outcome != pii.Unchanged {
			x.Weigh(table, &m, i, enrich.Shown{Category: string(d.Category), Confidence: d.Confidence, Evidence: d.Evidence})
		}
	}
	return m, seen
}

// generator makes values of one column.
type generator struct {
	*rand.Rand
	style int
}

func seed(h uint64) int { return int(h>>8) & 0xffff }

func (g generator) pick(words string) string {
	all := strings.Fields(words)
	return all[g.IntN(len(all))]
}

func (g generator) digits(n int) string {
	var b strings.Builder
	b.WriteByte(byte('1' + g.IntN(9)))
	for range n - 1 {
		b.WriteByte(byte('0' + g.IntN(10)))
	}
	return b.String()
}

// luhn gives digits of which the last one is right.
func (g generator) luhn(prefix string, n int) string {
	text := prefix + g.digits(n-len(prefix)-1)
	sum := 0
	for i := range text {
		d := int(text[len(text)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return text + string(byte('0'+(10-sum%10)%10))
}

// iban gives a German one with the right check digits.
func (g generator) iban() string {
	account := g.digits(18)
	rest := 0
	for _, c := range account + "131400" {
		rest = (rest*10 + int(c-'0')) % 97
	}
	return fmt.Sprintf("DE%02d%s", 98-rest, account)
}

const (
	givenNames  = "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica Thomas Sarah Anna Laura"
	familyNames = "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas Taylor Moore"
	streets     = "Main Oak Maple Cedar Washington Lake Hill Park Church Elm"
	products    = "Lamp Chair Desk Shelf Cable Adapter Monitor Keyboard Bottle Kettle Blanket Pillow Backpack Tripod Router Screwdriver"
	states      = "open closed pending shipped cancelled draft approved archived"
)

// of gives what makes the values of a column; nil when its label or type leaves open what they are.
func (g generator) of(c *evaluation.Column) func(int) string {
	kind, _, _ := strings.Cut(strings.ToLower(c.Type), "(")
	text := strings.Contains(kind, "char") || strings.Contains(kind, "text") || kind == "string"
	switch label := c.Labels[0]; {
	case len(c.Labels) > 1:
		return nil
	case label == "":
		return g.ordinary(kind, text)
	case label == "dob":
		return g.births(kind, text)
	case strings.Contains(kind, "int") || kind == "numeric" || kind == "decimal":
		return g.numbered(label)
	case !text:
		return nil
	default:
		return g.personal(label)
	}
}

func (g generator) births(kind string, text bool) func(int) string {
	if kind != "date" && !text {
		return nil
	}
	return func(int) string { return fmt.Sprintf("%d-%02d-%02d", 1940+g.IntN(65), 1+g.IntN(12), 1+g.IntN(28)) }
}

// numbered are personal data that are kept as numbers.
func (g generator) numbered(label string) func(int) string {
	switch label {
	case "phone":
		return func(int) string { return "4930" + g.digits(8) }
	case "credit_card":
		return func(int) string { return g.luhn("4", 16) }
	default:
		return nil
	}
}

// personal are personal data that are kept as text.
func (g generator) personal(label string) func(int) string {
	return map[string]func(int) string{
		"name": func(int) string { return g.pick(givenNames) + " " + g.pick(familyNames) },
		"email": func(int) string {
			return strings.ToLower(g.pick(givenNames)+"."+g.pick(familyNames)) + g.digits(2) + "@example.org"
		},
		"phone":       func(int) string { return "+1 212 " + g.pick("555 736 239 674") + " " + g.digits(4) },
		"address":     func(int) string { return g.digits(3) + " " + g.pick(streets) + " Street" },
		"gender":      func(int) string { return g.pick("M F F M X") },
		"national_id": func(int) string { return fmt.Sprintf("%03d-%02d-%04d", 100+g.IntN(500), 1+g.IntN(98), 1+g.IntN(9998)) },
		"credit_card": func(int) string { return g.luhn(g.pick("4 51 6011"), 16) },
		"iban":        func(int) string { return g.iban() },
		"ip_address": func(int) string {
			return fmt.Sprintf("%d.%d.%d.%d", 11+g.IntN(180), g.IntN(256), g.IntN(256), 1+g.IntN(254))
		},
		"mac_address": func(int) string {
			return fmt.Sprintf("3c:22:fb:%02x:%02x:%02x", g.IntN(256), g.IntN(256), g.IntN(256))
		},
		"device_id": func(int) string { return g.luhn("35", 15) },
		"username":  func(int) string { return strings.ToLower(g.pick(givenNames)[:1]+g.pick(familyNames)) + g.digits(2) },
		"free_text": func(int) string {
			return g.pick(givenNames) + " " + g.pick(familyNames) + " called about the late delivery and asked to be reached under +1 212 555 " + g.digits(4) + " tomorrow."
		},
		"password": func(int) string {
			return fmt.Sprintf("$2b$12$%s%s", strings.Repeat("aB3", 14), g.digits(11))
		},
	}[label]
}

// ordinary are values of columns that are not personal: numbers in a row, amounts, states, products, codes, hashes, flags and times.
func (g generator) ordinary(kind string, text bool) func(int) string {
	switch {
	case strings.Contains(kind, "bool") || kind == "bit":
		return func(int) string { return g.pick("true false") }
	case strings.Contains(kind, "int"):
		return []func(int) string{
			func(n int) string { return strconv.Itoa(1000 + 3*n) }, func(int) string { return strconv.Itoa(g.IntN(40)) }, func(int) string { return g.digits(9) },
		}[g.style%3]
	case kind == "numeric" || kind == "decimal" || kind == "money":
		return func(int) string { return fmt.Sprintf("%d.%02d", g.IntN(900), g.IntN(100)) }
	case kind == "date":
		return func(int) string { return fmt.Sprintf("2026-%02d-%02d", 1+g.IntN(5), 1+g.IntN(28)) }
	case strings.Contains(kind, "time"):
		return func(int) string {
			return fmt.Sprintf("2026-%02d-%02d %02d:%02d:%02d", 1+g.IntN(5), 1+g.IntN(28), g.IntN(24), g.IntN(60), g.IntN(60))
		}
	case text:
		return []func(int) string{
			func(int) string { return g.pick(states) },
			func(int) string { return g.pick(products) + " " + g.pick("XL 200 Pro Mini Black") },
			func(int) string { return fmt.Sprintf("SKU-%s-%d", g.pick("AB CX DD"), g.IntN(1e6)) },
			func(int) string { return "ORD" + g.digits(9) },
			func(int) string { return fmt.Sprintf("%016x%016x", g.Uint64(), g.Uint64()) },
			func(int) string { return "https://shop.example.org/p/" + strings.ToLower(g.pick(products)) },
			func(int) string { return g.digits(16) }, // as long as a card's number, and none
			func(int) string { return "v" + g.digits(1) + "." + g.digits(1) + "." + g.digits(2) },
		}[g.style%8]
	default:
		return nil
	}
}
