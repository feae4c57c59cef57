package evaluation

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/metadata"
)

// Marks of a label in the files.
const (
	markNone = "-" // among alternatives: not personal is right as well
	markHard = "!" // not personal, but with a word that lures
)

// Column is one labelled column.
type Column struct {
	Name, Type string
	// Labels are the categories that are right, the likeliest first; "" stands
	// for not personal. Never empty.
	Labels []string
	// Hard tells that the column is not personal but looks it.
	Hard bool
}

// Accepts reports whether a category, "" for none, is right.
func (c *Column) Accepts(category string) bool {
	return slices.Contains(c.Labels, category)
}

// Table is one labelled table.
type Table struct {
	Domain, Name, Comment string
	Columns               []Column
}

// Metadata gives the table as a source would, without keys and without the comment.
func (t *Table) Metadata() *metadata.Table {
	out := &metadata.Table{ID: metadata.TableID{Source: "evaluation", Database: t.Domain, Name: t.Name}}
	for i := range t.Columns {
		c := &t.Columns[i]
		out.Fields = append(out.Fields, metadata.Field{Name: c.Name, Ordinal: i + 1, DataType: c.Type, Nullable: true})
	}
	return out
}

// tableFile is one file of a split.
type tableFile struct {
	Domain, Style string
	Tables        []struct{ Name, Comment, Columns string }
}

// Read reads all tables of a split, which is a folder of YAML files. An error
// names the file, the table and the column.
func Read(files fs.FS, split string) ([]Table, error) {
	names, err := fs.Glob(files, path.Join(split, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list the tables of %s: %w", split, err)
	}
	var tables []Table
	for _, name := range names {
		read, err := readFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		tables = append(tables, read...)
	}
	if len(tables) == 0 {
		return nil, fmt.Errorf("read %s: %w", split, fs.ErrNotExist)
	}
	return tables, nil
}

func readFile(files fs.FS, name string) ([]Table, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var file tableFile
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, err
	}
	tables := make([]Table, 0, len(file.Tables))
	for _, t := range file.Tables {
		table := Table{Domain: file.Domain, Name: t.Name, Comment: t.Comment}
		for line := range strings.Lines(t.Columns) {
			c, err := parseColumn(line)
			if err != nil {
				return nil, fmt.Errorf("table %s: %w", t.Name, err)
			}
			table.Columns = append(table.Columns, c)
		}
		tables = append(tables, table)
	}
	return tables, nil
}

// parseColumn reads "name type label".
func parseColumn(line string) (Column, error) {
	parts := strings.Fields(line)
	if len(parts) != 2 && len(parts) != 3 {
		return Column{}, fmt.Errorf("column %q: want name, type and at most one label", strings.TrimSpace(line))
	}
	c := Column{Name: parts[0], Type: parts[1], Labels: []string{""}}
	if len(parts) == 2 {
		return c, nil
	}
	if parts[2] == markHard {
		c.Hard = true
		return c, nil
	}
	c.Labels = strings.Split(parts[2], "|")
	for i, label := range c.Labels {
		switch {
		case label == markNone:
			c.Labels[i] = ""
		case !known(label):
			return Column{}, fmt.Errorf("column %q: %q is no category", c.Name, label)
		}
	}
	return c, nil
}
