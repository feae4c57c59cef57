package enrich

import (
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// wholeTable annotates the table, after its fields.
func (w *writer) wholeTable() {
	a := &w.out.Table
	a.Confidence, a.Evidence = w.tableConfidence(), "name of the table"
	links := w.linked
	if links != nil {
		a.Evidence = "its keys link two tables"
	}
	if w.config.TableDescriptions {
		from := w.start()
		at := w.text.len()
		w.sayTable(links)
		w.text.str(".")
		w.text.capital(at)
		w.tableSpans.description = span{from, w.text.len()}
	}
	if w.config.BusinessTerms && w.clear && w.name.part == partPlain && w.name.head() != nil && links == nil {
		from := w.text.len()
		w.text.title(w.name.row)
		w.tableSpans.term = span{from, w.text.len()}
	}
	if w.config.Tags {
		a.Tags = w.tableTags(links != nil)
	}
	a.DataClassification = w.top
}

func (w *writer) tableConfidence() float64 {
	switch {
	case !w.clear:
		return 0.1
	case w.name.tail != "":
		return 0.75
	}
	for _, word := range w.name.row {
		if word.entry == nil {
			return 0.5
		}
	}
	return 0.8
}

// tableTags gives the part, the kind, and whether there is personal data.
func (w *writer) tableTags(links bool) []string {
	tags := make([]string, 0, 3)
	switch p := w.name.part; {
	case links:
		tags = append(tags, string(partBridge))
	case p != partPlain:
		tags = append(tags, string(p))
	}
	if w.nature&isPerson != 0 && w.name.tail == "" {
		tags = append(tags, "people")
	}
	if w.pii {
		tags = append(tags, "pii")
	}
	return normalTags(tags)
}

func (w *writer) sayTable(links []*metadata.Key) {
	t := &w.text
	switch {
	case links != nil:
		w.sayLinks(links)
	case !w.clear:
		t.str("table ")
		t.quoted(w.table.ID.Name)
		t.str("; its name does not tell what a row is")
	default:
		w.saySentence(w.parts.Sentences[w.name.part])
		w.sayBelongs()
	}
	if w.name.period != "" {
		t.str(", for " + w.name.period)
	}
}

// saySentence writes the sentence of the table's part.
func (w *writer) saySentence(say string) {
	t := &w.text
	for say != "" {
		before, rest, found := strings.Cut(say, "{")
		t.str(before)
		if !found {
			return
		}
		name, after, _ := strings.Cut(rest, "}")
		row := w.name.row
		switch name {
		case "row":
			t.rowName(w.view)
		case "rows":
			w.sayRows()
		case "rest":
			t.words(row, false)
		case "rests":
			w.sayRests()
		case "of rests":
			if len(row) > 0 {
				t.str(" of ")
				w.sayRests()
			}
		}
		say = after
	}
}

// sayRows writes what the rows are, in the plural.
func (w *writer) sayRows() { w.text.words(w.name.row, true) }

func (w *writer) sayRests() {
	if len(w.name.row) == 0 {
		w.text.str("records")
		return
	}
	w.text.words(w.name.row, true)
}

// sayBelongs adds that each row is a part of another, where name and key say so.
func (w *writer) sayBelongs() {
	if w.name.part != partPlain {
		return
	}
	for i := range w.fields {
		f := &w.fields[i]
		if f.foreign == nil || f.src.Nullable {
			continue
		}
		w.toks = w.Enricher.name(f.foreign.RefTable.Name, w.lang, w.toks, &w.target)
		if len(w.target.row) > 0 && w.target.tail == "" && w.startsWith(w.target.row) {
			w.text.str("; each belongs to ")
			w.text.aOrAn(w.target.row)
			w.text.words(w.target.row, false)
			return
		}
	}
}

// links gives the two foreign keys of a table whose rows do nothing but link rows of two others.
func (v *view) links() []*metadata.Key {
	var keys []*metadata.Key
	others := 0
	for i := range v.fields {
		switch f := &v.fields[i]; {
		case f.foreign != nil && (f.at == 0 || len(keys) == 0):
			if !f.by() {
				keys = append(keys, f.foreign)
			}
		case f.foreign != nil:
		case f.primary && len(v.fields) > 3 || f.class&(classDay|classBoolean) != 0:
		default:
			others++
		}
	}
	if len(keys) != 2 || keys[0] == keys[1] || others > 0 && !v.namedAfter(keys) || others > 2 {
		return nil
	}
	if v.name.part != partPlain && v.name.part != partBridge {
		return nil
	}
	if head := v.name.head(); head != nil && others == 0 && head.nature&isNoun != 0 && !v.namedAfter(keys) && v.ownKey() {
		return nil
	}
	return keys
}

// ownKey tells whether a row has a key of its own beside its references.
func (v *view) ownKey() bool {
	for i := range v.fields {
		if v.fields[i].primary && v.fields[i].foreign == nil {
			return true
		}
	}
	return false
}

// namedAfter tells whether the table's name is made of those of the two it links.
func (v *view) namedAfter(keys []*metadata.Key) bool {
	for _, k := range keys {
		v.toks = v.Enricher.name(k.RefTable.Name, v.lang, v.toks, &v.target)
		if n := len(v.target.row); n == 0 || !v.shares(v.target.row[n-1:], v.name.row) {
			return false
		}
	}
	return true
}

func (w *writer) sayLinks(keys []*metadata.Key) {
	t := &w.text
	t.str("links ")
	for i, k := range keys {
		if i > 0 {
			t.str(" to ")
		}
		w.toks = w.Enricher.name(k.RefTable.Name, w.lang, w.toks, &w.target)
		if keys[0].RefTable == keys[1].RefTable && i > 0 {
			t.str("other ")
		}
		if len(w.target.row) == 0 {
			t.str("rows")
			continue
		}
		t.words(w.target.row, true)
	}
}
