package merge

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/semsync/semsync/internal/metadata"
)

// The kinds of change that can be held beside the attributes of the same name.
const (
	KindTypeChanges   = "type_changes"   // the type of a field
	KindFieldRemovals = "field_removals" // a field that is gone from its source
	KindDeprecation   = "deprecation"    // a table that is gone from its source
)

// Hold says which changes wait for a person. The zero value holds none.
type Hold struct {
	// All holds every change, those of structure too.
	All bool `json:"all,omitempty"`
	// Kinds are attributes, and the kinds above. is_pii goes with pii_category.
	Kinds []string `json:"kinds,omitempty"`
	// AboveConfidence lets generated values of at least this confidence pass, 0 to 1; 0 lets none.
	AboveConfidence float64 `json:"above_confidence,omitempty"`
}

// Kind gives the kind of a change as approval rules name it.
func Kind(c *metadata.Change) string {
	switch {
	case c.Attribute == "data_type":
		return KindTypeChanges
	case c.Attribute == "removed" && c.Field != "":
		return KindFieldRemovals
	case c.Attribute == "removed":
		return KindDeprecation
	case c.Attribute == "is_pii":
		return "pii_category"
	default:
		return c.Attribute
	}
}

// Holds tells whether the rules want a person to agree to the change.
func (m *Merger) Holds(c *metadata.Change) bool {
	h := &m.rules.Hold
	switch {
	case h.All:
		return true
	case !slices.Contains(h.Kinds, Kind(c)) && !slices.Contains(h.Kinds, c.Attribute):
		return false
	case h.AboveConfidence > 0 && c.Confidence >= h.AboveConfidence:
		return false
	default:
		return true
	}
}

// created are the rows that a change waits to write.
type created struct {
	Table  *metadata.TableRecord  `json:"table,omitempty"`
	Insert []metadata.FieldRecord `json:"insert,omitempty"`
	Update []FieldUpdate          `json:"update,omitempty"`
}

// hold takes what waits for a person out of what is to be written, and marks its changes.
func (m *Merger) hold(in *Input, out *Output) error {
	h := &m.rules.Hold
	switch {
	case h.All:
		return holdAll(out)
	case len(h.Kinds) == 0:
		return nil
	}
	k := &keeper{m: m, in: in, out: out}
	return k.hold()
}

// Waiting shows the conflicts that wait as changes that a person may agree to.
func (o *Output) Waiting() []metadata.Change {
	var out []metadata.Change
	for i := range o.Conflicts {
		if c := &o.Conflicts[i]; c.Resolution == Waits {
			out = append(out, conflictChange(c))
		}
	}
	return out
}

func conflictChange(c *Conflict) metadata.Change {
	was := "cleared"
	if c.Base != "" {
		was = fmt.Sprintf("%q", c.Base)
	}
	return metadata.Change{
		Table: c.Table, Field: c.Field, Attribute: c.Attribute, Old: c.Current, New: c.Proposed, Held: metadata.HeldAsConflict,
		Reason: "conflict: a person changed what was " + was + "; " + proposals[c.Origin],
	}
}

// proposals are reasons by the origin of what semsync would write. originOf reads them.
var proposals = map[metadata.Origin]string{
	metadata.OriginDictionary: reasonDeclared, metadata.OriginSource: reasonComment, metadata.OriginAuto: reasonGenerated, metadata.OriginNone: reasonWithdrawn,
	metadata.OriginManual: reasonEdited,
}

// holdAll makes everything wait, and leaves nothing to write.
func holdAll(out *Output) error {
	content, err := json.Marshal(created{Table: tableIf(out), Insert: out.Insert, Update: out.Update})
	if err != nil {
		return fmt.Errorf("encode what waits: %w", err)
	}
	byName := map[string]*metadata.FieldRecord{}
	for i := range out.Insert {
		byName[out.Insert[i].Name] = &out.Insert[i]
	}
	for i := range out.Changes {
		c := &out.Changes[i]
		if c.Held == "" {
			c.Held = metadata.HeldForApproval
		}
		switch {
		case c.Field == "" && (c.Attribute == "created" || c.Attribute == "restored"):
			c.Content = content
		case c.Attribute == "created":
			if c.Content, err = json.Marshal(created{Insert: []metadata.FieldRecord{*byName[c.Field]}}); err != nil {
				return fmt.Errorf("encode what waits: %w", err)
			}
		}
	}
	out.Insert, out.Update, out.TableDirty = nil, nil, false
	return nil
}

