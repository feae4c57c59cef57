package merge

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// Refusal is a change that cannot be made or taken back any more, and why.
type Refusal struct {
	Change *metadata.Change
	Why    string
}

// Revision is what a person's decision on changes of one table comes to.
type Revision struct {
	Table       *metadata.TableRecord // nil when its row stays as it is
	Insert      []metadata.FieldRecord
	Update      []FieldUpdate
	Delete      []string // fields whose rows go
	DeleteTable bool     // the table's row goes
	Former      []Former // tables whose rows go, since this one has taken over what was known of them
	Settled     []*metadata.Change
	Refused     []Refusal
}

// Apply makes changes that waited. Each is made exactly as it was shown, or refused where what it
// was to replace is not there any more. former is what the layer has under the names that the table is thought to have had,
// as proposed renamings write them.
func Apply(table *metadata.TableRecord, fields []metadata.FieldRecord, changes []metadata.Change, former map[string]Former) (Revision, error) {
	r := newReviser(table, fields)
	r.former = former
	for i := range changes {
		if err := r.step(&changes[i], r.apply); err != nil {
			return Revision{}, err
		}
	}
	return r.result(), nil
}

// Reject remembers that a person did not want changes: what the layer holds counts as the person's own choice
// from now on, so that the same value is not proposed again.
func Reject(table *metadata.TableRecord, fields []metadata.FieldRecord, changes []metadata.Change) (Revision, error) {
	r := newReviser(table, fields)
	for i := range changes {
		if err := r.step(&changes[i], r.reject); err != nil {
			return Revision{}, err
		}
	}
	return r.result(), nil
}

// Revert takes back changes that were made, the last first. What it puts back counts as a person's
// choice, so that the next run leaves it alone. Where something else is there by now, it refuses.
func Revert(table *metadata.TableRecord, fields []metadata.FieldRecord, changes []metadata.Change) (Revision, error) {
	r := newReviser(table, fields)
	for i := range slices.Backward(changes) {
		if err := r.step(&changes[i], r.revert); err != nil {
			return Revision{}, err
		}
	}
	return r.result(), nil
}

// reviser has the rows of one table while a decision is carried out.
type reviser struct {
	table  *metadata.TableRecord // nil: there is none
	had    bool                  // there was one before
	dirty  bool
	fields []*revised
	former map[string]Former
	out    Revision
}

type revised struct {
	metadata.FieldRecord
	old   string // its key; "" for a new row
	dirty bool
	gone  bool
}

func newReviser(table *metadata.TableRecord, fields []metadata.FieldRecord) *reviser {
	r := &reviser{had: table != nil}
	if table != nil {
		t := *table
		t.Base = copyOf(t.Base)
		r.table = &t
	}
	for i := range fields {
		f := &revised{FieldRecord: fields[i], old: fields[i].Name}
		f.Base = copyOf(f.Base)
		r.fields = append(r.fields, f)
	}
	return r
}

func copyOf(a *metadata.Attributes) *metadata.Attributes {
	if a == nil {
		return nil
	}
	c := *a
	return &c
}

// step makes one change and notes whether it was refused. A change that is refused has done nothing.
func (r *reviser) step(c *metadata.Change, do func(*metadata.Change) (string, error)) error {
	why, err := do(c)
	switch {
	case err != nil:
		return fmt.Errorf("%s of %s: %w", c.Attribute, c.Object(), err)
	case why != "":
		r.out.Refused = append(r.out.Refused, Refusal{Change: c, Why: why})
	default:
		r.out.Settled = append(r.out.Settled, c)
	}
	return nil
}

func (r *reviser) result() Revision {
	out := r.out
	if r.dirty {
		out.Table = r.table
	}
	out.DeleteTable = r.had && r.table == nil
	for _, f := range r.fields {
		switch {
		case f.gone && f.old != "":
			out.Delete = append(out.Delete, f.old)
		case f.gone || !f.dirty:
		case f.old == "":
			out.Insert = append(out.Insert, f.FieldRecord)
		default:
			out.Update = append(out.Update, FieldUpdate{Record: f.FieldRecord, OldName: f.old})
		}
	}
	return out
}

func (r *reviser) field(name string) *revised {
	for _, f := range r.fields {
		if f.Name == name && !f.gone {
			return f
		}
	}
	return nil
}

// row is what attributes of a field or of the table have in common.
type row struct {
	attributes *metadata.Attributes
	base       **metadata.Attributes
	origin     *metadata.Origin
	confidence *float64
	evidence   *string
	removed    *bool
	dirty      *bool
	field      *revised // nil for the table
}

func (r *reviser) row(c *metadata.Change) (row, string) {
	if c.Field == "" {
		if r.table == nil {
			return row{}, "the table is not in the layer"
		}
		t := r.table
		return row{&t.Attributes, &t.Base, &t.Origin, &t.Confidence, &t.Evidence, &t.Removed, &r.dirty, nil}, ""
	}
	f := r.field(c.Field)
	if f == nil {
		return row{}, "the field is not in the layer"
	}
	return row{&f.Attributes, &f.Base, &f.Origin, &f.Confidence, &f.Evidence, &f.Removed, &f.dirty, f}, ""
}

