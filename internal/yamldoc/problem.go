package yamldoc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a file, from 1, or the name of whatever else gave a
// value, with line 0.
type Position struct {
	File   string
	Line   int
	Column int
}

// String gives file:line:column, or the file alone where there is no line.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one thing that is wrong with, or doubtful in, a file.
// Its text never holds a secret or a value from the environment.
type Problem struct { //nolint:errname // a line of a report first, an error second
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"` // from 1; 0 when it is not in a file
	Column  int    `json:"column,omitempty"`
	Key     string `json:"key,omitempty"` // such as sync.batch_size or sources[0].dsn
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to do
}

// Error gives file:line:column: key: message (hint).
func (p Problem) Error() string {
	var b strings.Builder
	if at := (Position{p.File, p.Line, p.Column}).String(); at != "" {
		b.WriteString(at + ": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Problems are all problems of one configuration or of a set of files, those in files first and
// by line.
type Problems []Problem //nolint:errname // as Problem

// Error gives a line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the problems as errors.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// Sorted gives the problems in the order to report them in, each once.
func (ps Problems) Sorted() Problems {
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(boolInt(a.Line == 0), boolInt(b.Line == 0)),
			strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Key, b.Key),
		)
	})
	return slices.Compact(out)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// maxProblems bounds what is collected, so that a hostile file cannot make a
// report of megabytes.
const maxProblems = 200

// Reporter collects problems.
type Reporter struct {
	Problems Problems
	dropped  int
}

// Full reports whether more problems would not be kept.
func (r *Reporter) Full() bool { return len(r.Problems) >= maxProblems }

// Add keeps a problem, or counts it when there are too many.
func (r *Reporter) Add(p Problem) {
	if r.Full() {
		r.dropped++
		return
	}
	r.Problems = append(r.Problems, p)
}

// At adds a problem at a place.
func (r *Reporter) At(pos Position, key, hint, format string, args ...any) {
	r.Add(Problem{
		File: pos.File, Line: pos.Line, Column: pos.Column, Key: shortKey(key),
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// shortKey cuts keys that no one could mean; parts of them may be the user's own.
func shortKey(key string) string {
	if len(key) <= 300 {
		return key
	}
	return strings.ToValidUTF8(key[:300], "") + "..."
}

// Err gives the problems as one error of type Problems, or nil.
func (r *Reporter) Err() error {
	if len(r.Problems) == 0 {
		return nil
	}
	ps := r.Problems.Sorted()
	if r.dropped > 0 {
		ps = append(ps, Problem{File: ps[0].File, Message: fmt.Sprintf("and %d more", r.dropped)})
	}
	return ps
}
