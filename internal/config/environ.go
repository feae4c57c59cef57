package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const variablePrefix = "SEMSYNC_"

// Variable gives the name of the environment variable that overrides a key:
// SEMSYNC_SYNC_BATCH_SIZE for sync.batch_size.
func Variable(path string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// variableKeys are the keys that a variable can override, by the variable's name.
func variableKeys() map[string]key {
	out := map[string]key{}
	for _, k := range rootLeaves() {
		if k.scalar() {
			out[Variable(k.path)] = k
		}
	}
	return out
}

// environ makes a map of NAME=value pairs; the first of a name counts, as in getenv.
func environ(pairs []string) map[string]string {
	out := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if _, twice := out[name]; ok && !twice {
			out[name] = value
		}
	}
	return out
}

// variables gives the layer of SEMSYNC_ variables. An empty one counts as not set.
func (l *loader) variables() layer {
	out := layer{values: map[string]any{}, origins: map[string]Origin{}}
	known := variableKeys()
	for name, value := range l.env {
		if value == "" || !strings.HasPrefix(name, variablePrefix) {
			continue
		}
		k, ok := known[name]
		if !ok {
			l.unknownVariable(name, known)
			continue
		}
		n := wordNode(value, k)
		d := l.decoder(name)
		d.expanded = map[*yaml.Node]bool{n: true}
		for _, c := range n.Content {
			d.expanded[c] = true
		}
		if v, fine := d.value(n, k.typ, k.rules, k.path); fine {
			out.set(k.path, v.Interface(), Origin{OriginVariable, name})
		}
	}
	return out
}

// unknownVariable warns of a variable that was likely meant to be one of ours.
// Others are left alone: clusters put SEMSYNC_…_PORT and the like into every process.
func (l *loader) unknownVariable(name string, known map[string]key) {
	if l.used[name] || len(name) > 100 {
		return
	}
	for other := range known {
		if distance(name, other) <= 2 {
			l.warn.at(Position{File: name}, "", "did you mean "+other+"?", "is not a variable that sets a key")
			return
		}
	}
}

// wordNode makes the node that a bare word would be in a file; a list is separated by commas.
func wordNode(value string, k key) *yaml.Node {
	if _, isList := listElem(k.typ); !isList {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: value}
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for word := range strings.SplitSeq(value, ",") {
		if word = strings.TrimSpace(word); word != "" {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: word})
		}
	}
	return n
}

// flags gives the layer of the command line.
func (l *loader) flags() layer {
	out := layer{values: map[string]any{}, origins: map[string]Origin{}}
	for path, value := range l.opts.Flags {
		where := Position{File: "command line"}
		i := slices.IndexFunc(rootLeaves(), func(k key) bool { return k.path == path })
		if i < 0 {
			l.report.at(where, path, "", "is not a known key")
			continue
		}
		k := rootLeaves()[i]
		var n yaml.Node
		if err := n.Encode(value); err != nil {
			l.report.at(where, path, "", "cannot be read: %s", err)
			continue
		}
		if text, ok := value.(string); ok {
			n = *wordNode(text, k)
		}
		if v, fine := l.decoder(where.File).value(&n, k.typ, k.rules, path); fine {
			out.set(path, v.Interface(), Origin{OriginFlag, ""})
		}
	}
	return out
}
