package enrich

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shape is what sort of field a pattern is for.
type shape int

// The shapes. See data/patterns.yaml.
const (
	shapePlain shape = iota
	shapeKey
	shapeReference
	shapeEvent
	shapeFlag
	shapeCount
	shapes // how many there are
)

var shapeNames = map[string]shape{
	"": shapePlain, "plain": shapePlain, "key": shapeKey, "reference": shapeReference, "event": shapeEvent, "flag": shapeFlag, "count": shapeCount,
}

// ownerUnknown stands among natures for an owner that nothing is known of.
const ownerUnknown nature = 1 << 31

var natureNames = map[string]nature{
	"person": isPerson, "organization": isOrganization, "place": isPlace, "thing": isThing | isMass, "unknown": ownerUnknown,
	"adjective": isAdjective,
}

// rule is one built-in pattern.
type rule struct {
	name       string
	shape      shape
	whole      bool
	types      typeClass // 0 means any
	unless     []*entry
	apart      []*entry
	owner      nature // 0 means any
	kinds      nature // 0 means any
	personal   bool
	bare       bool
	with       []*entry
	pii        string
	stands     []string
	classified string
	semantic   string
	term       string
	say        []segment
	confidence float64
	tags       [tagSets][]string
	sequences  [][]word
}

// What is added to a rule's tags, as bits.
const (
	tagPrimaryKey = 1 << iota
	tagForeignKey
	tagPII
	tagSets
)

// ruleSpec is a rule as data/patterns.yaml has it.
type ruleSpec struct {
	Name           string
	Shape          string
	Words          []string
	Whole          bool
	Types          []string
	Unless         []string
	Apart          []string
	Owner          oneOrMore
	Kinds          oneOrMore
	Table          string
	Bare           bool
	With           []string
	PII            string
	Stands         []string
	Classification string
	Semantic       string
	Tags           []string
	Say            string
	Term           string
	Confidence     float64
}

// oneOrMore is a list that may be written as its only member.
type oneOrMore []string

// UnmarshalYAML reads a text or a list of texts.
func (o *oneOrMore) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*o = oneOrMore{n.Value}
		return nil
	}
	return n.Decode((*[]string)(o))
}

func readRules(l *lexicon) ([]*rule, error) {
	var file struct{ Patterns []ruleSpec }
	if err := readData("patterns.yaml", &file); err != nil {
		return nil, err
	}
	rules := make([]*rule, 0, len(file.Patterns))
	names := map[string]bool{}
	for i := range file.Patterns {
		spec := &file.Patterns[i]
		if names[spec.Name] {
			return nil, fmt.Errorf("built-in pattern %q: there are two of that name", spec.Name)
		}
		names[spec.Name] = true
		r, err := spec.compile(l)
		if err != nil {
			return nil, fmt.Errorf("built-in pattern %q: %w", spec.Name, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func (s *ruleSpec) compile(l *lexicon) (*rule, error) {
	form, ok := shapeNames[s.Shape]
	if !ok {
		return nil, fmt.Errorf("shape: %q is none", s.Shape)
	}
	r := &rule{
		name: s.Name, shape: form, whole: s.Whole, personal: s.Table == "personal", bare: s.Bare, pii: s.PII, stands: s.Stands, classified: s.Classification,
		semantic: s.Semantic, term: s.Term, confidence: s.Confidence, unless: l.entriesOf(s.Unless), with: l.entriesOf(s.With), apart: l.entriesOf(s.Apart),
	}
	if r.pii != "" {
		r.classified = classificationOf(r.pii)
	}
	for _, t := range s.Types {
		class, ok := classNames[t]
		if !ok {
			return nil, fmt.Errorf("types: %q is none", t)
		}
		r.types |= class
	}
	var err error
	if r.owner, err = naturesOf(s.Owner); err != nil {
		return nil, fmt.Errorf("owner: %w", err)
	}
	if r.kinds, err = naturesOf(s.Kinds); err != nil {
		return nil, fmt.Errorf("kinds: %w", err)
	}
	for _, phrase := range s.Words {
		r.sequences = append(r.sequences, l.words(phrase))
	}
	if r.say, err = compileSay(s.Say); err != nil {
		return nil, fmt.Errorf("say: %w", err)
	}
	for set := range tagSets {
		r.tags[set] = tagSet(s.Tags, set)
	}
	return r, nil
}

// naturesOf gives natures by name, as one.
func naturesOf(names []string) (nature, error) {
	var all nature
	for _, name := range names {
		n, ok := natureNames[name]
		if !ok {
			return 0, fmt.Errorf("%q is none", name)
		}
		all |= n
	}
	return all, nil
}

// entriesOf gives the entries of single words.
func (l *lexicon) entriesOf(texts []string) []*entry {
	var out []*entry
	for _, text := range texts {
		for _, w := range l.words(text) {
			out = append(out, w.entry)
		}
	}
	return out
}

// tagSet gives tags with those that the set adds, sorted and without duplicates.
func tagSet(tags []string, set int) []string {
	out := slices.Clone(tags)
	if set&tagPrimaryKey != 0 {
		out = append(out, "primary_key")
	}
	if set&tagForeignKey != 0 {
		out = append(out, "foreign_key")
	}
	if set&tagPII != 0 {
		out = append(out, "pii")
	}
	return normalTags(out)
}

// normalTags gives tags trimmed, sorted and without duplicates or empty ones, and nil for none.
func normalTags(tags []string) []string {
	var out []string
	for _, t := range tags {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return slices.Clip(slices.Compact(out))
}
