package merge

import (
	"strconv"

	"github.com/semsync/semsync/internal/metadata"
)

func (w *work) mergeFields() {
	src, rows := w.in.Source, w.in.CurrentFields
	m, ok := w.m.matchers.Get().(*matcher)
	if !ok {
		m = newMatcher()
	}
	defer func() {
		m.forget()
		w.m.matchers.Put(m)
	}()
	pairs := m.match(src.Fields, rows, w.sameObject())
	bases := &slab{size: 1}
	if len(rows) == 0 {
		w.out.Insert = make([]metadata.FieldRecord, 0, len(src.Fields))
		bases.size = len(src.Fields)
	}
	for i := range src.Fields {
		w.mergeField(i, pairs[i], bases)
	}
	for i := range rows {
		if !m.used[i] && !rows[i].Removed {
			w.removeField(&rows[i])
		}
	}
	w.proposeRenames()
	w.field, w.quiet = "", false
	w.out.Fields = len(src.Fields)
}

// sameObject tells whether ids of fields may be compared: they are unique within one table object.
func (w *work) sameObject() bool {
	return w.in.CurrentTable == nil || !recreated(w.in.Source.ObjectID, w.in.CurrentTable.ObjectID)
}

// unknownField stands for the row of a field that the layer does not know. It is never written to.
var unknownField metadata.FieldRecord

func (w *work) mergeField(i int, p pair, bases *slab) {
	f := &w.in.Source.Fields[i]
	known := &unknownField
	if p.content != none {
		known = &w.in.CurrentFields[p.content]
	}
	w.field, w.quiet = f.Name, p.key == none || p.key != p.content
	typeChanged := known.DataType != "" && known.DataType != f.DataType
	w.fieldStructure(f, known, typeChanged)
	rec := metadata.FieldRecord{
		Table: w.in.Source.ID, Name: f.Name, Ordinal: f.Ordinal, DataType: f.DataType, Nullable: f.Nullable, ObjectID: f.ObjectID,
	}
	s := sides{
		base: known.Base, current: &known.Attributes, origin: known.Origin, declared: w.in.Declared.Fields[f.Name], comment: f.Comment,
		fresh: !w.sameObject() || recreated(f.ObjectID, known.ObjectID), typeChanged: typeChanged,
	}
	s.generated, rec.Confidence, rec.Evidence = w.generated(i, known.Confidence, known.Evidence)
	merged := w.merge(&s)
	w.generation(known.Confidence, known.Evidence)
	rec.Attributes, rec.Origin = merged.attributes, merged.origin
	w.putField(&rec, &merged.base, p, bases)
}

// putField adds the record to what has to be written, if it has to.
func (w *work) putField(rec *metadata.FieldRecord, base *metadata.Attributes, p pair, bases *slab) {
	if p.key == none {
		rec.Base = bases.keep(base)
		w.out.Insert = append(w.out.Insert, *rec)
		w.reportNew(rec, p)
		return
	}
	key := &w.in.CurrentFields[p.key]
	if sameField(rec, base, key) {
		return
	}
	rec.Base = bases.keep(base)
	w.out.Update = append(w.out.Update, FieldUpdate{Record: *rec, OldName: key.Name})
	if p.key != p.content {
		w.reportMoved(rec, key, &w.in.CurrentFields[p.content])
	}
}

// fieldStructure reports what became of the field as such.
func (w *work) fieldStructure(f *metadata.Field, known *metadata.FieldRecord, typeChanged bool) {
	if w.quiet {
		return
	}
	if known.Removed && !w.restored {
		w.change("restored", "", "", reasonRestored)
	}
	if known.Name != f.Name {
		w.change("renamed", known.Name, f.Name, reasonRenamed)
	}
	if known.Ordinal != f.Ordinal {
		w.change("ordinal", strconv.Itoa(known.Ordinal), strconv.Itoa(f.Ordinal), reasonSource)
	}
	if known.DataType != f.DataType {
		w.change("data_type", known.DataType, f.DataType, reasonSource)
	}
	if typeChanged {
		w.problem("data_type", w.m.rules.OnSchemaChanges.TypeChanges, "the type changed from "+known.DataType+" to "+f.DataType)
	}
	if known.Nullable != f.Nullable {
		w.change("is_nullable", strconv.FormatBool(known.Nullable), strconv.FormatBool(f.Nullable), reasonSource)
	}
}

// removeField marks a row whose field is gone, and leaves all else as it is.
func (w *work) removeField(row *metadata.FieldRecord) {
	rec := *row
	rec.Table, rec.Removed = w.in.Source.ID, true
	w.out.Update = append(w.out.Update, FieldUpdate{Record: rec, OldName: row.Name})
	w.field, w.quiet = row.Name, false
	w.change("removed", "", "", reasonRemoved)
	w.problem("removed", w.m.rules.OnSchemaChanges.RemovedFields, "the field is gone from the source")
}

// slab gives places for bases, many in one allocation when many are wanted.
type slab struct {
	size int
	free []metadata.Attributes
}

func (s *slab) keep(a *metadata.Attributes) *metadata.Attributes {
	if len(s.free) == 0 {
		s.free = make([]metadata.Attributes, max(s.size, 1))
	}
	p := &s.free[0]
	s.free = s.free[1:]
	*p = *a
	return p
}
