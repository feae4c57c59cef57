package config

import (
	"fmt"
	"io"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"
)

// LoadOptions say what to load.
type LoadOptions struct {
	// Path of the file.
	Path string
	// Data is the file's content, for callers that have it; nil means that Path is read.
	Data []byte
	// Env is the name of the overlay under environments to put over the file. Empty means none.
	Env string
	// Environ are the NAME=value pairs of the environment; nil means the process's own.
	Environ []string
	// Flags override everything else, by key path such as sync.batch_size.
	Flags map[string]any
	// Partial asks for nothing that is missing: a file may then hold a single section.
	Partial bool
}

// Load reads, checks and completes a configuration. An error about its content
// is of type Problems and holds all of them; any other error is about reading.
func Load(opts LoadOptions) (*Config, error) {
	data := opts.Data
	if data == nil {
		var err error
		if data, err = readFile(opts.Path); err != nil {
			return nil, err
		}
	}
	if len(data) > maxFileSize {
		return nil, Problems{tooLarge(opts.Path, int64(len(data)))}
	}
	pairs := opts.Environ
	if pairs == nil {
		pairs = os.Environ()
	}
	l := &loader{
		opts: opts, file: fileName(opts.Path), env: environ(pairs), positions: map[string]Position{},
		used: map[string]bool{}, expanded: map[*yaml.Node]bool{}, unknown: map[*yaml.Node]bool{},
	}
	return l.load(data)
}

func fileName(path string) string {
	if path == "" {
		return "configuration"
	}
	return path
}

func tooLarge(path string, size int64) Problem {
	return Problem{
		File: fileName(path), Message: fmt.Sprintf("the file has %d bytes, more than the %d that are allowed", size, maxFileSize),
		Hint: "is it a configuration?",
	}
}

// readFile reads a file that is not too large. The size is looked at before, and bounded while reading.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("read configuration %s: is a folder, not a file", path)
	}
	if info.Size() > maxFileSize {
		return nil, Problems{tooLarge(path, info.Size())}
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return data, nil
}

// loader holds what the steps of one load share.
type loader struct {
	opts   LoadOptions
	file   string
	env    map[string]string
	report reporter
	warn   reporter
	// used are the variables that the file names; expanded and unknown are nodes, see expander.
	used              map[string]bool
	expanded, unknown map[*yaml.Node]bool
	// positions are those of the effective values: later layers overwrite earlier ones.
	positions map[string]Position
}

func (l *loader) decoder(file string) *decoder {
	return &decoder{file: file, report: &l.report, expanded: l.expanded, unknown: l.unknown, positions: l.positions}
}

func (l *loader) load(data []byte) (*Config, error) {
	root := parseDocument(data, l.file, &l.report)
	if root == nil {
		return nil, l.report.err()
	}
	overlays := take(root, "environments")
	l.normalize(root, "")
	l.positions[""] = Position{File: l.file, Line: 1, Column: 1}
	l.expand(root, "", true)
	file := l.section(root, "", OriginFile)
	overlay := l.overlays(overlays)
	variables, flags := l.variables(), l.flags()
	c, err := assemble(file, overlay, variables, flags)
	if err != nil {
		return nil, err
	}
	c.positions = l.positions
	c.complete()
	c.check(l)
	if err := l.report.err(); err != nil {
		return nil, err
	}
	c.warnings = l.warn.Problems.Sorted()
	return c, nil
}

// take removes a key from a mapping and gives its value, nil without one.
func take(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			v := n.Content[i+1]
			n.Content = slices.Delete(n.Content, i, i+2)
			return v
		}
	}
	return nil
}

// normalize turns the other ways to write something into the usual one:
// conflict_handling, and a delta method's name alone.
func (l *loader) normalize(n *yaml.Node, prefix string) {
	if n.Kind != yaml.MappingNode {
		return
	}
	var usual bool
	for i := 0; i < len(n.Content); i += 2 {
		usual = usual || n.Content[i].Value == "conflict_resolution"
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Value == "conflict_handling" && usual:
			l.report.at(pos(l.file, k), join(prefix, k.Value), "keep one of them", "is another name of conflict_resolution, which is there too")
			n.Content = slices.Delete(n.Content, i, i+2)
			i -= 2
		case k.Value == "conflict_handling":
			k.Value = "conflict_resolution"
		case k.Value == "sync" && v.Kind == yaml.MappingNode:
			bareMethod(v)
		}
	}
}

func bareMethod(sync *yaml.Node) {
	for i := 0; i+1 < len(sync.Content); i += 2 {
		v := sync.Content[i+1]
		if sync.Content[i].Value != "delta_detection" || v.Kind != yaml.ScalarNode || isNull(v) {
			continue
		}
		name := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "method", Line: v.Line, Column: v.Column}
		sync.Content[i+1] = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: v.Line, Column: v.Column, Content: []*yaml.Node{name, v}}
	}
}

func (l *loader) expand(n *yaml.Node, prefix string, strict bool) {
	e := expander{file: l.file, env: l.env, prefix: prefix, used: l.used, expanded: l.expanded, unknown: l.unknown}
	if strict {
		e.report = &l.report
	}
	e.walk(n, "")
}

// section decodes a tree of sections into a layer.
func (l *loader) section(n *yaml.Node, name string, kind OriginKind) layer {
	out := layer{values: map[string]any{}, origins: map[string]Origin{}}
	d := l.decoder(l.file)
	d.prefix = name
	d.section(n, rootKeys(), "", out.values)
	for path := range out.values {
		where := l.positions[path].String()
		if name != "" {
			where = name + " " + where
		}
		out.origins[path] = Origin{kind, where}
	}
	return out
}
