package metadata

import "time"

// Origin says where a description came from, which decides its authority.
type Origin string

// The origins, strongest first.
const (
	OriginManual     Origin = "manual"     // a person wrote it in the layer
	OriginDictionary Origin = "dictionary" // a definition file declares it
	OriginSource     Origin = "source"     // the database's own comment
	OriginAuto       Origin = "auto"       // worked out by rules
	OriginNone       Origin = ""
)

// Attributes are the parts of a field's or a table's record that people may
// edit. The zero value of each means "not set" and is NULL in the layer.
type Attributes struct {
	Description        string   `json:"description,omitempty"`
	Tags               []string `json:"tags,omitempty"` // sorted, no duplicates
	SemanticType       string   `json:"semantic_type,omitempty"`
	BusinessTerm       string   `json:"business_term,omitempty"`
	IsPII              *bool    `json:"is_pii,omitempty"`
	PIICategory        string   `json:"pii_category,omitempty"`
	Owner              string   `json:"owner,omitempty"`
	StewardEmail       string   `json:"steward_email,omitempty"`
	DataClassification string   `json:"data_classification,omitempty"`
	ValidValues        []string `json:"valid_values,omitempty"`
	RefreshCadence     string   `json:"refresh_cadence,omitempty"` // tables only
}

// FieldRecord is one row of field_metadata.
type FieldRecord struct {
	Table    TableID
	Name     string
	Ordinal  int
	DataType string
	Nullable bool
	ObjectID string
	Attributes
	Origin     Origin  // of the description
	Confidence float64 // 0 to 1, of what was generated; 0 when nothing was
	Evidence   string  // why it was generated so
	// Base is what semsync last wrote into Attributes. A difference between the
	// two is a person's edit. Nil when semsync never wrote the row.
	Base    *Attributes
	Removed bool // the source no longer has the field
}

// TableRecord is one row of table_metadata.
type TableRecord struct {
	ID       TableID
	Kind     TableKind
	ObjectID string
	Attributes
	Origin        Origin
	Confidence    float64
	Evidence      string
	EstimatedRows int64 // -1 when unknown
	Base          *Attributes
	Removed       bool
}

// TableState is what delta detection remembers of a table's last sync.
type TableState struct {
	ID          TableID
	ObjectID    string
	Fingerprint string
	// Method names how the state was made, with its options, so that a changed
	// method makes the table changed once.
	Method       string
	LastModified time.Time // zero when unknown
	Version      string
}

// ChangeStatus is what became of a change.
type ChangeStatus string

// The statuses of a change.
const (
	ChangePlanned    ChangeStatus = "planned"     // of a dry run: never written
	ChangeApplied    ChangeStatus = "applied"     // written when it was made
	ChangePending    ChangeStatus = "pending"     // waits for a person
	ChangeApproved   ChangeStatus = "approved"    // waited, and was written
	ChangeRejected   ChangeStatus = "rejected"    // waited, and will not be written
	ChangeRolledBack ChangeStatus = "rolled_back" // was written, and was put back
)

// Held says why a change is pending.
type Held string

// The reasons for which changes are held.
const (
	HeldForApproval Held = "approval" // the configuration asks for a person's agreement; its run waits
	HeldAsConflict  Held = "conflict" // a person and semsync changed the same thing; nothing else waits for it
	HeldAsRename    Held = "rename"   // what is new may be what is gone; nothing else waits for it, and later runs leave it
)

// Change is one attribute of one field or table going from an old to a new
// value. A new table is a single change whose new value is its content.
type Change struct {
	Table      TableID
	Field      string // "" for the table itself
	Attribute  string // "created", "removed", "restored", "renamed", "data_type", "description", …
	Old, New   string // text or JSON; "" for none
	Confidence float64
	Reason     string

	// Of a change that waits:
	Held    Held   // "" for one that does not
	Content []byte // JSON of the rows to write, for those that a value does not tell; nil else

	// What the log knows of it; zero until it is there.
	ID        int64
	Status    ChangeStatus
	At        time.Time
	DecidedBy string
	Comment   string
}

// Object names what is changed as source:database.table or source:database.table.field.
func (c *Change) Object() string {
	if c.Field == "" {
		return c.Table.Qualified()
	}
	return c.Table.Qualified() + "." + c.Field
}
