package enrich

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed data/*.yaml
var dataFiles embed.FS

// knowledge is all that the data files say.
type knowledge struct {
	lexicon   *lexicon
	rules     []*rule
	relations *relations
	parts     *tableParts
	fallbacks *fallbacks
}

// known reads the data files once. They are part of the program, so that an
// error is a mistake of ours and caught by the first test.
var known = sync.OnceValues(readKnowledge)

func readKnowledge() (*knowledge, error) {
	k := &knowledge{}
	var err error
	if k.lexicon, err = readLexicon(); err != nil {
		return nil, err
	}
	if k.parts, err = readTableParts(); err != nil {
		return nil, err
	}
	if k.rules, err = readRules(k.lexicon); err != nil {
		return nil, err
	}
	if err = readLanguages(k.lexicon); err != nil {
		return nil, err
	}
	if k.relations, err = readRelations(k.lexicon); err != nil {
		return nil, err
	}
	if k.fallbacks, err = newFallbacks(); err != nil {
		return nil, err
	}
	return k, nil
}

func readData(name string, into any) error {
	data, err := dataFiles.ReadFile("data/" + name)
	if err != nil {
		return fmt.Errorf("read the built-in %s: %w", name, err)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read the built-in %s: %w", name, err)
	}
	return nil
}

// wordsFile is data/words.yaml.
type wordsFile struct {
	Persons, Organizations, Places, Things, Containers, Mass, Adjectives, Prepositions, Deeds, Imperatives, Subjects, Vocabulary, Either, Human, Makers []string

	YesOrNo  []string `yaml:"yes_or_no"`
	Measures []string

	Irregular, Beginnings, Verbs, Past, Shown, Own map[string]string
	Events                                         map[string][]string
}

// abbreviationsFile is data/abbreviations.yaml.
type abbreviationsFile struct {
	Anywhere map[string]string
	AtEnd    map[string]string `yaml:"at_end"`
	AtStart  map[string]string `yaml:"at_start"`
	Joins    map[string]string
	Acronyms []string
}

// unitsFile is data/units.yaml.
type unitsFile struct {
	Units []struct {
		Words []string
		Say   string
		Needs string
		Money bool
	}
	Needs map[string][]string
}

func readLexicon() (*lexicon, error) {
	var words wordsFile
	var short abbreviationsFile
	var units unitsFile
	for name, into := range map[string]any{"words.yaml": &words, "abbreviations.yaml": &short, "units.yaml": &units} {
		if err := readData(name, into); err != nil {
			return nil, err
		}
	}
	l := newLexicon()
	l.irregular = words.Irregular
	l.addNatures(&words)
	for _, text := range short.Acronyms {
		e := l.add(strings.ToLower(text))
		e.show, e.nature = text, e.nature|isAcronym
	}
	for _, text := range words.Vocabulary {
		if one, plural := singularOf(text); plural && words.Irregular[text] == "" {
			text = one
		}
		l.add(text)
	}
	for _, e := range l.entries {
		l.register(e)
	}
	l.addSkeletons()
	l.addShort(&short)
	l.addDoings(&words)
	l.addUnits(&units)
	return l, nil
}

func (l *lexicon) addNatures(f *wordsFile) {
	for _, list := range []struct {
		nature nature
		words  []string
	}{
		{isPerson, f.Persons},
		{isOrganization, f.Organizations},
		{isPlace, f.Places},
		{isThing, f.Things},
		{isContainer, f.Containers},
		{isMass, f.Mass},
		{isAdjective, f.Adjectives},
		{isPreposition, f.Prepositions},
		{isImperative, f.Imperatives},
		{isSubject, f.Subjects},
		{isYesOrNo, f.YesOrNo},
		{isMeasure, f.Measures},
		{isEither, f.Either},
		{isHuman, f.Human},
		{isMaker, f.Makers},
	} {
		for _, text := range list.words {
			l.add(strings.ToLower(text)).nature |= list.nature
		}
	}
}

// addShort adds short forms, which go before words of the same letters.
func (l *lexicon) addShort(f *abbreviationsFile) {
	for _, key := range slices.Sorted(maps.Keys(f.Anywhere)) {
		l.forms[key] = l.words(f.Anywhere[key])
	}
	for _, key := range slices.Sorted(maps.Keys(f.Anywhere)) {
		if _, taken := l.forms[key+"s"]; !taken && len(key) > 2 {
			many := slices.Clone(l.forms[key])
			many[len(many)-1].plural = true
			l.forms[key+"s"] = many
		}
	}
	for into, from := range map[*map[string][]word]map[string]string{&l.atEnd: f.AtEnd, &l.atStart: f.AtStart, &l.joins: f.Joins} {
		for _, key := range slices.Sorted(maps.Keys(from)) {
			(*into)[key] = l.words(from[key])
		}
	}
}

// addDoings adds what words say of happenings and verbs.
func (l *lexicon) addDoings(f *wordsFile) {
	for _, said := range slices.Sorted(maps.Keys(f.Events)) {
		thing, person, both := strings.Cut(said, " / ")
		if !both {
			person = thing
		}
		e := &event{thing: thing, person: person}
		if rest, other := strings.CutPrefix(thing, "the "); other {
			who, what, _ := strings.Cut(rest, " ")
			e.subject, e.thing = "the "+who, what
		}
		for _, phrase := range f.Events[said] {
			switch w := l.words(phrase); {
			case strings.Contains(phrase, " ") && len(w) == 2:
				l.pairs[[2]*entry{w[0].entry, w[1].entry}] = e
			default:
				l.singular(phrase).event = e
			}
		}
	}
	for text, said := range f.Beginnings {
		l.literal(text).begins = said
	}
	for text, said := range f.Verbs {
		if form := l.forms[text]; len(form) == 1 && form[0].plural {
			form[0].entry.third = said // uses is the plural of a noun too
			continue
		}
		l.literal(text).third = said
	}
	for text, said := range f.Shown {
		l.literal(text).show = said
	}
	for text, said := range f.Own {
		l.literal(text).own = l.literal(said).event
	}
	for text, said := range f.Past {
		l.literal(text).past = said
	}
	for _, text := range f.Deeds {
		l.literal(text).nature |= isDeed
	}
}

// singular gives the entry of a word, which stops shares with stop.
func (l *lexicon) singular(text string) *entry {
	if form := l.forms[text]; len(form) == 1 && form[0].plural {
		return form[0].entry
	}
	return l.literal(text)
}

// literal gives the entry of exactly this text.
func (l *lexicon) literal(text string) *entry {
	if e := l.byText[text]; e != nil {
		return e
	}
	e := l.add(text)
	l.register(e)
	return e
}

func (l *lexicon) addUnits(f *unitsFile) {
	for name, list := range f.Needs {
		l.needs[name] = map[*entry]bool{}
		for _, text := range list {
			for _, w := range l.words(text) {
				l.needs[name][w.entry] = true
			}
		}
	}
	for _, u := range f.Units {
		compiled := &unit{say: u.Say, money: u.Money, needs: l.needs[u.Needs]}
		for _, text := range u.Words {
			l.units[text] = compiled
		}
	}
}