func (r *reviser) apply(c *metadata.Change) (string, error) {
	switch {
	case c.Attribute == "created":
		return r.create(c)
	case c.Attribute == "restored" && c.Content != nil:
		return r.restore(c)
	case IsProposedTable(c):
		return r.takeOver(c), nil
	case c.Held == metadata.HeldAsRename:
		return r.join(c.Old, c.New), nil
	case c.Attribute == "renamed" && c.Field != "":
		return r.rename(c.Old, c.New), nil
	}
	at, why := r.row(c)
	if why != "" {
		return why, nil
	}
	if at.field != nil && *at.removed && c.Attribute != "restored" && c.Attribute != "removed" {
		return "the field has been removed since", nil
	}
	if now, known := at.get(c.Attribute, r.table); known && now != c.Old {
		return moved(now, c.Old), nil
	}
	*at.dirty = true
	return "", at.put(c, r.table, c.New, true)
}

func moved(now, then string) string {
	return fmt.Sprintf("it is %s now, and was %s when the change was made", shown(now), shown(then))
}

func shown(v string) string {
	if v == "" {
		return "empty"
	}
	return strconv.Quote(v)
}

// create writes rows that waited.
func (r *reviser) create(c *metadata.Change) (string, error) {
	var rows created
	if err := json.Unmarshal(c.Content, &rows); err != nil {
		return "", fmt.Errorf("read the rows that wait: %w", err)
	}
	if c.Field == "" && r.table != nil && r.table.Base != nil {
		return "the table has come into the layer since", nil
	}
	for i := range rows.Insert {
		if r.field(rows.Insert[i].Name) != nil {
			return "the field " + strconv.Quote(rows.Insert[i].Name) + " has come into the layer since", nil
		}
	}
	for i := range rows.Update {
		if f := r.field(rows.Update[i].OldName); f == nil || f.Base != nil || !sameAttributes(&f.Attributes, withoutNew(&rows.Update[i].Record, &f.FieldRecord)) {
			return "the field " + strconv.Quote(rows.Update[i].OldName) + " has changed since", nil
		}
	}
	if rows.Table != nil {
		r.table, r.dirty = rows.Table, true
	}
	for i := range rows.Insert {
		r.fields = append(r.fields, &revised{FieldRecord: rows.Insert[i], dirty: true})
	}
	for i := range rows.Update {
		f := r.field(rows.Update[i].OldName)
		f.FieldRecord, f.dirty = rows.Update[i].Record, true
	}
	return "", nil
}

// withoutNew gives what a person had written of a record that semsync completed: the values that stand in the row now where
// the record has any.
func withoutNew(rec, now *metadata.FieldRecord) *metadata.Attributes {
	out := rec.Attributes
	for a := range attributes {
		if a.get(&now.Attributes) == "" {
			a.take(&out, &now.Attributes)
		}
	}
	return &out
}

// restore brings a table back with those of its fields that come back with it.
func (r *reviser) restore(c *metadata.Change) (string, error) {
	var rows created
	if err := json.Unmarshal(c.Content, &rows); err != nil {
		return "", fmt.Errorf("read the rows that wait: %w", err)
	}
	if r.table == nil || !r.table.Removed {
		return "the table is not marked removed any more", nil
	}
	r.table.Removed, r.dirty = false, true
	for i := range rows.Update {
		if f := r.field(rows.Update[i].OldName); f != nil && !rows.Update[i].Record.Removed {
			f.Removed, f.dirty = false, true
		}
	}
	return "", nil
}

func (r *reviser) rename(from, to string) string {
	f := r.field(from)
	switch {
	case f == nil:
		return "there is no field " + strconv.Quote(from)
	case r.field(to) != nil:
		return "there is a field " + strconv.Quote(to) + " already"
	}
	f.Name, f.dirty = to, true
	return ""
}

// reject makes the refused value semsync's last word, so that what stands there is a person's.
func (r *reviser) reject(c *metadata.Change) (string, error) {
	a, ok := attributeOf(c.Attribute)
	at, why := r.row(c)
	if !ok || why != "" {
		return "", nil
	}
	*at.dirty = true
	if *at.base == nil {
		*at.base = &metadata.Attributes{}
	}
	if a == tags {
		return "", rejectTags(*at.base, c)
	}
	return "", a.set(*at.base, c.New)
}

// rejectTags does so tag by tag: those that would have come count as taken away, those that would have gone as added.
func rejectTags(base *metadata.Attributes, c *metadata.Change) error {
	var before, after []string
	if err := errors.Join(setList(&before, c.Old), setList(&after, c.New)); err != nil {
		return err
	}
	var kept []string
	for _, t := range slices.Concat(base.Tags, after) {
		came, goes := slices.Contains(after, t), slices.Contains(before, t) && !slices.Contains(after, t)
		if !goes && (came && !slices.Contains(before, t) || slices.Contains(base.Tags, t)) {
			kept = append(kept, t)
		}
	}
	slices.Sort(kept)
	base.Tags = slices.Compact(kept)
	return nil
}

