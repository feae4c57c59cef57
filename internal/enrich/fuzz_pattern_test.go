package enrich_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/metadata"
)

// FuzzPatterns takes patterns and templates of anybody's making: they are refused with the pattern's name, or work on any table.
func FuzzPatterns(f *testing.F) {
	f.Add("mine", "^cust_.*_id$", "tmp_*", "The {field_name} of {entity}", "Tag", 0.5, "cust_x_id", "orders")
	f.Add("email", "*mail*", "(", "{action}{database}{data_type}", "", 0.0, "E_MAIL", "\xff")
	f.Add("x\x1b", "((((a{9}){9}){9}){9})", "a", "{", "a b", -1.0, "a", "b")
	f.Add("y", "?", "[[:alpha:]]+$", "} {", " ", 2.0, "", "")
	f.Add("z", "(?i)\\p{Greek}", "\xff", "{table_name}\n\x00", "\x00", 1.0, "\u202eλ", "t\nx")
	f.Fuzz(func(t *testing.T, name, pattern, skip, tpl, tag string, confidence float64, field, table string) {
		start := time.Now()
		c := enrich.DefaultConfig()
		c.SkipFieldsMatching = []string{skip}
		c.Patterns = []enrich.Pattern{{Name: name, Match: []enrich.Match{{Pattern: pattern}}, Tag: tag, DescriptionTemplate: tpl, Confidence: confidence}}
		e, err := enrich.New(c)
		if err != nil {
			if err.Error() == "" || len(err.Error()) > 4096+8*(len(name)+len(pattern)+len(skip)+len(tpl)) {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		m := e.Table(&metadata.Table{ID: metadata.TableID{Source: "s", Database: "d", Name: table}, Fields: []metadata.Field{{Name: field, DataType: "text"}}})
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		text := m.Fields[0].Description
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			t.Errorf("no database keeps the description %q", text)
		}
		for _, got := range m.Fields[0].Tags {
			if !utf8.ValidString(got) || strings.ContainsRune(got, 0) || strings.TrimSpace(got) == "" {
				t.Errorf("no database keeps the tag %q", got)
			}
		}
	})
}
