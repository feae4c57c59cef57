package config

import (
	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/yamldoc"
)

const (
	// maxFileSize is far beyond any configuration that people write.
	maxFileSize = 1 << 20
	// maxNodes bounds the tree once its aliases are copied out.
	maxNodes = 200_000
)

// Position is a place in a file, or the name of whatever else gave a value.
type Position = yamldoc.Position

// Problem is one thing that is wrong with, or doubtful in, a configuration.
// Its text never holds a secret or a value from the environment.
type Problem = yamldoc.Problem //nolint:errname // a line of a report first, an error second

// Problems are all problems of one configuration.
type Problems = yamldoc.Problems //nolint:errname // as Problem

// reporter collects problems.
type reporter struct {
	yamldoc.Reporter
	// failed are the keys whose values are wrong already, which later checks leave alone.
	failed map[string]bool
}

func (r *reporter) mark(key string) {
	if r.failed == nil {
		r.failed = map[string]bool{}
	}
	r.failed[key] = true
}

func (r *reporter) full() bool { return r.Full() }
func (r *reporter) err() error { return r.Err() }

func (r *reporter) at(pos Position, key, hint, format string, args ...any) {
	r.At(pos, key, hint, format, args...)
}

func parseDocument(data []byte, file string, r *reporter) *yaml.Node {
	limits := yamldoc.Limits{Nodes: maxNodes, Apart: "put each configuration in a file of its own, or use environments"}
	return yamldoc.Parse(data, file, limits, &r.Reporter)
}

func pos(file string, n *yaml.Node) Position          { return yamldoc.Pos(file, n) }
func isNull(n *yaml.Node) bool                        { return yamldoc.IsNull(n) }
func kindName(n *yaml.Node) string                    { return yamldoc.KindName(n) }
func closest(word string, candidates []string) string { return yamldoc.Closest(word, candidates) }

func distance(a, b string) int { return yamldoc.Distance(a, b) }
