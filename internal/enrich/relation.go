package enrich

import "strings"

// relations say what a reference from one kind of row to another means.
type relations struct {
	byOf   map[*entry][]relation // by the row that refers, in the order of the file
	others []relation            // for all other rows
}

type relation struct {
	to  map[*entry]bool // nil for all
	say string          // with {of} and {to}
}

func readRelations(l *lexicon) (*relations, error) {
	var file struct {
		Relations []struct {
			Of, To []string
			Say    string
		}
	}
	if err := readData("relations.yaml", &file); err != nil {
		return nil, err
	}
	rs := &relations{byOf: map[*entry][]relation{}}
	for _, r := range file.Relations {
		for e := range l.setOf(r.Of) {
			rs.byOf[e] = nil
		}
	}
	for _, r := range file.Relations {
		of, compiled := l.setOf(r.Of), relation{to: l.setOf(r.To), say: r.Say}
		for e := range rs.byOf {
			if of == nil || of[e] {
				rs.byOf[e] = append(rs.byOf[e], compiled)
			}
		}
		if of == nil {
			rs.others = append(rs.others, compiled)
		}
	}
	return rs, nil
}

// setOf gives the entries of words, and nil for all.
func (l *lexicon) setOf(texts []string) map[*entry]bool {
	if len(texts) == 1 && texts[0] == "*" {
		return nil
	}
	set := map[*entry]bool{}
	for _, e := range l.entriesOf(texts) {
		set[e] = true
	}
	return set
}

// find gives what a reference means by the last words of the names of things,
// or "" when nothing is known of it.
func (rs *relations) find(of, to *entry) string {
	if to == nil {
		return ""
	}
	list, ok := rs.byOf[of]
	if !ok {
		list = rs.others
	}
	for i := range list {
		if list[i].to == nil || list[i].to[to] {
			return list[i].say
		}
	}
	return ""
}

// relate writes a relation's sentence.
func (t *text) relate(say string, of, to func()) {
	for {
		before, rest, found := strings.Cut(say, "{")
		t.str(before)
		if !found {
			return
		}
		name, after, _ := strings.Cut(rest, "}")
		if name == "of" {
			of()
		} else {
			to()
		}
		say = after
	}
}
