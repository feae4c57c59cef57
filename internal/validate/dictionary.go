package validate

import (
	"strconv"
	"unicode/utf8"

	"github.com/semsync/semsync/internal/metadata"
)

// inDictionary is the same remedy as an entry of a dictionary file, behind a statement: a remark to SQL, one line of YAML
// to people. Where nobody can guess the value it writes a list, which the file's check refuses. It is empty for names
// that no file can hold.
func inDictionary(id metadata.TableID, field, column, value string) string {
	for _, text := range []string{id.Source, id.Database, id.Name, field, value} {
		if !utf8.ValidString(text) {
			return ""
		}
	}
	entry := strconv.QuoteToASCII(value)
	switch {
	case blank(value):
		entry = "[" + column + "]"
	case column == "tags":
		entry = "[" + entry + "]"
	}
	entry = column + ": " + entry
	if field != "" {
		entry = "fields: [{name: " + strconv.QuoteToASCII(field) + ", " + entry + "}]"
	}
	name := strconv.QuoteToASCII(metadata.Reference{TableID: id}.String())
	return " -- in the dictionary: tables: {" + name + ": {" + entry + "}}"
}
