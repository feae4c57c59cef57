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

// Change is one attribute of one field or table going from an old to a new
// value. A new table is a single change whose new value is its content.
type Change struct {
	Table      TableID
	Field      string // "" for the table itself
	Attribute  string // "created", "removed", "restored", "renamed", "data_type", "description", …
	Old, New   string // text or JSON; "" for none
	Confidence float64
	Reason     string
}
