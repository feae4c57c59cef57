package validate

import (
	"errors"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// Guess is what a machine thinks a table and its fields are.
type Guess struct {
	Table  metadata.Attributes
	Fields []metadata.Attributes // in the order of the fields; may be shorter
}

// Config is what a Validator is made of.
type Config struct {
	Rules Rules
	// SQL is where and in which dialect suggested fixes are run.
	SQL SQL
	// Guess fills suggested fixes. It is called for tables with findings only, and leaves empty what
	// it does not know well. Nil means no guesses.
	Guess func(t *metadata.TableRecord, fields []metadata.FieldRecord) Guess
}

// Validator checks tables. It is safe for concurrent use.
type Validator struct {
	Config
	tables []tableRule
	fields []fieldRule
}

// New checks the configuration. Rules that ask for nothing are an error: there is no use in reading a layer for them.
func New(c Config) (*Validator, error) {
	if c.Rules.Empty() {
		return nil, errors.New("validate: no rules")
	}
	if err := c.SQL.check(); err != nil {
		return nil, err
	}
	fields, err := c.Rules.forFields()
	if err != nil {
		return nil, err
	}
	return &Validator{Config: c, tables: c.Rules.forTables(), fields: fields}, nil
}

// Check gives what a table and its fields, in their order, break. No two findings have the same key.
func (v *Validator) Check(t *metadata.TableRecord, fields []metadata.FieldRecord) []metadata.Finding {
	w := &work{v: v, table: t, fields: fields}
	for i := range v.tables {
		if r := &v.tables[i]; blank(r.value(t)) {
			value := r.guess(w)
			w.found(r.kind, metadata.SeverityError, "", "", r.message, v.SQL.setTable(t.ID, r.column, value)+inDictionary(t.ID, "", r.column, value))
		}
	}
	for i := range fields {
		w.field(i)
	}
	return w.out
}

// work is the checking of one table.
type work struct {
	v      *Validator
	table  *metadata.TableRecord
	fields []metadata.FieldRecord
	guess  *Guess // nil before it is needed
	out    []metadata.Finding
}

// field checks the i-th field. Of two rules that want the same tag, the graver one speaks.
func (w *work) field(i int) {
	f := &w.fields[i]
	first := len(w.out)
	for j := range w.v.fields {
		r := &w.v.fields[j]
		if !r.broken(f) {
			continue
		}
		if said := w.said(first, r); said != nil {
			if weight(w.severity(r.severity)) > weight(said.Severity) {
				said.Severity, said.Message = w.severity(r.severity), r.message
			}
			continue
		}
		value := r.guess(w, i)
		fix := w.v.SQL.setField(w.table.ID, f.Name, r.column, value)
		w.found(r.kind, r.severity, f.Name, r.subject, r.message, fix+inDictionary(w.table.ID, f.Name, r.column, value))
	}
}

// said gives the finding, from the first of the field on, that a rule would only repeat.
func (w *work) said(first int, r *fieldRule) *metadata.Finding {
	for i := first; i < len(w.out); i++ {
		if f := &w.out[i]; f.Type == r.kind && f.Subject == r.subject {
			return f
		}
	}
	return nil
}

func weight(s metadata.Severity) int {
	for i, of := range metadata.Severities {
		if s == of {
			return -i
		}
	}
	return -len(metadata.Severities)
}

func (w *work) severity(s metadata.Severity) metadata.Severity {
	if s == metadata.SeverityError && w.v.Rules.WarnOnly {
		return metadata.SeverityWarning
	}
	return s
}

func (w *work) found(kind metadata.FindingType, s metadata.Severity, field, subject, message, fix string) {
	w.out = append(w.out, metadata.Finding{
		Type: kind, Severity: w.severity(s), Table: w.table.ID, Field: field, Subject: subject, Message: message, Fix: fix,
	})
}

// guessed asks for the guess once.
func (w *work) guessed() *Guess {
	if w.guess == nil {
		w.guess = &Guess{}
		if w.v.Guess != nil {
			*w.guess = w.v.Guess(w.table, w.fields)
		}
	}
	return w.guess
}

func (w *work) guessedField(i int) *metadata.Attributes {
	if g := w.guessed(); i < len(g.Fields) {
		return &g.Fields[i]
	}
	return &metadata.Attributes{}
}

// tablesOwner is who likely owns a field: the table's owner, or else who owns all of its fields that have one.
func (w *work) tablesOwner() string {
	if !blank(w.table.Owner) {
		return w.table.Owner
	}
	return w.fieldsOwner()
}

// fieldsOwner is the one owner of all fields that have one.
func (w *work) fieldsOwner() string {
	owner := ""
	for i := range w.fields {
		switch of := w.fields[i].Owner; {
		case blank(of) || of == owner:
		case owner == "":
			owner = of
		default:
			return ""
		}
	}
	return owner
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
