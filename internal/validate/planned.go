package validate

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/semsync/semsync/internal/metadata"
)

// Planned gives a table as it would be after the changes that a dry run planned for it; t is nil when the layer
// does not have it. What comes back is nil when there would be no table, or when the changes do not say all of
// it, as for one that comes back after it was removed.
func Planned(t *metadata.TableRecord, fields []metadata.FieldRecord, changes []metadata.Change) (*metadata.TableRecord, []metadata.FieldRecord, error) {
	p := &plan{}
	if t != nil {
		table := *t
		p.table, p.fields = &table, slices.Clone(fields)
	}
	for _, ofTable := range []bool{true, false} { // the table comes before its fields
		for i := range changes {
			c := &changes[i]
			if (c.Field == "") != ofTable {
				continue
			}
			if err := p.apply(c); err != nil {
				return nil, nil, fmt.Errorf("read the planned change %s of %s %s: %w", c.Attribute, c.Table, c.Field, err)
			}
		}
	}
	return p.table, p.fields, nil
}

// plan is a table that changes are applied to.
type plan struct {
	table  *metadata.TableRecord
	fields []metadata.FieldRecord
}

// The contents of new tables and fields, as merging reports them.
type (
	newTable struct {
		Kind metadata.TableKind `json:"kind"`
		metadata.Attributes
		Fields []newField `json:"fields"`
	}
	newField struct {
		Name string `json:"name"`
		Type string `json:"type"`
		metadata.Attributes
	}
)

func (p *plan) apply(c *metadata.Change) error {
	switch {
	case c.Field == "" && c.Attribute == "created":
		return p.create(c)
	case p.table == nil:
		return nil
	case c.Field == "" && c.Attribute == "removed":
		p.table, p.fields = nil, nil
		return nil
	case c.Field == "":
		return set(&p.table.Attributes, c)
	default:
		return p.applyField(c)
	}
}

func (p *plan) create(c *metadata.Change) error {
	var t newTable
	if err := json.Unmarshal([]byte(c.New), &t); err != nil {
		return err
	}
	p.table, p.fields = &metadata.TableRecord{ID: c.Table, Kind: t.Kind, Attributes: t.Attributes}, nil
	for i := range t.Fields {
		p.fields = append(p.fields, p.record(&t.Fields[i]))
	}
	return nil
}

func (p *plan) record(f *newField) metadata.FieldRecord {
	return metadata.FieldRecord{Table: p.table.ID, Name: f.Name, Ordinal: len(p.fields) + 1, DataType: f.Type, Attributes: f.Attributes}
}

func (p *plan) applyField(c *metadata.Change) error {
	name := c.Field
	if c.Attribute == "renamed" {
		name = c.Old
	}
	at := slices.IndexFunc(p.fields, func(f metadata.FieldRecord) bool { return f.Name == name })
	switch {
	case c.Attribute == "created":
		var f newField
		if err := json.Unmarshal([]byte(c.New), &f); err != nil {
			return err
		}
		if at < 0 {
			p.fields = append(p.fields, p.record(&f))
		}
	case at < 0:
	case c.Attribute == "removed":
		p.fields = slices.Delete(p.fields, at, at+1)
	case c.Attribute == "renamed":
		p.fields[at].Name = c.New
	default:
		return set(&p.fields[at].Attributes, c)
	}
	return nil
}

// set gives an attribute its new value; a change of anything else is left aside.
func set(a *metadata.Attributes, c *metadata.Change) error {
	raw := json.RawMessage(c.New)
	switch c.Attribute {
	case "tags", "valid_values", "is_pii":
		if c.New == "" {
			raw = json.RawMessage("null")
		}
	default:
		text, err := json.Marshal(c.New)
		if err != nil {
			return err
		}
		raw = text
	}
	member, err := json.Marshal(map[string]json.RawMessage{c.Attribute: raw})
	if err != nil {
		return err
	}
	return json.Unmarshal(member, a)
}
