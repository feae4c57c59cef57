package metadata

import (
	"cmp"
	"strings"
	"time"
)

// TableID names a table, view or the like. Its parts are opaque bytes as the
// source gave them: they may hold dots, quotes and spaces.
type TableID struct {
	Source   string `json:"source_name"`   // name of the configured source
	Database string `json:"database_name"` // schema in PostgreSQL, database in MySQL, main or the attached name in SQLite
	Name     string `json:"table_name"`
}

// String gives database.table, the form that people write.
func (id TableID) String() string { return id.Database + "." + id.Name }

// Qualified gives source:database.table, which is unambiguous between sources.
func (id TableID) Qualified() string { return id.Source + ":" + id.String() }

// Compare orders by source, database and name in byte order, the order in
// which sources and the layer stream tables.
func (id TableID) Compare(other TableID) int {
	return cmp.Or(
		strings.Compare(id.Source, other.Source),
		strings.Compare(id.Database, other.Database),
		strings.Compare(id.Name, other.Name),
	)
}

// TableKind says what sort of relation a table is.
type TableKind string

// The kinds of table.
const (
	KindTable            TableKind = "table"
	KindView             TableKind = "view"
	KindMaterializedView TableKind = "materialized_view"
	KindForeignTable     TableKind = "foreign_table"
	KindPartitionedTable TableKind = "partitioned_table"
	KindPartition        TableKind = "partition"
)

// Table is the structure of one table as its source describes it.
type Table struct {
	ID       TableID
	ObjectID string // the engine's stable id of the table, "" where it has none
	Kind     TableKind
	Comment  string
	// EstimatedRows is the engine's own estimate; -1 when it has none.
	EstimatedRows int64
	// LastModified is the time the engine keeps for the last change; zero when it keeps none.
	LastModified time.Time
	// Partitioning is the partition key or bound as the engine prints it, "" when not partitioned.
	Partitioning string
	Fields       []Field // by Ordinal
	Keys         []Key   // by Kind, then Name
	Indexes      []Index // by Name
}

// Field is one column.
type Field struct {
	Name     string
	Ordinal  int    // position from 1, without gaps for dropped columns
	ObjectID string // the engine's stable id of the column within its table, "" where it has none
	DataType string // as the engine prints it
	Nullable bool
	Default  string // the expression as the engine prints it, "" when none
	Comment  string
	Identity Identity
}

// Identity says where a field's value comes from when a statement gives none.
type Identity string

// The ways in which an engine fills a column by itself.
const (
	IdentityNone      Identity = ""
	IdentityAlways    Identity = "identity_always"
	IdentityByDefault Identity = "identity_by_default" // AUTO_INCREMENT and SQLite's rowid alias count as this
	GeneratedStored   Identity = "generated_stored"
	GeneratedVirtual  Identity = "generated_virtual"
)

// KeyKind says what a key declares.
type KeyKind string

// The kinds of key.
const (
	KeyPrimary KeyKind = "primary"
	KeyUnique  KeyKind = "unique"
	KeyForeign KeyKind = "foreign"
)

// Key is a primary, unique or foreign key.
type Key struct {
	Name      string
	Kind      KeyKind
	Fields    []string // in the key's order
	RefTable  TableID  // foreign keys only
	RefFields []string // foreign keys only; may be empty where the engine implies the primary key
}

// Index is one index that is more than a key's own.
type Index struct {
	Name       string
	Unique     bool
	Fields     []string // "" stands for an expression
	Definition string   // as the engine prints it, "" where it prints none
}
