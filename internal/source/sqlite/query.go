package sqlite

import (
	_ "embed" // for the questions
	"strings"
)

// The questions, one file each, as a DBA can paste them.
var (
	//go:embed query/tables.sql
	tablesSQL string
	//go:embed query/columns.sql
	columnsSQL string
	//go:embed query/foreign_keys.sql
	foreignKeysSQL string
	//go:embed query/indexes.sql
	indexesSQL string
	//go:embed query/estimates.sql
	estimatesSQL string
	//go:embed query/schema.sql
	schemaSQL string
	//go:embed query/sample.sql
	sampleSQL string
)

const (
	// namesMark stands in a question where a limit to some names goes.
	namesMark = "/* names */"
	// order is how a question orders names.
	order = "ORDER BY name"
	// utf8Bytes is the collation that orders names by their bytes in UTF-8.
	// SQLite's own goes by the bytes of the database's encoding.
	utf8Bytes = "semsync_utf8_bytes"
)

// names are the tables that a question is asked about.
type names struct {
	utf16 bool     // the encoding of the database
	some  []string // only these; nil for all
	after *string  // only those that come after this one; nil for all
}

// apply puts the limits into a question and gives its arguments.
func (n names) apply(question string) (text string, arguments []any) {
	var (
		condition string
		collation string
	)
	if n.utf16 {
		collation = " COLLATE " + utf8Bytes
	}
	if n.some != nil {
		condition += " AND name IN (SELECT value FROM json_each(?))"
		arguments = append(arguments, jsonArray(n.some))
	}
	if n.after != nil {
		condition += " AND name" + collation + " > ?"
		arguments = append(arguments, *n.after)
	}
	text = strings.Replace(question, namesMark, condition, 1)
	return strings.Replace(text, order, order+collation, 1), arguments
}

// jsonArray writes names as they are. Package json would replace the bytes
// that are not UTF-8.
func jsonArray(names []string) string {
	const hex = "0123456789abcdef"
	var text strings.Builder
	text.WriteByte('[')
	for i, name := range names {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteByte('"')
		for _, b := range []byte(name) {
			switch {
			case b == '"' || b == '\\':
				text.WriteByte('\\')
				text.WriteByte(b)
			case b < ' ':
				text.WriteString(`\u00`)
				text.WriteByte(hex[b>>4])
				text.WriteByte(hex[b&15])
			default:
				text.WriteByte(b)
			}
		}
		text.WriteByte('"')
	}
	text.WriteByte(']')
	return text.String()
}

// quote makes an identifier of a name.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
