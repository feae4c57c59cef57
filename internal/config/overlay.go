package config

import (
	"maps"
	"strings"

	"go.yaml.in/yaml/v3"
)

// overlays checks all environments and gives the chosen one. In the others, a
// variable may be missing, since it is only set where they are used.
func (l *loader) overlays(n *yaml.Node) layer {
	if n == nil || isNull(n) {
		n = &yaml.Node{Kind: yaml.MappingNode}
	}
	if n.Kind != yaml.MappingNode {
		l.report.at(pos(l.file, n), "environments", "write a name and the keys to change below it", "must hold names, not %s", kindName(n))
		return layer{}
	}
	var chosen *yaml.Node
	var known []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, overlay := n.Content[i].Value, n.Content[i+1]
		known = append(known, name)
		if name == l.opts.Env {
			chosen = overlay
		} else if !isNull(overlay) {
			l.checkOverlay(overlay, name)
		}
	}
	switch {
	case l.opts.Env == "":
		return layer{}
	case chosen == nil:
		l.unknownOverlay(n, known)
		return layer{}
	case isNull(chosen):
		return layer{}
	}
	name := "environments." + l.opts.Env
	l.normalize(chosen, name)
	l.expand(chosen, name, true)
	return l.section(chosen, name, OriginEnvironment)
}

// checkOverlay decodes an overlay that is not used, for its problems alone.
func (l *loader) checkOverlay(n *yaml.Node, name string) {
	name = "environments." + name
	l.normalize(n, name)
	l.expand(n, name, false)
	d := l.decoder(l.file)
	d.positions, d.prefix, d.unused = maps.Clone(l.positions), name, true
	d.section(n, rootKeys(), "", map[string]any{})
}

func (l *loader) unknownOverlay(n *yaml.Node, known []string) {
	hint := "the file has no environments"
	if len(known) > 0 {
		hint = "the file has " + strings.Join(known, ", ")
	}
	l.report.at(Position{File: l.file, Line: n.Line, Column: n.Column}, "environments."+l.opts.Env, hint, "there is no such environment")
}
