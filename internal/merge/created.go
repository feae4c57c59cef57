package merge

import (
	"strconv"

	"github.com/semsync/semsync/internal/metadata"
)

// reportTable reports the whole table as one change.
func (w *work) reportTable() {
	rec := &w.out.Table
	content := tableContent(rec, w.out.Insert)
	w.confidence = rec.Confidence
	w.append("created", "", content, reasonNew)
	// The table comes before what is said of its fields.
	last := len(w.out.Changes) - 1
	created := w.out.Changes[last]
	copy(w.out.Changes[1:], w.out.Changes[:last])
	w.out.Changes[0] = created
}

// tableContent gives a table and its fields as JSON.
func tableContent(rec *metadata.TableRecord, fields []metadata.FieldRecord) string {
	buf := make([]byte, 0, 128+64*len(fields))
	buf = append(buf, `{"kind":`...)
	buf = metadata.AppendQuoted(buf, string(rec.Kind))
	buf = rec.AppendMembers(buf)
	buf = append(buf, `,"fields":[`...)
	for i := range fields {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendField(buf, &fields[i])
	}
	return string(append(buf, `]}`...))
}

// reportNew reports a field that the layer has no row of.
func (w *work) reportNew(rec *metadata.FieldRecord, p pair) {
	if w.unknown {
		return
	}
	reason := reasonNew
	if p.content != none {
		reason = "has the id of " + strconv.Quote(w.in.CurrentFields[p.content].Name) + ", and starts with what is known of that"
	}
	w.append("created", "", string(appendField(nil, rec)), reason)
	if p.content == none && !w.restored {
		w.problem("created", w.m.rules.OnSchemaChanges.NewFields, "the field is new in the source")
	}
}

// reportMoved reports a field that was renamed to the name of a removed one, whose row it takes.
func (w *work) reportMoved(rec, before, content *metadata.FieldRecord) {
	w.append("renamed", content.Name, rec.Name, reasonRenamed)
	w.append("restored", string(appendField(nil, before)), string(appendField(nil, rec)), "a removed field's name has become another field's")
}

// appendField appends a field as JSON.
func appendField(buf []byte, rec *metadata.FieldRecord) []byte {
	buf = append(buf, `{"name":`...)
	buf = metadata.AppendQuoted(buf, rec.Name)
	buf = append(buf, `,"type":`...)
	buf = metadata.AppendQuoted(buf, rec.DataType)
	if !rec.Nullable {
		buf = append(buf, `,"nullable":false`...)
	}
	return append(rec.AppendMembers(buf), '}')
}