func tableIf(out *Output) *metadata.TableRecord {
	if !out.TableDirty {
		return nil
	}
	return &out.Table
}

// keeper takes single attributes back to what the layer holds.
type keeper struct {
	m   *Merger
	in  *Input
	out *Output
}

func (k *keeper) hold() error {
	for i := range k.out.Changes {
		c := &k.out.Changes[i]
		if c.Held != "" || !k.m.Holds(c) {
			continue
		}
		c.Held = metadata.HeldForApproval
		k.keep(c)
	}
	k.holdNew()
	k.out.Update = slices.DeleteFunc(k.out.Update, k.isEmpty)
	return nil
}

// keep undoes one change in the rows that are to be written.
func (k *keeper) keep(c *metadata.Change) {
	if c.Field == "" {
		if c.Attribute == "removed" {
			k.out.TableDirty, k.out.Update = false, nil
			return
		}
		if cur := k.in.CurrentTable; cur != nil {
			keepAttribute(c.Attribute, &k.out.Table.Attributes, &k.out.Table.Origin, k.out.Table.Base, &cur.Attributes, cur.Origin, cur.Base)
		}
		return
	}
	for i := range k.out.Update {
		u := &k.out.Update[i]
		if u.Record.Name != c.Field {
			continue
		}
		cur := k.current(u.OldName)
		switch c.Attribute {
		case "removed":
			u.Record.Removed = cur.Removed
		case "data_type":
			u.Record.DataType = cur.DataType
		default:
			keepAttribute(c.Attribute, &u.Record.Attributes, &u.Record.Origin, u.Record.Base, &cur.Attributes, cur.Origin, cur.Base)
		}
	}
}

func keepAttribute(name string, of *metadata.Attributes, origin *metadata.Origin, base, current *metadata.Attributes, currentOrigin metadata.Origin, currentBase *metadata.Attributes) {
	a, ok := attributeOf(name)
	if !ok {
		return
	}
	if currentBase == nil {
		currentBase = &nothing
	}
	a.take(of, current)
	if base != nil {
		a.take(base, currentBase)
	}
	if a == description {
		*origin = currentOrigin
	}
}

// holdNew takes what waits out of new rows, which are written without it.
func (k *keeper) holdNew() {
	if k.out.TableNew {
		k.strip("", k.out.Table.Confidence, k.out.Table.Evidence, &k.out.Table.Attributes, &k.out.Table.Origin, k.out.Table.Base)
	}
	for i := range k.out.Insert {
		f := &k.out.Insert[i]
		k.strip(f.Name, f.Confidence, f.Evidence, &f.Attributes, &f.Origin, f.Base)
	}
}

func (k *keeper) strip(field string, confidence float64, evidence string, of *metadata.Attributes, origin *metadata.Origin, base *metadata.Attributes) {
	for a := range attributes {
		value := a.get(of)
		if value == "" {
			continue
		}
		c := metadata.Change{
			Table: k.in.Source.ID, Field: field, Attribute: a.String(), New: value, Confidence: confidence, Held: metadata.HeldForApproval,
			Reason: reasonGenerated,
		}
		switch {
		case a == description && *origin != metadata.OriginAuto:
			c.Reason, c.Confidence = proposals[*origin], 0
		case evidence != "":
			c.Reason += ": " + evidence
		}
		if !k.m.Holds(&c) {
			continue
		}
		a.take(of, &nothing)
		if base != nil {
			a.take(base, &nothing)
		}
		if a == description {
			*origin = metadata.OriginNone
		}
		k.out.Changes = append(k.out.Changes, c)
	}
}

func (k *keeper) current(name string) *metadata.FieldRecord {
	for i := range k.in.CurrentFields {
		if k.in.CurrentFields[i].Name == name {
			return &k.in.CurrentFields[i]
		}
	}
	return &unknownField
}

func (k *keeper) isEmpty(u FieldUpdate) bool {
	cur := k.current(u.OldName)
	base := u.Record.Base
	if base == nil {
		base = &nothing
	}
	return sameField(&u.Record, base, cur)
}
