package scope

import (
	"errors"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// TableFilter limits a run to tables that were named on the command line.
// It is safe for concurrent use.
type TableFilter struct {
	names []filterName
}

type filterName struct {
	text string
	glob glob
	bare bool // without a dot: tried on the table name
}

// NewTableFilter makes a filter of names written as database.table,
// source:database.table or, without a dot, as a table name; each may be a
// glob. A name that holds glob characters matches itself too. Without names
// the filter keeps every table. An empty name is an error.
func NewTableFilter(names []string) (*TableFilter, error) {
	f := &TableFilter{}
	for _, name := range names {
		if name == "" {
			return nil, errors.New("a table name is empty: write database.table")
		}
		f.names = append(f.names, filterName{text: name, glob: compileGlob(name), bare: !strings.Contains(name, ".")})
	}
	return f, nil
}

// Keep reports whether a table is among the named ones.
func (f *TableFilter) Keep(id metadata.TableID) bool {
	if len(f.names) == 0 {
		return true
	}
	short, long := id.String(), id.Qualified()
	for i := range f.names {
		n := &f.names[i]
		if n.text == short || n.text == long {
			return true
		}
		if n.bare && (n.text == id.Name || n.glob.match(id.Name)) {
			return true
		}
		if n.glob.match(short) || n.glob.match(long) {
			return true
		}
	}
	return false
}

// Unmatched gives the names that match none of the ids, in their order. Whoever asked
// for a table that does not exist should be told so.
func (f *TableFilter) Unmatched(ids []metadata.TableID) []string {
	var out []string
	for i := range f.names {
		one := TableFilter{names: f.names[i : i+1]}
		found := false
		for _, id := range ids {
			found = found || one.Keep(id)
		}
		if !found {
			out = append(out, f.names[i].text)
		}
	}
	return out
}
