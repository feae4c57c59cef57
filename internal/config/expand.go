package config

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// expander replaces ${NAME} and ${NAME:-default} in string values. It works on
// parsed nodes, so that what a variable holds can never become YAML.
type expander struct {
	file   string
	env    map[string]string
	report *reporter // nil when missing variables do not matter
	prefix string    // of the keys in problems, such as environments.prod
	// used are the variables that the file names.
	used map[string]bool
	// expanded are the nodes that hold something from the environment, which
	// must not be shown.
	expanded map[*yaml.Node]bool
	// unknown are the nodes with a variable that is missing.
	unknown map[*yaml.Node]bool
}

func (e *expander) walk(n *yaml.Node, path string) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			e.walk(n.Content[i+1], join(path, n.Content[i].Value))
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			e.walk(c, at(path, i))
		}
	case yaml.ScalarNode:
		if n.ShortTag() == "!!str" && strings.Contains(n.Value, "${") {
			e.scalar(n, path)
		}
	case yaml.DocumentNode, yaml.AliasNode: // neither is left after parsing
	}
}

func (e *expander) scalar(n *yaml.Node, path string) {
	var out strings.Builder
	rest, whole := n.Value, false
	for rest != "" {
		start := strings.Index(rest, "${")
		if start < 0 {
			break
		}
		if start > 0 && rest[start-1] == '$' { // $${ stands for ${
			out.WriteString(rest[:start-1] + "${")
			rest = rest[start+2:]
			continue
		}
		end := strings.IndexByte(rest[start:], '}')
		if end < 0 {
			e.problem(n, path, "write ${NAME}, or $${ for the characters themselves", "has a ${ without }")
			return
		}
		value, ok := e.lookup(n, path, rest[start+2:start+end])
		if !ok {
			e.unknown[n] = true
			return
		}
		e.expanded[n] = true
		whole = out.Len() == 0 && start == 0 && len(rest) == len(n.Value) && end+1 == len(rest)
		out.WriteString(rest[:start] + value)
		rest = rest[start+end+1:]
	}
	n.Value = out.String() + rest
	if whole {
		// Nothing but a variable: a number or a bool may come out of it.
		n.Style, n.Tag = 0, ""
	}
}

func (e *expander) lookup(n *yaml.Node, path, expression string) (string, bool) {
	name, fallback, hasFallback := strings.Cut(expression, ":-")
	if !isVariableName(name) {
		e.problem(n, path, "write ${NAME} or ${NAME:-default}, or $${ for the characters themselves", "has a variable whose name is not one")
		return "", false
	}
	e.used[name] = true
	value, ok := e.env[name]
	switch {
	case ok && (value != "" || !hasFallback):
		return value, true
	case hasFallback:
		return fallback, true
	default:
		e.problem(n, path, "set it, or write ${"+name+":-default}", "the environment variable "+name+" is not set")
		return "", false
	}
}

func (e *expander) problem(n *yaml.Node, path, hint, message string) {
	e.unknown[n] = true
	if e.report != nil {
		e.report.at(pos(e.file, n), join(e.prefix, path), hint, "%s", message)
		e.report.mark(path)
	}
}

func isVariableName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
