package enrich_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/semsync/semsync/internal/metadata"
)

// FuzzTable holds what must be true of every description, whatever the names are.
func FuzzTable(f *testing.F) {
	f.Add("customers", "email", "text", "customer_id", "now()")
	f.Add("naïve.table\"quoted", "emoji 😀", "", "тест", "")
	f.Add("", "", "", "", "")
	f.Add("_", "2", "NUMBER(", "IDs", "'")
	f.Add("\xff\xfe", "a\x00b", "enum('a'',')", "___", "x")
	f.Add("T_CUST_ADDR_HIST", "CUSTEMAILADDR2", "varchar(", "is_", "1")
	e := newEnricher(f)
	f.Fuzz(func(t *testing.T, table, field, dataType, second, value string) {
		m := e.Table(&metadata.Table{
			ID: metadata.TableID{Source: "s", Database: table, Name: table},
			Fields: []metadata.Field{
				{Name: field, DataType: dataType, Default: value},
				{Name: second, DataType: table, Nullable: true},
				{Name: second + "_id", DataType: "int"},
			},
			Keys: []metadata.Key{
				{Kind: metadata.KeyPrimary, Fields: []string{field, "not there"}},
				{Kind: metadata.KeyForeign, Fields: []string{second}, RefTable: metadata.TableID{Database: field, Name: second}},
			},
		})
		if len(m.Fields) != 3 {
			t.Fatalf("%d fields", len(m.Fields))
		}
		for _, a := range append(slices.Clone(m.Fields), m.Table) {
			checkDescription(t, a.Description)
			if a.Confidence <= 0 || a.Confidence > 1 {
				t.Errorf("confidence %v", a.Confidence)
			}
			if !slices.IsSorted(a.Tags) || len(slices.Compact(slices.Clone(a.Tags))) != len(a.Tags) {
				t.Errorf("tags %q", a.Tags)
			}
			if (a.PIICategory != "") != (a.IsPII != nil && *a.IsPII) {
				t.Errorf("category %q, is_pii %v", a.PIICategory, a.IsPII)
			}
		}
	})
}

func checkDescription(t *testing.T, text string) {
	t.Helper()
	body, marked := strings.CutPrefix(text, "[AUTO] ")
	switch {
	case !marked || strings.TrimSpace(body) == "" || !strings.HasSuffix(body, "."):
		t.Errorf("not a sentence: %q", text)
	case !utf8.ValidString(text):
		t.Errorf("not UTF-8: %q", text)
	case strings.ContainsAny(text, "\n\r\x00"):
		t.Errorf("control characters: %q", text)
	}
}
