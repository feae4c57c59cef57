package enrich

import (
	"slices"
)

// writer fills a Meaning. The texts of a table are collected in one buffer and
// become one string, of which all descriptions are parts.
type writer struct {
	*view
	out *Meaning
	yes *bool // the one true that all personal fields share
	pii bool
	top string // highest classification
}

// texts are where the texts of a field lie in the buffer.
type texts struct{ description, term, evidence span }

func (w *writer) field(i int) {
	f, a := &w.fields[i], &w.out.Fields[i]
	w.spans = append(w.spans, texts{})
	if w.skip != nil && w.skips(f.src.Name) {
		return
	}
	form, m := w.understand(f)
	user := (*userRule)(nil)
	if w.user != nil {
		user = w.userRule(f.src.Name)
	}
	a.Confidence = confidence(f, form, &m)
	w.annotate(f, a, form, &m, user)
	if len(m.rule.stands) > 0 {
		if w.out.stands == nil {
			w.out.stands = map[int][]string{}
		}
		w.out.stands[i] = m.rule.stands
	}
	at := &w.spans[i]
	if g := &w.config; g.FieldDescriptions {
		at.description = w.describe(f, form, &m, user)
	}
	if w.config.BusinessTerms && m.rule.term != "" {
		at.term = w.term(&m)
	}
	at.evidence = w.evidence(f, &m, user, a)
}

// understand finds shape and rule of a field. There always is one.
func (v *view) understand(f *field) (shape, match) {
	v.findUnit(f)
	form := v.shapeOf(f)
	if m, ok := v.find(f, form); ok {
		return form, m
	}
	return shapePlain, v.fallback(f)
}

// findUnit takes a unit off the end of a number's name, unless the words with
// it say more together, such as discount percent.
func (v *view) findUnit(f *field) {
	if f.class&(classNumber|classUnknown|classInterval) == 0 || f.last == 0 || f.last >= len(f.words) {
		return
	}
	var buffer [16]byte
	raw := lowerInto(buffer[:0], f.rawLast)
	if w := f.words[f.last]; w.entry == nil && v.lexicon.units[w.text] != nil {
		raw = append(raw[:0], w.text...)
	}
	u := v.lexicon.unitOf(string(raw), f.words[:f.last])
	if u == nil {
		return
	}
	if m, ok := v.findWords(f, shapePlain); ok && len(m.words) > len(f.words)-f.last {
		return
	}
	whole := *f
	f.words, f.unit = f.words[:f.last], u
	m, ok := v.findWords(f, shapePlain)
	if ok && m.rule.semantic == "money" && !u.money || !ok && f.words[len(f.words)-1].plural && u.say == "in percent" {
		*f = whole
	}
}

// annotate sets what is not text.
func (w *writer) annotate(f *field, a *Annotation, form shape, m *match, user *userRule) {
	pii, classified, semantic := m.rule.pii, m.rule.classified, m.rule.semantic
	if form == shapeReference && pii == "" && f.foreign != nil {
		if plain, ok := w.findWords(f, shapePlain); ok && plain.rule.pii != "" {
			pii, classified = plain.rule.pii, plain.rule.classified
		}
	}
	if user != nil {
		pii, classified, semantic = user.apply(pii, classified, semantic)
		a.Confidence = user.Confidence
	}
	g := &w.config
	a.SemanticType = semantic
	set := 0
	if f.primary {
		set |= tagPrimaryKey
	}
	if f.foreign != nil {
		set |= tagForeignKey
	}
	if g.PIIDetection && pii != "" {
		if w.yes == nil {
			w.yes = new(true)
		}
		a.IsPII, a.PIICategory, w.pii = w.yes, pii, true
		set |= tagPII
	}
	if g.PIIDetection && user != nil && user.PIICategory == NoPII {
		a.IsPII = new(false)
	}
	if g.DataClassification {
		a.DataClassification = classified
		w.top = higher(w.top, classified)
	}
	if g.Tags {
		a.Tags = m.rule.tags[set]
		if user != nil && len(user.tags) > 0 {
			a.Tags = normalTags(append(slices.Clone(a.Tags), user.tags...))
		}
	}
	if f.class == classEnum {
		a.ValidValues = enumValues(f.src.DataType)
	}
}

// apply lays the user's attributes over the built-in ones.
func (r *userRule) apply(pii, classified, semantic string) (string, string, string) {
	switch r.PIICategory {
	case "":
	case NoPII:
		pii, classified = "", ""
	default:
		pii = r.PIICategory
		classified = classificationOf(pii)
	}
	if r.DataClassification != "" {
		classified = r.DataClassification
	}
	if r.SemanticType != "" {
		semantic = r.SemanticType
	}
	return pii, classified, semantic
}

// higher gives the more confidential of two classifications.
func higher(a, b string) string {
	rank := func(s string) int { return slices.Index([]string{"", Internal, Confidential, Restricted}, s) }
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// confidence weighs a pattern by how well type and keys agree with it.
func confidence(f *field, form shape, m *match) float64 {
	c := m.rule.confidence
	switch {
	case form == shapeReference && f.foreign != nil, form == shapeKey && f.primary:
		c = max(c, 0.95)
	case form == shapeReference, form == shapeKey:
		c = min(c, 0.7)
	case f.class == classUnknown && m.rule.types != 0:
		c -= 0.1
	}
	return c
}

func (w *writer) describe(f *field, form shape, m *match, user *userRule) span {
	from := w.start()
	if user != nil && len(user.template) > 0 {
		w.sayTemplate(f, form, m, user.template)
	} else {
		w.say(f, m)
	}
	return span{from, w.text.len()}
}

// start writes the prefix and gives where the text starts.
func (w *writer) start() int {
	from := w.text.len()
	if w.config.Prefix != "" {
		w.text.str(w.config.Prefix)
		w.text.str(" ")
	}
	return from
}

// term writes the business term: "Customer Email Address".
func (w *writer) term(m *match) span {
	from := w.text.len()
	words := m.owner.words
	if words == nil && w.clear && w.name.tail == "" {
		words = w.name.row
	}
	for _, part := range [][]word{words, m.owner.kind} {
		if len(part) > 0 {
			w.text.title(part)
			w.text.str(" ")
		}
	}
	w.text.str(m.rule.term)
	return span{from, w.text.len()}
}

// evidence says what the annotation rests on.
func (w *writer) evidence(f *field, m *match, user *userRule, a *Annotation) span {
	text := m.evidence
	if user != nil {
		text = user.evidence
	}
	if !f.primary && f.foreign == nil {
		a.Evidence = text
		return span{}
	}
	from := w.text.len()
	w.text.str(text)
	if f.primary {
		w.text.str("; primary key")
	}
	if f.foreign != nil {
		w.text.str("; foreign key")
	}
	return span{from, w.text.len()}
}

// close turns the buffer into strings.
func (w *writer) close() {
	all := string(w.text.buf)
	for i := range w.out.Fields {
		a, at := &w.out.Fields[i], &w.spans[i]
		a.Description, a.BusinessTerm = at.description.of(all), at.term.of(all)
		if at.evidence.to > 0 {
			a.Evidence = at.evidence.of(all)
		}
	}
	at := &w.tableSpans
	w.out.Table.Description, w.out.Table.BusinessTerm = at.description.of(all), at.term.of(all)
	if at.evidence.to > 0 {
		w.out.Table.Evidence = at.evidence.of(all)
	}
	w.spans = w.spans[:0]
}
