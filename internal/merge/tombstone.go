package merge

import "github.com/semsync/semsync/internal/metadata"

// Tombstone marks a table that is gone from its source, and its live fields, as
// removed. Nothing of what is known of them is lost, and it is one change. A
// table that is marked already gives no change. A nil table marks the fields only.
func (m *Merger) Tombstone(table *metadata.TableRecord, fields []metadata.FieldRecord) (Output, error) {
	out := tombstone(table, fields)
	return out, m.hold(&Input{CurrentTable: table, CurrentFields: fields}, &out)
}

func tombstone(table *metadata.TableRecord, fields []metadata.FieldRecord) Output {
	var out Output
	for i := range fields {
		if fields[i].Removed {
			continue
		}
		rec := fields[i]
		rec.Removed = true
		out.Update = append(out.Update, FieldUpdate{Record: rec, OldName: rec.Name})
	}
	if table == nil {
		return out
	}
	out.Table = *table
	if !table.Removed {
		out.Table.Removed, out.TableDirty = true, true
		out.Changes = []metadata.Change{{Table: table.ID, Attribute: "removed", Reason: reasonRemoved}}
	}
	return out
}
