package lineage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// TypeInferred is the type of a relationship that no key declares.
const TypeInferred = "inferred"

// Proposer finds joins that no key declares. It is given all tables, one after
// another, and keeps of them only the names and types of fields that look like keys. It is not safe for concurrent use.
type Proposer struct {
	fields   []keyField
	byThing  targets // by what their table's rows are
	byName   targets // by their own name
	declared map[[2]metadata.Reference]bool
	interned map[string]string
	words    words
}

// targets are fields that others may refer to.
type targets map[place][]int

// place is where a field that refers to something looks for it: in its own database, and in all of its source.
type place struct {
	source, database, name string
	class                  string // of the values
	all                    bool   // in any database of the source
}

// alike is how many targets of one place are looked at: of two that are as likely, neither is proposed, so that more change nothing.
// A database for each tenant has the same tables thousands of times.
const alike = 2

// keyField is a field that may refer, or be referred to.
type keyField struct {
	table  metadata.TableID
	name   string
	class  string
	thing  string // what the table's rows are
	unique bool
	bound  bool // a foreign key of the source says what it refers to
}

// NewProposer makes an empty proposer.
func NewProposer() *Proposer {
	return &Proposer{
		byThing: targets{}, byName: targets{}, declared: map[[2]metadata.Reference]bool{}, interned: map[string]string{}, words: words{},
	}
}

// Add takes in one table. Views can refer, and are not referred to: nothing says that their rows differ.
func (p *Proposer) Add(t *metadata.Table) {
	bound := map[string]bool{}
	for i := range t.Keys {
		if t.Keys[i].Kind == metadata.KeyForeign {
			for _, f := range t.Keys[i].Fields {
				bound[f] = true
			}
		}
	}
	id := metadata.TableID{Source: p.intern(t.ID.Source), Database: p.intern(t.ID.Database), Name: p.intern(t.ID.Name)}
	what := p.intern(p.words.thing(id.Name))
	for i := range t.Fields {
		f := &t.Fields[i]
		words := wordsOf(f.Name)
		unique := Unique(t, []string{f.Name})
		if len(words) == 0 || !unique && !keyWords[words[len(words)-1]] {
			continue
		}
		k := keyField{table: id, name: p.intern(f.Name), class: p.intern(typeClass(f.DataType)), thing: what, unique: unique, bound: bound[f.Name]}
		if unique {
			p.target(&k, words)
		}
		p.fields = append(p.fields, k)
	}
}

// target makes a field one that others may refer to: by its own name when that says of what it is the key, and by its table.
func (p *Proposer) target(k *keyField, words []string) {
	last := words[len(words)-1]
	if len(words) > 1 || !keyWords[last] || last == "sku" {
		p.put(p.byName, k, strings.Join(words, "_"))
	}
	if keyWords[last] && (len(words) == 1 || p.words.singular(words[:len(words)-1]) == k.thing) {
		p.put(p.byThing, k, k.thing)
	}
}

// put adds the field that comes next under a name.
func (p *Proposer) put(to targets, k *keyField, name string) {
	n := len(p.fields)
	here := place{source: k.table.Source, database: k.table.Database, name: name, class: joinClass(k.class)}
	to[here] = append(to[here], n)
	if len(to[here]) <= alike {
		anywhere := place{source: here.source, name: name, class: here.class, all: true}
		to[anywhere] = append(to[anywhere], n)
	}
}

// intern keeps one copy of each text, and none of the table it came from.
func (p *Proposer) intern(s string) string {
	if kept, ok := p.interned[s]; ok {
		return kept
	}
	s = strings.Clone(s)
	p.interned[s] = s
	return s
}

// Declared tells of a relationship that is known already, so that it is not proposed.
func (p *Proposer) Declared(from, to metadata.Reference) {
	p.declared[[2]metadata.Reference{from.Unqualified(), to.Unqualified()}] = true
	p.declared[[2]metadata.Reference{to.Unqualified(), from.Unqualified()}] = true
}

