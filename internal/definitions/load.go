package definitions

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/yamldoc"
)

const (
	// maxFileSize bounds one file, in bytes; more than that belongs into several.
	maxFileSize = 16 << 20
	// maxNodes bounds the values of one file once its aliases are copied out.
	maxNodes = 2_000_000
)

// Set is what the files of a configuration say.
type Set = metadata.Definitions

// Problems are all that is wrong with the files.
type Problems = yamldoc.Problems //nolint:errname // a report first, an error second

// Config says which files there are. Each entry is a path or a glob.
type Config struct {
	DataDictionary []string
	Glossary       []string
	Relationships  []string
	Governance     []string
	// Known tells whether a table or field exists. Where it says no, a reference from a glossary, relationship,
	// lineage or policy is a problem. Nil takes every well-formed reference.
	Known func(metadata.Reference) bool
}

// Empty reports whether no file is configured.
func (c Config) Empty() bool {
	return len(c.DataDictionary)+len(c.Glossary)+len(c.Relationships)+len(c.Governance) == 0
}

// Load reads all files. An error is of type Problems and holds all that is wrong.
func Load(c Config) (*Set, error) {
	l := newLoader(c.Known)
	files := map[string]bool{}
	for _, kind := range []struct {
		key      string
		patterns []string
	}{
		{"definitions.data_dictionary_path", c.DataDictionary},
		{"definitions.glossary_path", c.Glossary},
		{"definitions.relationships_path", c.Relationships},
		{"definitions.governance_path", c.Governance},
	} {
		for _, pattern := range kind.patterns {
			for _, file := range l.expand(kind.key, pattern) {
				if name := filepath.Clean(file); !files[name] {
					files[name] = true
					l.file(file)
				}
			}
		}
	}
	return l.result()
}

// loader holds what the files of one set share.
type loader struct {
	known  func(metadata.Reference) bool
	report yamldoc.Reporter
	set    Set
	// seen are the places of what may be declared only once.
	seen map[string]yamldoc.Position
}

func newLoader(known func(metadata.Reference) bool) *loader {
	return &loader{known: known, seen: map[string]yamldoc.Position{}, set: Set{Tables: map[metadata.TableID]metadata.DeclaredTable{}}}
}

// result gives the set, or all that is wrong with it.
func (l *loader) result() (*Set, error) {
	if err := l.report.Err(); err != nil {
		return nil, err
	}
	if err := l.finish(); err != nil {
		return nil, err
	}
	return &l.set, nil
}

// expand gives the files of a path or glob, sorted.
func (l *loader) expand(key, pattern string) []string {
	if _, err := os.Stat(pattern); err == nil {
		return []string{pattern} // also when its name looks like a glob
	}
	found, err := filepath.Glob(pattern)
	switch {
	case err != nil:
		l.report.At(yamldoc.Position{File: pattern}, key, "close the bracket, or put a backslash before it", "is not a pattern for files")
	case len(found) == 0 && strings.ContainsAny(pattern, "*?["):
		l.report.At(yamldoc.Position{File: pattern}, key, "correct the pattern, or make the files; it is relative to the working directory", "no file matches the pattern")
	case len(found) == 0:
		l.report.At(yamldoc.Position{File: pattern}, key, "correct the path, or make the file; it is relative to the working directory", "there is no such file")
	}
	return found
}

// file reads one file's sections.
func (l *loader) file(path string) {
	data, err := readFile(path)
	if err != nil {
		hint := "make it readable for the user that semsync runs as"
		if errors.Is(err, errTooLarge) || errors.Is(err, errFolder) {
			hint = "name smaller files; a glob such as " + filepath.Join(filepath.Dir(path), "*.yaml") + " takes many"
		}
		l.report.At(yamldoc.Position{File: path}, "", hint, "cannot be read: %s", withoutPath(err))
		return
	}
	l.content(path, data)
}

// content reads the sections of a file's content.
func (l *loader) content(path string, data []byte) {
	limits := yamldoc.Limits{Nodes: maxNodes, Apart: "put each document in a file of its own"}
	if root := yamldoc.Parse(data, path, limits, &l.report); root != nil {
		r := &reader{loader: l, path: path}
		r.root(root)
	}
}

var (
	errTooLarge = fmt.Errorf("it has more than the %d bytes that are allowed", maxFileSize)
	errFolder   = errors.New("it is a folder")
)

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errFolder
	case info.Size() > maxFileSize:
		return nil, errTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(data) > maxFileSize {
		return nil, errTooLarge // a pipe, or it grew
	}
	return data, err
}

// withoutPath takes the path, which is told already, out of an error of the file system.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

// finish puts the set in order and adds the digests.
func (l *loader) finish() error {
	s := &l.set
	slices.SortFunc(s.Terms, func(a, b metadata.Term) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Policies, func(a, b metadata.Policy) int {
		return cmp.Or(strings.Compare(a.On.String(), b.On.String()), strings.Compare(a.Policy, b.Policy))
	})
	slices.SortFunc(s.Relationships, func(a, b metadata.Relationship) int {
		return cmp.Or(strings.Compare(a.From.String(), b.From.String()), strings.Compare(a.To.String(), b.To.String()), strings.Compare(a.Type, b.Type))
	})
	slices.SortFunc(s.Lineage, func(a, b metadata.LineageEdge) int {
		return cmp.Or(strings.Compare(a.From.String(), b.From.String()), strings.Compare(a.To.String(), b.To.String()))
	})
	slices.SortFunc(s.Dependencies, func(a, b metadata.Dependency) int {
		return cmp.Or(strings.Compare(a.From.String(), b.From.String()), strings.Compare(a.To.String(), b.To.String()))
	})
	return addDigests(s)
}
