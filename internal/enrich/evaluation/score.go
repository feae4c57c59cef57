package evaluation

import (
	"cmp"
	"maps"
	"slices"

	"github.com/semsync/semsync/internal/enrich"
)

// Count is what came of one category, or of all.
type Count struct {
	Found  int // rightly
	Wrong  int // found, but it is something else or not personal
	Missed int // not found, or found as something else
}

// Precision is the share of what was found that is right, 0 to 1; 1 when nothing was found.
func (c Count) Precision() float64 { return share(c.Found, c.Found+c.Wrong) }

// Recall is the share of what is there that was found, 0 to 1; 1 when nothing is there.
func (c Count) Recall() float64 { return share(c.Found, c.Found+c.Missed) }

// F1 is the harmonic mean of precision and recall, 0 to 1.
func (c Count) F1() float64 { return share(2*c.Found, 2*c.Found+c.Wrong+c.Missed) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// Confusion is a column whose category was not right.
type Confusion struct {
	Table, Column string
	Want, Got     string // "" for not personal
	Evidence      string // what the answer rests on
}

// Score is the account of one split.
type Score struct {
	Columns    int
	Hard       int // of the columns: not personal, but with a word that lures
	HardWrong  int // of those: taken for personal
	ByCategory map[string]Count
	Confusions []Confusion
	Total      Count // over all categories: the micro average
	MacroF1    float64
	AnyKind    Count // personal or not, whatever the category
}

// Evaluate runs the rules over the tables. A column with alternatives counts
// for the one that was given, or for its first when none was.
func Evaluate(rules *enrich.Enricher, tables []Table) *Score {
	return EvaluateBy(tables, func(t *Table) enrich.Meaning { return rules.Table(t.Metadata()) })
}

// EvaluateBy is Evaluate with what works a table out.
func EvaluateBy(tables []Table, meaningOf func(*Table) enrich.Meaning) *Score {
	s := &Score{ByCategory: map[string]Count{}}
	for i := range tables {
		t := &tables[i]
		meaning := meaningOf(t)
		for c := range t.Columns {
			s.add(t, &t.Columns[c], &meaning.Fields[c])
		}
	}
	for _, category := range s.Categories() {
		c := s.ByCategory[category]
		s.Total.Found, s.Total.Wrong, s.Total.Missed = s.Total.Found+c.Found, s.Total.Wrong+c.Wrong, s.Total.Missed+c.Missed
		s.MacroF1 += c.F1() / float64(len(s.ByCategory))
	}
	return s
}

func (s *Score) add(t *Table, c *Column, a *enrich.Annotation) {
	got := a.PIICategory
	s.Columns++
	if c.Hard {
		s.Hard++
	}
	s.personal(got != "", c)
	if c.Accepts(got) {
		s.count(got, Count{Found: 1})
		return
	}
	if c.Hard {
		s.HardWrong++
	}
	s.count(got, Count{Wrong: 1})
	if !c.Accepts("") {
		s.count(c.Labels[0], Count{Missed: 1})
	}
	s.Confusions = append(s.Confusions, Confusion{Table: t.Name, Column: c.Name, Want: c.Labels[0], Got: got, Evidence: a.Evidence})
}

// personal counts whether the column was rightly taken for personal or not.
func (s *Score) personal(got bool, c *Column) {
	may, must := slices.ContainsFunc(c.Labels, known), !c.Accepts("")
	switch {
	case got && may:
		s.AnyKind.Found++
	case got:
		s.AnyKind.Wrong++
	case must:
		s.AnyKind.Missed++
	}
}

func (s *Score) count(category string, by Count) {
	if category == "" {
		return
	}
	c := s.ByCategory[category]
	s.ByCategory[category] = Count{Found: c.Found + by.Found, Wrong: c.Wrong + by.Wrong, Missed: c.Missed + by.Missed}
}

// Categories gives those that occur, in the order of the printed table, with
// such as the rules alone know at the end.
func (s *Score) Categories() []string {
	return slices.SortedFunc(maps.Keys(s.ByCategory), func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
	})
}

func place(category string) int {
	if i := slices.Index(Categories, category); i >= 0 {
		return i
	}
	return len(Categories)
}
