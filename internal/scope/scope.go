package scope

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/semsync/semsync/internal/metadata"
)

// Scope is a compiled Config. It is safe for concurrent use.
type Scope struct {
	databases []database
	includes  []named
	excludes  []named
}

// Error says which entry of the configuration is wrong.
type Error struct {
	Key     string // such as scope.exclude_patterns[2]
	Pattern string // as it was written
	Reason  string
	Hint    string // what to do
}

// Error gives key, pattern, reason and hint in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: pattern %q %s (%s)", e.Key, e.Pattern, e.Reason, e.Hint)
}

// named is a pattern with the words that name it in an answer.
type named struct {
	*Pattern
	why string
}

type database struct {
	why       string
	source    *glob // nil for any
	qualified *glob // the string form with a dot: tried on database.table
	name      *glob // on the database's name
	tables    []glob
}

// Compile compiles a configuration. The error joins one *Error for each entry that is wrong.
func Compile(cfg Config) (*Scope, error) {
	s := &Scope{}
	var errs []error
	for i, entry := range cfg.Databases {
		d, err := compileDatabase(entry, "scope.databases["+strconv.Itoa(i)+"]")
		errs = append(errs, err)
		s.databases = append(s.databases, d)
	}
	var err error
	s.includes, err = compilePatterns(cfg.IncludePatterns, "scope.include_patterns")
	errs = append(errs, err)
	s.excludes, err = compilePatterns(cfg.ExcludePatterns, "scope.exclude_patterns")
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	return s, nil
}

func compilePatterns(texts []string, key string) ([]named, error) {
	out := make([]named, 0, len(texts))
	var errs []error
	for i, text := range texts {
		at := key + "[" + strconv.Itoa(i) + "]"
		p, err := ParsePattern(text)
		if err != nil {
			errs = append(errs, &Error{Key: at, Pattern: text, Reason: err.Error(), Hint: patternHint(text)})
			continue
		}
		out = append(out, named{Pattern: p, why: at + " " + strconv.Quote(text)})
	}
	return out, errors.Join(errs...)
}

func patternHint(text string) string {
	switch {
	case text == "":
		return "write a pattern, or * for everything"
	case strings.HasPrefix(text, "*"):
		return "it is read as a regular expression because it holds one of ^ $ | ( ) [ ] + \\ or .*; start it with .* instead of *"
	default:
		return "it is read as a regular expression because it holds one of ^ $ | ( ) [ ] + \\ or .*; write a valid RE2 expression or a glob without these"
	}
}

func compileDatabase(entry Database, key string) (database, error) {
	if entry.Pattern == "" && entry.Name == "" {
		return database{}, &Error{Key: key, Reason: "is empty", Hint: "write the database's name, or *.* for everything"}
	}
	if entry.Pattern != "" {
		return compileString(entry.Pattern, key), nil
	}
	d := database{why: key + " " + strconv.Quote(entry.Name), name: globOf(entry.Name)}
	if entry.Source != "" {
		d.source = globOf(entry.Source)
	}
	if entry.AllTables {
		return d, nil
	}
	for i, t := range entry.Tables {
		if t == "" {
			return d, &Error{
				Key: key + ".tables[" + strconv.Itoa(i) + "]", Reason: "is empty",
				Hint: "write the table's name, or * for all",
			}
		}
		d.tables = append(d.tables, compileGlob(t))
	}
	return d, nil
}

func compileString(pattern, key string) database {
	d := database{why: key + " " + strconv.Quote(pattern)}
	if strings.Contains(pattern, ".") && pattern != "*.*" {
		d.qualified = globOf(pattern)
	} else {
		d.name = globOf(strings.TrimSuffix(pattern, ".*"))
	}
	return d
}

func globOf(text string) *glob {
	g := compileGlob(text)
	return &g
}

// Match reports whether a table is in scope. Why names the entry that decided,
// or says that none matched. A table whose name the layer could not keep, since it is not UTF-8, is never in scope.
func (s *Scope) Match(id metadata.TableID) (in bool, why string) {
	if !utf8.ValidString(id.Database) || !utf8.ValidString(id.Name) {
		return false, "its name is not UTF-8, which the layer cannot keep: rename it"
	}
	why = "everything is in scope"
	qualified := id.String()
	if len(s.databases) > 0 {
		d := s.selecting(id, qualified)
		if d == nil {
			return false, "no entry of scope.databases matches"
		}
		why = d.why
	}
	if len(s.includes) > 0 {
		p := first(s.includes, id.Name, qualified)
		if p == nil {
			return false, "no pattern of scope.include_patterns matches"
		}
		why = p.why
	}
	if p := first(s.excludes, id.Name, qualified); p != nil {
		return false, p.why
	}
	return true, why
}

// MayMatchDatabase reports whether some table of the database could be in
// scope. False is certain, so that a reader may leave the whole database out.
func (s *Scope) MayMatchDatabase(source, name string) bool {
	if len(s.databases) == 0 {
		return true
	}
	for i := range s.databases {
		d := &s.databases[i]
		if d.ofSource(source) && (d.name == nil || d.name.match(name)) &&
			(d.qualified == nil || d.qualified.mayStart(name+".")) {
			return true
		}
	}
	return false
}

func (s *Scope) selecting(id metadata.TableID, qualified string) *database {
	for i := range s.databases {
		if s.databases[i].selects(id, qualified) {
			return &s.databases[i]
		}
	}
	return nil
}

func (d *database) ofSource(source string) bool { return d.source == nil || d.source.match(source) }

func (d *database) selects(id metadata.TableID, qualified string) bool {
	if !d.ofSource(id.Source) {
		return false
	}
	if d.qualified != nil {
		return d.qualified.match(qualified)
	}
	if !d.name.match(id.Database) {
		return false
	}
	for _, t := range d.tables {
		if t.match(id.Name) {
			return true
		}
	}
	return len(d.tables) == 0
}

func first(patterns []named, table, qualified string) *named {
	for i := range patterns {
		if patterns[i].match(table, qualified) {
			return &patterns[i]
		}
	}
	return nil
}
