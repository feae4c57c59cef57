package metadata

import "time"

// Declared is what definition files say about one table. Nil attributes say nothing.
type Declared struct {
	Table  *Attributes            `json:"table,omitempty"`
	Fields map[string]*Attributes `json:"fields,omitempty"` // by name
	// Notes are what the files say about fields beside what is merged, by name.
	Notes map[string]FieldNote `json:"notes,omitempty"`
}

// FieldNote is what a file says about a field beside its attributes.
type FieldNote struct {
	Type           string    `json:"type,omitempty"` // as the file names it, in any spelling
	LastManualEdit time.Time `json:"last_manual_edit,omitzero"`
	EditedBy       string    `json:"edited_by,omitempty"`
	// Where is the file and the line; it is not kept, and makes no difference to what is declared.
	Where string `json:"-"`
}

// DeclaredTable is one table of the definition files.
type DeclaredTable struct {
	// Digest of the declaration in hex; it is the same for the same content, whatever the files look like.
	Digest   string
	Declared Declared
}

// Definitions are all that definition files say. A table without a source
// stands for the tables of that name in all sources that have no entry of their own.
type Definitions struct {
	Tables        map[TableID]DeclaredTable
	Terms         []Term // by name
	Policies      []Policy
	Relationships []Relationship
	Lineage       []LineageEdge
	Dependencies  []Dependency // between tables, as the files name them
	Digest        string       // of everything, in hex
}

// Provenance says who put a row into the layer, and so who may take it out.
type Provenance string

// The provenances. A row with any other one counts as a person's.
const (
	FromPeople      Provenance = "manual"      // by SQL; never touched
	FromDefinitions Provenance = "definitions" // by definition files, which replace and delete it
	FromSource      Provenance = "source"      // by a foreign key of the source
	FromProposal    Provenance = "proposed"    // by a guess that nobody confirmed
)

// Term is one business term.
type Term struct {
	Name          string
	Abbreviation  string
	Definition    string
	Owner         string
	RelatedFields []string // references, sorted
	BusinessRule  string
	LastReviewed  time.Time // zero when it was not
}

// Policy is one rule that governs a table, a field, or everything.
type Policy struct {
	On          Reference // zero for everything
	Policy      string    // such as retention_days
	Value       string
	Owner       string
	Description string
}

// Cardinality says how many rows meet how many.
type Cardinality string

// The cardinalities, read from the first field to the second.
const (
	OneToOne   Cardinality = "one_to_one"
	OneToMany  Cardinality = "one_to_many"
	ManyToOne  Cardinality = "many_to_one"
	ManyToMany Cardinality = "many_to_many"
)

// Criticality says how much hangs on something.
type Criticality string

// The criticalities.
const (
	CriticalityLow      Criticality = "low"
	CriticalityMedium   Criticality = "medium"
	CriticalityHigh     Criticality = "high"
	CriticalityCritical Criticality = "critical"
)

// Relationship says that two fields belong together.
type Relationship struct {
	Name        string
	From, To    Reference
	Type        string // such as foreign_key
	Cardinality Cardinality
	JoinLogic   string
	Description string
	Criticality Criticality
	Origin      Provenance
	Confidence  float64 // 0 to 1; 0 when nobody said
	Evidence    string  // why it was proposed
}

// LineageEdge says that one field is made from another.
type LineageEdge struct {
	Name           string
	From, To       Reference // from the origin to what is made of it
	Transformation string
	Description    string
	Criticality    Criticality
}

// Dependency says that one table feeds, or is referenced by, another.
type Dependency struct {
	From, To Reference // To depends on From
	Type     string    // lineage, declared, or the relationship's type
}

// Impact says what a change of a field or table reaches.
type Impact struct {
	Changed, Affected string // references
	Distance          int    // steps, from 1
	Level             string // field or table
	Criticality       Criticality
}
