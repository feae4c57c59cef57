package scope

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Pattern is one compiled include or exclude pattern.
// It is safe for concurrent use.
type Pattern struct {
	text string
	all  bool
	re   *regexp.Regexp
	glob glob
	// qualified globs are tried on database.table, others on the table name.
	qualified bool
}

// IsRegexp reports whether the text is read as a regular expression.
func IsRegexp(text string) bool {
	if text == "*" || text == "*.*" {
		return false
	}
	return strings.ContainsAny(text, `^$|()[]+\`) || strings.Contains(text, ".*")
}

// ParsePattern compiles a pattern. The error says what is wrong with it, and
// does not repeat it.
func ParsePattern(text string) (*Pattern, error) {
	if text == "" {
		return nil, errors.New("is empty")
	}
	p := &Pattern{text: text, all: text == "*" || text == "*.*"}
	if !IsRegexp(text) {
		p.glob, p.qualified = compileGlob(text), strings.Contains(text, ".")
		return p, nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, errors.New("does not compile as a regular expression: " + reason(err))
	}
	p.re = re
	return p, nil
}

func reason(err error) string {
	if s, ok := errors.AsType[*syntax.Error](err); ok {
		return string(s.Code)
	}
	return "it is not RE2"
}

// String gives the pattern as it was written.
func (p *Pattern) String() string { return p.text }

// Match tries the pattern on a table of a database.
func (p *Pattern) Match(database, table string) bool {
	return p.match(table, database+"."+table)
}

// MatchName tries the pattern on one name that no database qualifies, such as a field's.
func (p *Pattern) MatchName(name string) bool { return p.match(name, name) }

func (p *Pattern) match(table, qualified string) bool {
	switch {
	case p.all:
		return true
	case p.re != nil:
		return p.re.MatchString(table) || p.re.MatchString(qualified)
	case p.qualified:
		return p.glob.match(qualified)
	default:
		return p.glob.match(table)
	}
}
