package enrich

import (
	"fmt"
	"regexp"
	"sync"

	"github.com/semsync/semsync/internal/metadata"
)

// Enricher works out what tables mean. It is safe for concurrent use.
type Enricher struct {
	*knowledge
	config  Config
	rules   *index
	user    []*userRule
	skip    []*regexp.Regexp
	version string
	views   sync.Pool // of *view, the memory of one table's work
}

// New compiles the rules. An error names the pattern and the key that it is about.
func New(c Config) (*Enricher, error) {
	k, err := known()
	if err != nil {
		return nil, err
	}
	x := &Enricher{knowledge: k, config: c}
	if x.user, err = compilePatterns(c.Patterns); err != nil {
		return nil, err
	}
	for i, text := range c.SkipFieldsMatching {
		re, err := compileName(text)
		if err != nil {
			return nil, fmt.Errorf("skip_fields_matching[%d]: %w", i, err)
		}
		x.skip = append(x.skip, re)
	}
	replaced := map[string]bool{}
	for _, r := range x.user {
		replaced[r.Name] = true
	}
	x.rules = newIndex(k.lexicon, k.rules, replaced)
	if x.version, err = digest(c); err != nil {
		return nil, err
	}
	x.views.New = func() any { return &view{Enricher: x} }
	return x, nil
}

// Version is a digest of the built-in rules and the configuration. What was
// generated under another version may come out differently now.
func (x *Enricher) Version() string { return x.version }

// Table works out what the table and its fields mean. The table is only read.
func (x *Enricher) Table(table *metadata.Table) Meaning {
	v, ok := x.views.Get().(*view)
	if !ok {
		v = &view{Enricher: x}
	}
	v.read(table)
	out := Meaning{Fields: make([]Annotation, len(table.Fields))}
	w := writer{view: v, out: &out}
	for i := range v.fields {
		w.field(i)
	}
	w.wholeTable()
	w.close()
	v.forget()
	x.views.Put(v)
	return out
}

// forget lets go of the table, so that the pool keeps no schemas alive.
func (v *view) forget() {
	const keep = 1 << 20 // a monster table's memory is not kept
	clear(v.fields)
	clear(v.words)
	clear(v.toks)
	clear(v.name.row)
	clear(v.target.row)
	v.table, v.currency, v.prefix = nil, "", ""
	if cap(v.text.buf) > keep || cap(v.words)*48 > keep {
		v.text.buf, v.words, v.fields = nil, nil, nil
	}
}

func (x *Enricher) skips(name string) bool {
	for _, re := range x.skip {
		if re.MatchString(name) {
			return true
		}
	}
	return false
}

func (x *Enricher) userRule(name string) *userRule {
	for _, r := range x.user {
		if r.matches(name) {
			return r
		}
	}
	return nil
}
