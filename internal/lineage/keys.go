package lineage

import (
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// TypeForeignKey is the type of a relationship that the source's own key declares.
const TypeForeignKey = "foreign_key"

// ForeignKeys gives a relationship for each field of each foreign key of a table. The
// relationships of a key of several fields share its name and its join logic. primary gives the primary key of
// another table, for engines that imply it; where nobody knows it (nil, or another number of fields) the key is left out.
func ForeignKeys(t *metadata.Table, primary func(metadata.TableID) []string) []metadata.Relationship {
	var out []metadata.Relationship
	for i := range t.Keys {
		key := &t.Keys[i]
		if key.Kind != metadata.KeyForeign {
			continue
		}
		targets := targetsOf(t, key, primary)
		if len(targets) == 0 || len(targets) != len(key.Fields) {
			continue
		}
		out = append(out, relate(t, key, targets)...)
	}
	return out
}

func targetsOf(t *metadata.Table, key *metadata.Key, primary func(metadata.TableID) []string) []string {
	switch {
	case len(key.RefFields) > 0:
		return key.RefFields
	case key.RefTable == t.ID:
		return primaryOf(t)
	case primary != nil:
		return primary(key.RefTable)
	default:
		return nil
	}
}

func primaryOf(t *metadata.Table) []string {
	for i := range t.Keys {
		if t.Keys[i].Kind == metadata.KeyPrimary {
			return t.Keys[i].Fields
		}
	}
	return nil
}

func relate(t *metadata.Table, key *metadata.Key, targets []string) []metadata.Relationship {
	cardinality := metadata.ManyToOne
	if Unique(t, key.Fields) {
		cardinality = metadata.OneToOne
	}
	out := make([]metadata.Relationship, 0, len(targets))
	joins := make([]string, len(targets))
	for i, field := range key.Fields {
		from := metadata.Reference{TableID: t.ID, Field: field}
		to := metadata.Reference{TableID: key.RefTable, Field: targets[i]}
		joins[i] = from.Unqualified().String() + " = " + to.Unqualified().String()
		if from == to {
			continue // a field that refers to itself says nothing
		}
		out = append(out, metadata.Relationship{
			Name: key.Name, From: from, To: to, Type: TypeForeignKey, Cardinality: cardinality, Origin: metadata.FromSource, Confidence: 1,
		})
	}
	for i := range out {
		out[i].JoinLogic = strings.Join(joins, " AND ")
	}
	return out
}

// Unique reports whether no two rows of the table share the values of the fields, because of a key or of
// an index over all rows.
func Unique(t *metadata.Table, fields []string) bool {
	for i := range t.Keys {
		if k := &t.Keys[i]; k.Kind != metadata.KeyForeign && within(k.Fields, fields) {
			return true
		}
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		partial := strings.Contains(strings.ToUpper(ix.Definition), " WHERE ")
		if ix.Unique && !partial && within(ix.Fields, fields) {
			return true
		}
	}
	return false
}

// within reports whether all fields of a key are among some fields. An expression is not.
func within(key, fields []string) bool {
	for _, f := range key {
		if f == "" || !slices.Contains(fields, f) {
			return false
		}
	}
	return len(key) > 0
}
