package merge

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/semsync/semsync/internal/metadata"
)

// How sure a proposed renaming is: a field of the same type at the same place, or the only one of its type.
const (
	confidenceSamePlace = 0.9
	confidenceOnlyOne   = 0.6
)

// Former is what the layer has under the name that a table is thought to have had before.
type Former struct {
	Table  *metadata.TableRecord // nil when it has nothing
	Fields []metadata.FieldRecord
}

// proposeRenames asks people whether a field that is new is one that went in the same run, in engines whose fields have
// no ids. Both rows are written as they are; only a person brings them together.
func (w *work) proposeRenames() {
	if w.unknown {
		return
	}
	var gone []*metadata.FieldRecord
	for i := range w.out.Update {
		if u := &w.out.Update[i].Record; u.Removed && u.ObjectID == "" && w.wasLive(u.Name) {
			gone = append(gone, u)
		}
	}
	if len(gone) == 0 {
		return
	}
	taken := map[string]bool{}
	for _, place := range []bool{true, false} {
		for i := range w.out.Insert {
			w.proposeRename(&w.out.Insert[i], gone, place, taken)
		}
	}
}

func (w *work) wasLive(name string) bool {
	for i := range w.in.CurrentFields {
		if f := &w.in.CurrentFields[i]; f.Name == name {
			return !f.Removed
		}
	}
	return false
}

// proposeRename looks for the one field that rec may have been: that of its place, or else the only one of its shape,
// where rec is the only new one of it too.
func (w *work) proposeRename(rec *metadata.FieldRecord, gone []*metadata.FieldRecord, place bool, taken map[string]bool) {
	if rec.ObjectID != "" || taken["new "+rec.Name] {
		return
	}
	var was *metadata.FieldRecord
	for _, g := range gone {
		if taken["old "+g.Name] || !sameShape(g, rec) || place && g.Ordinal != rec.Ordinal {
			continue
		}
		if was != nil {
			return
		}
		was = g
	}
	if was == nil || !place && !w.onlyNew(rec, taken) {
		return
	}
	taken["new "+rec.Name], taken["old "+was.Name] = true, true
	c := metadata.Change{
		Table: w.in.Source.ID, Field: rec.Name, Attribute: "renamed", Old: was.Name, New: rec.Name, Held: metadata.HeldAsRename,
		Confidence: confidenceOnlyOne, Reason: "the only new field of the type of one that is gone: agree if it is the same",
	}
	if place {
		c.Confidence, c.Reason = confidenceSamePlace, "new at the place and of the type of a field that is gone: agree if it is the same"
	}
	w.out.Changes = append(w.out.Changes, c)
}

func (w *work) onlyNew(rec *metadata.FieldRecord, taken map[string]bool) bool {
	for i := range w.out.Insert {
		if other := &w.out.Insert[i]; other.Name != rec.Name && !taken["new "+other.Name] && sameShape(other, rec) {
			return false
		}
	}
	return true
}

func sameShape(a, b *metadata.FieldRecord) bool {
	return a.DataType == b.DataType && a.Nullable == b.Nullable
}

// ProposedTable is the change that asks whether a new table is one that is gone.
func ProposedTable(from, to metadata.TableID) (metadata.Change, error) {
	content, err := json.Marshal(from)
	if err != nil {
		return metadata.Change{}, fmt.Errorf("encode the former name of a table: %w", err)
	}
	return metadata.Change{
		Table: to, Attribute: "renamed", Old: from.Qualified(), New: to.Qualified(), Held: metadata.HeldAsRename, Confidence: confidenceSamePlace,
		Reason: "new with the very fields of a table that is gone: agree if it is the same", Content: content,
	}, nil
}

// FormerName gives the name that the table of such a change is thought to have had.
func FormerName(c *metadata.Change) (id metadata.TableID, err error) {
	if err := json.Unmarshal(c.Content, &id); err != nil {
		return id, fmt.Errorf("read the former name of a table: %w", err)
	}
	return id, nil
}

// IsProposedTable tells whether the change is one of those.
func IsProposedTable(c *metadata.Change) bool {
	return c.Held == metadata.HeldAsRename && c.Field == ""
}

// join makes one field of two: the new one, with what people wrote about the one that it was.
func (r *reviser) join(from, to string) string {
	was, is := r.field(from), r.field(to)
	switch {
	case was == nil:
		return "there is no field " + strconv.Quote(from)
	case is == nil || is.Removed:
		return "there is no field " + strconv.Quote(to)
	case !was.Removed:
		return "the field " + strconv.Quote(from) + " is in the source too"
	}
	joined := is.FieldRecord
	carry(&joined.Attributes, &joined.Base, &joined.Origin, &was.Attributes, was.Base, was.Origin)
	// The old row is the one that stays, with all that its other columns hold.
	was.FieldRecord, was.dirty, is.gone = joined, true, true
	return ""
}

// takeOver makes one table of two, and marks the former for deletion.
func (r *reviser) takeOver(c *metadata.Change) string {
	f := r.former[c.Old]
	switch {
	case r.table == nil || r.table.Removed:
		return "the table is not in the layer"
	case f.Table == nil:
		return "there is no table " + c.Old
	case !f.Table.Removed:
		return fmt.Sprintf("the table %s is in the source too", c.Old)
	}
	carry(&r.table.Attributes, &r.table.Base, &r.table.Origin, &f.Table.Attributes, f.Table.Base, f.Table.Origin)
	r.dirty = true
	for i := range f.Fields {
		was := f.Fields[i]
		is := r.field(was.Name)
		if is == nil {
			was.Table, was.Removed = r.table.ID, true
			r.fields = append(r.fields, &revised{FieldRecord: was, dirty: true})
			continue
		}
		carry(&is.Attributes, &is.Base, &is.Origin, &was.Attributes, was.Base, was.Origin)
		is.dirty = true
	}
	r.out.Former = append(r.out.Former, f)
	return ""
}

// carry brings what people wrote in one row into another, except where people wrote into that one too. What was only generated
// or declared stays behind: the other row has its own.
func carry(to *metadata.Attributes, toBase **metadata.Attributes, origin *metadata.Origin, from, fromBase *metadata.Attributes, fromOrigin metadata.Origin) {
	base := copyOf(*toBase)
	if base == nil {
		base = &metadata.Attributes{}
	}
	if fromBase == nil {
		fromBase = &nothing
	}
	for a := range attributes {
		switch {
		case a == tags:
			carryTags(to, base, from, fromBase)
		case a.get(to) != a.get(base) || a.get(from) == a.get(fromBase):
		default:
			if a.get(base) == a.get(from) {
				a.take(base, fromBase) // so that it still is told from what semsync wrote
			}
			a.take(to, from)
			if a == description {
				*origin = fromOrigin
			}
		}
	}
	*toBase = base
}

// carryTags brings the tags that people added or took away.
func carryTags(to, base, from, fromBase *metadata.Attributes) {
	was, written := normal(from.Tags), normal(fromBase.Tags)
	added, removed := difference(was, written), difference(written, was)
	to.Tags = difference(union(normal(to.Tags), added), removed)
	base.Tags = union(difference(normal(base.Tags), added), removed)
}