// Propose gives the joins that are likely meant by names, types and uniqueness, in the order the tables came in.
func (p *Proposer) Propose() []metadata.Relationship {
	var out []metadata.Relationship
	for i := range p.fields {
		best, ok := p.best(i)
		if !ok {
			continue
		}
		rel := p.relationship(i, best)
		if !p.declared[[2]metadata.Reference{rel.From.Unqualified(), rel.To.Unqualified()}] {
			out = append(out, rel)
		}
	}
	return out
}

// leastIncluded is the part of the values that must be found where a proposal says; some may be left over from rows deleted there.
const leastIncluded = 0.9

// Weigh lets values speak on a proposal: found of them are in the field that it refers to. Few that are found speak against it,
// which keep tells, and all of them for it. No values say nothing.
func Weigh(rel *metadata.Relationship, found, values int) (keep bool) {
	included := float64(found) / float64(max(values, 1))
	switch {
	case values == 0:
		return true
	case included < leastIncluded:
		return false
	case found == values:
		// Fewer than some twenty values are found by chance in any row of numbers.
		rel.Confidence += (0.98 - rel.Confidence) * min(1, float64(values)/20)
	default:
		rel.Confidence *= included
	}
	rel.Evidence += fmt.Sprintf("; %.0f %% of %d values are found there", included*100, values)
	return true
}

// guess is a possible target with how sure it is.
type guess struct {
	field      int
	confidence float64
	evidence   string
}

// best gives the surest target of a field; none when two are as sure.
func (p *Proposer) best(i int) (guess, bool) {
	f := &p.fields[i]
	if f.bound {
		return guess{}, false
	}
	guesses := p.guesses(f)
	slices.SortStableFunc(guesses, func(a, b guess) int { return cmp.Compare(b.confidence, a.confidence) })
	if len(guesses) == 0 || len(guesses) > 1 && guesses[0].confidence == guesses[1].confidence {
		return guess{}, false
	}
	return guesses[0], true
}

func (p *Proposer) guesses(f *keyField) (out []guess) {
	words := wordsOf(f.name)
	seen := map[int]bool{}
	look := func(at []int, ofHere bool, confidence float64, evidence string) {
		taken := 0
		for _, n := range at {
			to := &p.fields[n]
			if seen[n] || (to.table.Database == f.table.Database) != ofHere || to.table == f.table && (to.name == f.name || evidence != isParent) {
				continue
			}
			seen[n] = true
			out = append(out, guess{n, confidence, evidence})
			if taken++; taken == alike {
				return
			}
		}
	}
	add := func(t targets, name string, confidence float64, evidence string) {
		class := joinClass(f.class)
		look(t[place{source: f.table.Source, database: f.table.Database, name: name, class: class}], true, confidence, evidence)
		look(t[place{source: f.table.Source, name: name, class: class, all: true}], false, confidence-0.15, evidence)
	}
	base := words
	if last := len(words) - 1; last > 0 && keyWords[words[last]] {
		base = words[:last]
	}
	if p.words.singular(base) == f.thing {
		return nil // the table's own key
	}
	add(p.byThing, p.words.singular(base), 0.85, "the name says whose key it is")
	add(p.byName, strings.Join(words, "_"), 0.7, "a unique field has the same name")
	for cut := 1; cut < len(base); cut++ {
		add(p.byThing, p.words.singular(base[cut:]), 0.7-0.05*float64(cut), "the end of the name says whose key it is")
	}
	if len(base) == 1 && base[0] == "parent" && len(words) > 1 {
		add(p.byThing, f.thing, 0.6, isParent)
	}
	return out
}

const isParent = "the name says that rows have parents"

func (p *Proposer) relationship(i int, g guess) metadata.Relationship {
	f, to := &p.fields[i], &p.fields[g.field]
	rel := metadata.Relationship{
		From: metadata.Reference{TableID: f.table, Field: f.name}, To: metadata.Reference{TableID: to.table, Field: to.name},
		Type: TypeInferred, Cardinality: metadata.ManyToOne, Origin: metadata.FromProposal, Confidence: g.confidence,
		Evidence: g.evidence + ", the types fit (" + f.class + "), and values of " + to.name + " are unique",
	}
	if f.unique {
		rel.Cardinality = metadata.OneToOne
	}
	rel.JoinLogic = rel.From.Unqualified().String() + " = " + rel.To.Unqualified().String()
	return rel
}
