package validate

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/semsync/semsync/internal/metadata"
)

// Engine is a dialect of SQL that a layer speaks.
type Engine string

// The engines of layers.
const (
	Postgres Engine = "postgres"
	SQLite   Engine = "sqlite3"
)

// SQL says how to write statements that people run on their layer.
type SQL struct {
	Engine Engine
	Tables string // the quoted name of table_metadata
	Fields string // the quoted name of field_metadata
}

func (s SQL) check() error {
	switch {
	case s.Engine != Postgres && s.Engine != SQLite:
		return fmt.Errorf("validate: no SQL for the engine %q", s.Engine)
	case s.Tables == "" || s.Fields == "":
		return errors.New("validate: the names of the layer's tables are needed")
	default:
		return nil
	}
}

// setTable is the statement that gives a table's column a value.
func (s SQL) setTable(id metadata.TableID, column, value string) string {
	return "UPDATE " + s.Tables + " SET " + s.assign(column, value) + s.where(id) + ";"
}

// setField is the statement that gives a field's column a value.
func (s SQL) setField(id metadata.TableID, field, column, value string) string {
	return "UPDATE " + s.Fields + " SET " + s.assign(column, value) + s.where(id) + " AND field_name = " + s.literal(field) + ";"
}

func (s SQL) where(id metadata.TableID) string {
	return " WHERE source_name = " + s.literal(id.Source) + " AND database_name = " + s.literal(id.Database) + " AND table_name = " + s.literal(id.Name)
}

// assign writes column = value. For a value that nobody can guess it writes
// :'column', psql's form of a variable, which no engine takes as it stands: a
// statement that is run without thought must fail, and not fill the layer with a word of ours.
func (s SQL) assign(column, value string) string {
	switch {
	case column == "tags" && s.Engine == Postgres:
		return "tags = array_append(coalesce(tags, '{}'), " + s.literal(value) + ")"
	case column == "tags":
		return "tags = json_insert(coalesce(tags, '[]'), '$[#]', " + s.literal(value) + ")"
	case blank(value):
		return column + " = :'" + column + "'"
	default:
		return column + " = " + s.literal(value)
	}
}

// literal writes a text in one line that survives a terminal and an editor: what cannot be seen is escaped.
func (s SQL) literal(text string) string {
	plain := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	hidden := !utf8.ValidString(text) || strings.ContainsFunc(text, unseen)
	switch {
	case s.Engine == SQLite && hidden:
		return "CAST(X'" + hex.EncodeToString([]byte(text)) + "' AS TEXT)"
	case s.Engine == Postgres && (hidden || strings.ContainsRune(text, '\\')):
		return escaped(text)
	default:
		return plain
	}
}

// unseen characters are control and format characters, those that turn the direction of text among them.
func unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar
}

// escaped writes a text as PostgreSQL's escape string, which means the same whatever standard_conforming_strings is.
func escaped(text string) string {
	var b strings.Builder
	b.WriteString("E'")
	for _, r := range text {
		switch {
		case r == '\'':
			b.WriteString("''")
		case r == '\\':
			b.WriteString(`\\`)
		case unseen(r):
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + "'"
}
