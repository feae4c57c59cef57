package merge

import (
	"errors"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// Input is all that is said about one table.
type Input struct {
	Source *metadata.Table // its fields have different names
	// Meaning is what was generated. Nil means that nothing was tried, and leaves
	// what was generated before; an empty one takes it back.
	Meaning  *Meaning
	Declared Declared
	// CurrentTable is nil when the layer does not know the table. Its id is
	// another one than the source's when the table was renamed.
	CurrentTable *metadata.TableRecord
	// CurrentFields are the layer's rows of the table, removed ones too, in any order.
	CurrentFields []metadata.FieldRecord
}

// Generated is what rules worked out for a table or a field.
type Generated struct {
	metadata.Attributes
	Confidence float64 // 0 to 1
	Evidence   string
}

// Meaning is what rules worked out for a table and its fields.
type Meaning struct {
	Table Generated
	// Fields are in the order of the source's fields. Missing ones count as empty.
	Fields []Generated
}

// Declared is what definition files say.
type Declared = metadata.Declared

// Output is what has to be written.
type Output struct {
	Table      metadata.TableRecord
	TableNew   bool // the layer has no row for the table
	TableDirty bool // Table must be written
	Insert     []metadata.FieldRecord
	// Update holds changed rows only. Updates are to be written before inserts, since a
	// new field may take the name that a renamed one had.
	Update    []FieldUpdate
	Changes   []metadata.Change
	Conflicts []Conflict
	Problems  []Problem
	Fields    int // live fields
}

// FieldUpdate is a changed row. OldName is its key, which differs from the
// record's name when the field was renamed.
type FieldUpdate struct {
	Record  metadata.FieldRecord
	OldName string
}

// Resolution says what became of a conflict.
type Resolution string

// The resolutions.
const (
	Waits  Resolution = "waits"  // the edit stays until a person decides
	Kept   Resolution = "kept"   // the edit stays
	Taken  Resolution = "taken"  // semsync's own value replaced it
	Joined Resolution = "joined" // both were kept, or what they have in common
)

// Conflict is an attribute that a person and semsync changed to different values.
type Conflict struct {
	Table      metadata.TableID
	Field      string // "" for the table itself
	Attribute  string
	Base       string // text, or JSON for lists
	Current    string // what the person made of it
	Proposed   string // semsync's own value
	Origin     metadata.Origin
	Resolution Resolution
}

// Problem is something that the rules want to be heard about.
type Problem struct {
	Table     metadata.TableID
	Field     string
	Attribute string // "created", "removed", "data_type", or the attribute in conflict
	Severity  Reaction
	Message   string
}

// Fault gives the fault that the table must fail with when a rule says so, else nil.
func (o *Output) Fault() *metadata.Fault {
	var messages []string
	for _, p := range o.Problems {
		if p.Severity == Error {
			messages = append(messages, p.Message)
		}
	}
	if len(messages) == 0 {
		return nil
	}
	return &metadata.Fault{
		Kind: metadata.FaultConflict, Class: metadata.ClassInvalid, Op: "merge", Subject: o.Table.ID.String(),
		Hint: "conflict_resolution.mode and on_schema_changes decide about this",
		Err:  errors.New(strings.Join(messages, "; ")),
	}
}
