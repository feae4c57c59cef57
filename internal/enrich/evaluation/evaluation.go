// Package evaluation measures how well personal data is found by names alone,
// on schemas whose labels were written without looking at the rules.
//
// The labels are in testdata, in two splits: dev, whose errors may be looked at while rules are made better, and test, of
// which only the totals are. A split's tables, domains and naming styles are its own.
package evaluation

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/metadata"
)

// Schema is one file of labels.
type Schema struct {
	Domain string  `yaml:"domain"`
	Style  string  `yaml:"style"`
	Tables []Table `yaml:"tables"`
}

// Table is one labelled table.
type Table struct {
	Name    string   `yaml:"name"`
	Comment string   `yaml:"comment"`
	Columns []string `yaml:"columns"` // name, type and, where it is personal data, the category or categories a|b
}

// Column is one labelled column.
type Column struct {
	Name, Type string
	Right      []string // any of these is right; empty means that it is not personal data
}

// column reads one line of a table.
func column(line string) (Column, error) {
	parts := strings.Fields(line)
	if len(parts) < 2 || len(parts) > 3 {
		return Column{}, fmt.Errorf("%q is not: name type category", line)
	}
	c := Column{Name: parts[0], Type: parts[1]}
	if len(parts) == 3 {
		c.Right = strings.Split(parts[2], "|")
		for _, r := range c.Right {
			if !slices.Contains(Categories, r) {
				return c, fmt.Errorf("%q: there is no category %q", line, r)
			}
		}
	}
	return c, nil
}

// Categories are those of the labels.
var Categories = []string{
	"address", "bank_account", "biometric", "credit_card", "cvv", "device_id", "dob", "driver_license", "email", "ethnicity", "free_text", "gender", "geolocation",
	"health", "iban", "insurance_id", "ip_address", "mac_address", "name", "national_id", "passport", "password", "patient_id", "phone", "religion", "salary",
	"tax_id", "username", "vehicle_id",
}

// Load reads the files of a split.
func Load(dir fs.FS, split string) ([]Schema, error) {
	files, err := fs.Glob(dir, split+"_*.yaml")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no labels for split %s: %w", split, err)
	}
	var out []Schema
	for _, file := range files {
		text, err := fs.ReadFile(dir, file)
		if err != nil {
			return nil, err
		}
		var s Schema
		if err := yaml.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// Score counts decisions about one category, or all.
type Score struct {
	Columns int // labelled with it
	Right   int // found, and meant
	Wrong   int // found, and not meant
	Missed  int // meant, and not found
}

// Precision is the part of what was found that was meant; 1 when nothing was found.
func (s Score) Precision() float64 { return part(s.Right, s.Right+s.Wrong) }

// Recall is the part of what was meant that was found; 1 when nothing was meant.
func (s Score) Recall() float64 { return part(s.Right, s.Right+s.Missed) }

// F1 is the harmonic mean of the two.
func (s Score) F1() float64 {
	p, r := s.Precision(), s.Recall()
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

func part(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// Mistake is a column that was decided on wrongly.
type Mistake struct{ Domain, Table, Column, Want, Got, Evidence string }

// Result is what an evaluation gives.
type Result struct {
	Columns    int // of all tables
	Personal   int // of them
	All        Score
	ByCategory map[string]*Score
	Mistakes   []Mistake
}

// Evaluate decides on every column and compares with the labels. A column whose category is wrong counts as wrong for what was
// found and as missed for what was meant.
func Evaluate(x *enrich.Enricher, schemas []Schema) (Result, error) {
	r := Result{ByCategory: map[string]*Score{}}
	for _, c := range Categories {
		r.ByCategory[c] = &Score{}
	}
	for _, s := range schemas {
		for _, t := range s.Tables {
			if err := r.table(x, s.Domain, t); err != nil {
				return r, fmt.Errorf("%s, table %s: %w", s.Domain, t.Name, err)
			}
		}
	}
	return r, nil
}

func (r *Result) table(x *enrich.Enricher, domain string, t Table) error {
	src := &metadata.Table{ID: metadata.TableID{Source: "s", Database: "db", Name: t.Name}, Kind: metadata.KindTable, Comment: t.Comment, EstimatedRows: -1}
	columns := make([]Column, len(t.Columns))
	for i, line := range t.Columns {
		c, err := column(line)
		if err != nil {
			return err
		}
		columns[i] = c
		src.Fields = append(src.Fields, metadata.Field{Name: c.Name, Ordinal: i + 1, DataType: c.Type, Nullable: true})
	}
	m := x.Table(src)
	for i, c := range columns {
		r.count(domain, t.Name, c, m.Fields[i].PIICategory, m.Fields[i].Evidence)
	}
	return nil
}

func (r *Result) count(domain, table string, c Column, got, evidence string) {
	r.Columns++
	want := ""
	if len(c.Right) > 0 {
		r.Personal++
		want = c.Right[0]
		if slices.Contains(c.Right, got) {
			want = got
		}
		r.score(want).Columns++
		r.All.Columns++
	}
	if got == want {
		if want != "" {
			r.score(want).Right++
			r.All.Right++
		}
		return
	}
	if got != "" {
		r.score(got).Wrong++
		r.All.Wrong++
	}
	if want != "" {
		r.score(want).Missed++
		r.All.Missed++
	}
	r.Mistakes = append(r.Mistakes, Mistake{domain, table, c.Name + " " + c.Type, strings.Join(c.Right, "|"), got, evidence})
}

func (r *Result) score(category string) *Score {
	if r.ByCategory[category] == nil { // a category that the labels do not have
		r.ByCategory[category] = &Score{}
	}
	return r.ByCategory[category]
}

// Table shows the result as Markdown.
func (r *Result) Table() string {
	var b strings.Builder
	b.WriteString("| category | columns | precision | recall | F1 |\n| --- | ---: | ---: | ---: | ---: |\n")
	line := func(name string, s Score) {
		fmt.Fprintf(&b, "| %s | %d | %.3f | %.3f | %.3f |\n", name, s.Columns, s.Precision(), s.Recall(), s.F1())
	}
	names := make([]string, 0, len(r.ByCategory))
	for name, s := range r.ByCategory {
		if s.Columns+s.Wrong > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		line(name, *r.ByCategory[name])
	}
	line("**all**", r.All)
	return b.String()
}