func (r *reviser) revert(c *metadata.Change) (string, error) {
	switch {
	case c.Attribute == "created":
		return r.uncreate(c), nil
	case c.Held == metadata.HeldAsRename:
		return "a renaming that was agreed to is not taken back", nil
	case c.Attribute == "verified_by":
		return "what a definition file says of who looked at it is not taken back", nil
	case c.Attribute == "renamed" && c.Field != "":
		return r.rename(c.New, c.Old), nil
	case c.Attribute == "renamed" || c.Attribute == "replaced":
		return "a renaming in the source is not taken back", nil
	}
	at, why := r.row(c)
	if why != "" {
		return why, nil
	}
	if now, known := at.get(c.Attribute, r.table); known && now != c.New {
		return moved(now, c.New), nil
	}
	*at.dirty = true
	if c.Field == "" && (c.Attribute == "removed" || c.Attribute == "restored") {
		r.bring(c.Attribute == "restored")
	}
	return "", at.put(c, r.table, c.Old, false)
}

// bring marks all fields as the table is marked.
func (r *reviser) bring(removed bool) {
	for _, f := range r.fields {
		if f.Removed != removed {
			f.Removed, f.dirty = removed, true
		}
	}
}

// uncreate deletes what a change made, when it still is as that made it.
func (r *reviser) uncreate(c *metadata.Change) string {
	if c.Field != "" {
		f := r.field(c.Field)
		if f == nil {
			return "the field is not in the layer"
		}
		if string(appendField(nil, &f.FieldRecord)) != c.New {
			return "the field has been changed since"
		}
		f.gone = true
		return ""
	}
	if r.table == nil {
		return "the table is not in the layer"
	}
	if r.content() != c.New {
		return "the table or one of its fields has been changed since"
	}
	r.table = nil
	r.dirty = false
	for _, f := range r.fields {
		f.gone = true
	}
	return ""
}

// content tells of the table as reportTable does.
func (r *reviser) content() string {
	list := make([]*revised, 0, len(r.fields))
	for _, f := range r.fields {
		if !f.gone {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *revised) int { return a.Ordinal - b.Ordinal })
	fields := make([]metadata.FieldRecord, len(list))
	for i, f := range list {
		fields[i] = f.FieldRecord
	}
	return tableContent(r.table, fields)
}

// get gives what a change of the attribute would have as its old value; known is false where that is not compared.
func (at row) get(name string, table *metadata.TableRecord) (value string, known bool) {
	if a, ok := attributeOf(name); ok {
		return a.get(at.attributes), true
	}
	switch {
	case name == "kind":
		return string(table.Kind), true
	case name == "data_type" && at.field != nil:
		return at.field.DataType, true
	default:
		return "", false
	}
}

// put sets the value of a change. base makes it semsync's own word.
func (at row) put(c *metadata.Change, table *metadata.TableRecord, value string, base bool) (err error) {
	if a, ok := attributeOf(c.Attribute); ok {
		return at.putAttribute(a, c, value, base)
	}
	switch c.Attribute {
	case "removed":
		*at.removed = base
	case "restored":
		*at.removed = !base
	case "kind":
		table.Kind = metadata.TableKind(value)
	case "data_type":
		at.field.DataType = value
	case "is_nullable":
		at.field.Nullable, err = strconv.ParseBool(value)
	case "ordinal":
		at.field.Ordinal, err = strconv.Atoi(value)
	case "confidence":
		*at.confidence = 0
		if value != "" {
			*at.confidence, err = strconv.ParseFloat(value, 64)
		}
	case "evidence":
		*at.evidence = value
	case "description_origin":
		*at.origin = metadata.Origin(value)
	}
	return err
}

func (at row) putAttribute(a attribute, c *metadata.Change, value string, base bool) error {
	if err := a.set(at.attributes, value); err != nil {
		return err
	}
	if base {
		if *at.base == nil {
			*at.base = &metadata.Attributes{}
		}
		a.take(*at.base, at.attributes)
	}
	if a != description {
		return nil
	}
	switch {
	case value == "":
		*at.origin = metadata.OriginNone
	case base:
		*at.origin = originOf(c.Reason)
	default:
		*at.origin = metadata.OriginManual
	}
	return nil
}

// originOf reads the origin of a change's new value from its reason.
func originOf(reason string) metadata.Origin {
	if _, own, ok := strings.Cut(reason, "; "); ok && strings.HasPrefix(reason, "conflict: ") {
		reason = own
	}
	switch {
	case strings.HasPrefix(reason, reasonDeclared):
		return metadata.OriginDictionary
	case strings.HasPrefix(reason, reasonComment):
		return metadata.OriginSource
	case strings.HasPrefix(reason, reasonGenerated):
		return metadata.OriginAuto
	default:
		return metadata.OriginManual
	}
}
