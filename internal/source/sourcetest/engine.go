package sourcetest

import (
	"testing"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// SourceName is the name under which every reader of the suite is opened.
const SourceName = "src"

// Database is a fresh, empty database.
type Database struct {
	// Name is the database as it stands in metadata.TableID. Statements that
	// do not qualify their tables work in it.
	Name string
	// Connect opens a reader of the source called SourceName; its cleanup is
	// Connect's business. The user must be the one of Exec.
	Connect func(source.Limiter) source.Reader
	// Exec runs one statement and fails the test where it fails. It must not
	// use a reader's connection.
	Exec func(statement string)
	// Value gives the only value of a query's only row as text.
	Value func(query string) string
}

// Engine says how a reader is tested. Fields without a mark are required.
type Engine struct {
	// Open makes a fresh, empty database that is gone when the test ends.
	Open func(t *testing.T) Database
	// Quote quotes one identifier.
	Quote func(name string) string
	// Accepts says whether the engine allows a name for tables, columns and
	// keys. Optional: nil means that every name of the suite is allowed.
	Accepts func(name string) bool
	// Integer is how the engine prints the type of a column declared as int.
	Integer string
	// TimeType is a column type for a date and time that takes the literal
	// '2024-05-06 07:08:09.123456' for that time in UTC.
	TimeType string
	// MaxColumns is how many columns of type int a table can have.
	MaxColumns int

	FoldsCase       bool // names that differ in nothing but case are the same
	KeyNames        bool // unique and foreign keys keep their names
	StableIDs       bool // tables and columns have object ids that outlive a rename
	UniqueIndexKeys bool // CREATE UNIQUE INDEX makes a unique key, which is no index beside it
	IndexMethods    bool // indexes on expressions can be made with CREATE INDEX i ON t ((a + b))
	TableComments   int  // longest comment on a table in bytes, up to 1 MB; 0 where there is none
	FieldComments   int  // longest comment on a column in bytes, up to 1 MB; 0 where there is none

	// Columns are declarations and what must be read of them. They are made
	// as columns of one table, after ColumnSetup. Use them for every kind of
	// default, identity, generated column and unusual type.
	Columns     []Column
	ColumnSetup []string // optional

	// Objects are the kinds of object that this engine has beyond tables and views.
	Objects []Object // optional

	// AcceptsComment says whether the engine can keep a comment. Optional: nil
	// means that it keeps every comment of the suite.
	AcceptsComment func(comment string) bool
	// CommentOnTable and CommentOnColumn give the statement that sets a
	// comment; the column is a nullable int. Required where there are comments.
	CommentOnTable  func(table, comment string) string
	CommentOnColumn func(table, column, comment string) string

	// Analyze gives the statement that makes the engine count a table's rows.
	// Optional: nil where it keeps no estimate.
	Analyze func(table string) string
	// BrokenView gives the statements that make a view of this name that no
	// longer compiles. Optional: nil where the engine does not let one be made.
	BrokenView func(name string) []string
	// AddDatabase makes one more database that the same source covers, and
	// gives its name as it stands in metadata.TableID; qualified names reach
	// it. Optional: nil where a source has only one.
	AddDatabase func(t *testing.T, db Database) string
	// Block holds something that every Discover and Read must wait for until
	// the returned function is called. Optional.
	Block func(t *testing.T, db Database) (unblock func())
	// BlockTable is Block for the rows of one table: every Sample of it must wait.
	BlockTable func(t *testing.T, db Database, table string) (unblock func())
	// RowsRead is how many rows of a table the server has read for anybody so far,
	// after all readers are closed. Optional: nil where it does not count.
	RowsRead func(t *testing.T, db Database, table string) int64
	// Deny opens a reader that sees the table and may not select from it.
	// Optional: nil where there are no permissions.
	Deny func(t *testing.T, db Database, table string) source.Reader
	// BadValue makes a table t whose only row cannot be turned into text, so that
	// the server fails and says "canary". Optional.
	BadValue []string
	// Refused are connections that cannot be made.
	Refused []Refusal
	// Alterations are further statements on the table t (id int, name of the
	// engine's free choice) that must each move the change token. Optional.
	Alterations []string
}

// Column is one column of a table and what must be read of it. Name, Ordinal
// and ObjectID of Want are left empty.
type Column struct {
	SQL  string // type and constraints, without the name
	Want metadata.Field
}

// Object is one kind of object.
type Object struct {
	Name         string // of the object
	Setup        []string
	Kind         metadata.TableKind
	Partitioning string   // as the engine prints it
	Fields       []string // names, in order
}

// Refusal is a connection that must be refused.
type Refusal struct {
	Name string
	// Open opens the reader. Where it succeeds, Discover must fail.
	Open   func(t *testing.T) (source.Reader, error)
	Kind   metadata.FaultKind
	Class  metadata.FaultClass
	Secret string // must not be in the error's text
}

func (e Engine) accepts(name string) bool { return e.Accepts == nil || e.Accepts(name) }

// text quotes a string literal of the SQL standard that holds no backslash.
func text(s string) string {
	out := make([]byte, 0, len(s)+2)
	out = append(out, '\'')
	for i := range len(s) {
		if s[i] == '\'' {
			out = append(out, '\'')
		}
		out = append(out, s[i])
	}
	return string(append(out, '\''))
}
