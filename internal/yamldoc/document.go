package yamldoc

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds nesting.
const maxDepth = 100

// Limits bound what one file may hold.
type Limits struct {
	Nodes int // values, once aliases are copied out
	// Apart says what to do with several documents in one file.
	Apart string
}

// Parse gives the one document of a file as a tree without aliases and merge
// keys, or nil when that cannot be had. An empty file is an empty mapping.
func Parse(data []byte, file string, limits Limits, r *Reporter) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}
		}
		reportSyntax(err, file, r)
		return nil
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		r.At(Position{file, second.Line, max(second.Column, 1)}, "", limits.Apart,
			"the file holds more than one YAML document")
	} else if !errors.Is(err, io.EOF) {
		reportSyntax(err, file, r)
	}
	c := copier{file: file, limit: limits.Nodes, report: r, active: map[*yaml.Node]bool{}}
	root := c.copy(doc.Content[0], 0)
	if c.stopped {
		return nil
	}
	if IsNull(root) {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}
	}
	if root.Kind != yaml.MappingNode {
		r.At(Pos(file, root), "", "write key: value lines", "the file must hold keys and values, not %s", KindName(root))
		return nil
	}
	return root
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// reportSyntax takes the line out of the parser's message, which quotes no values.
func reportSyntax(err error, file string, r *Reporter) {
	message, line := err.Error(), 1
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = yamlLine.ReplaceAllString(message, "")
	}
	r.At(Position{file, max(line, 1), 1}, "", "check indentation, colons and quotes", "is not YAML: %s", message)
}

// copier copies a tree, putting aliases and merge keys in place. It counts
// what it copies, so that a few lines cannot grow to gigabytes.
type copier struct {
	file    string
	report  *Reporter
	active  map[*yaml.Node]bool // anchors being copied, to find those that hold themselves
	nodes   int
	limit   int // of nodes
	stopped bool
}

func (c *copier) copy(n *yaml.Node, depth int) *yaml.Node {
	c.nodes++
	switch {
	case c.stopped:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	case c.nodes > c.limit:
		return c.stop(n, "holds more than %d values once its aliases are expanded", c.limit)
	case depth > maxDepth:
		return c.stop(n, "is nested more than %d deep", maxDepth)
	case n.Kind == yaml.AliasNode && c.active[n.Alias]:
		return c.stop(n, "has an alias inside its own anchor")
	case n.Kind == yaml.AliasNode:
		return c.copy(n.Alias, depth+1)
	}
	c.active[n] = true
	defer delete(c.active, n)
	out := *n
	out.Anchor, out.Alias, out.Content = "", nil, nil
	if n.Kind == yaml.MappingNode {
		c.mapping(n, &out, depth)
		return &out
	}
	for _, child := range n.Content {
		out.Content = append(out.Content, c.copy(child, depth+1))
	}
	return &out
}

func (c *copier) stop(n *yaml.Node, format string, args ...any) *yaml.Node {
	c.stopped = true
	c.report.At(Pos(c.file, n), "", "write the values out without aliases", "the file "+format, args...)
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
}

// mapping copies pairs, reports doubled keys and puts merged keys after the own ones.
func (c *copier) mapping(n, out *yaml.Node, depth int) {
	seen := map[string]*yaml.Node{}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		switch {
		case k.Kind != yaml.ScalarNode:
			c.report.At(Pos(c.file, n.Content[i]), "", "write a word before the colon", "a key must be plain text, not %s", KindName(k))
			continue
		case k.Tag == "!!merge":
			merges = append(merges, v)
			continue
		}
		if first := seen[k.Value]; first != nil {
			c.report.At(Pos(c.file, k), k.Value, "keep one of them", "the key is already set in line %d", first.Line)
			continue
		}
		seen[k.Value] = k
		out.Content = append(out.Content, c.copy(k, depth+1), c.copy(v, depth+1))
	}
	for _, m := range merges {
		c.merge(m, out, seen, depth)
	}
}

func (c *copier) merge(n, out *yaml.Node, seen map[string]*yaml.Node, depth int) {
	from := c.copy(n, depth+1)
	sources := []*yaml.Node{from}
	if from.Kind == yaml.SequenceNode {
		sources = from.Content
	}
	for _, s := range sources {
		if s.Kind != yaml.MappingNode {
			if !c.stopped {
				c.report.At(Pos(c.file, n), "<<", "merge an anchor of a mapping", "can merge only mappings")
			}
			return
		}
		for i := 0; i+1 < len(s.Content); i += 2 {
			if k := s.Content[i]; seen[k.Value] == nil {
				seen[k.Value] = k
				out.Content = append(out.Content, k, s.Content[i+1])
			}
		}
	}
}

// Pos gives the place of a node.
func Pos(file string, n *yaml.Node) Position { return Position{file, n.Line, n.Column} }

// IsNull reports whether a node is nothing.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// KindName names what a node is, for people.
func KindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int":
		return "a whole number"
	case "!!float":
		return "a number"
	default:
		return "text"
	}
}
