package mysql

import (
	_ "embed" // for the questions
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// The questions, one file each, as a DBA can paste them.
var (
	//go:embed query/databases.sql
	databasesSQL string
	//go:embed query/tables.sql
	tablesSQL string
	//go:embed query/columns.sql
	columnsSQL string
	//go:embed query/keys.sql
	keysSQL string
	//go:embed query/indexes.sql
	indexesSQL string
	//go:embed query/partitions.sql
	partitionsSQL string
	//go:embed query/times.sql
	timesSQL string
)

// limitMark stands in a question where a limit to some tables goes.
const limitMark = "/* limit */"

// limit narrows a question. The server compares names by its own collation,
// which takes more names for equal than they are, so whoever limits also
// compares what comes back.
type limit struct {
	condition string // "" for everything
	arguments []any
}

func everything() limit { return limit{} }

func oneDatabase(name string) limit {
	return limit{condition: "AND table_schema = ?", arguments: []any{name}}
}

func someTables(ids []metadata.TableID) limit {
	arguments := make([]any, 0, 2*len(ids))
	for _, id := range ids {
		arguments = append(arguments, id.Database, id.Name)
	}
	places := strings.TrimSuffix(strings.Repeat("(?,?),", len(ids)), ",")
	return limit{condition: "AND (table_schema, table_name) IN (" + places + ")", arguments: arguments}
}

// apply puts the limit into a question.
func (l limit) apply(question string) string {
	return strings.Replace(question, limitMark, l.condition, 1)
}

// quote makes an identifier of a name.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func quoteTable(id metadata.TableID) string { return quote(id.Database) + "." + quote(id.Name) }
