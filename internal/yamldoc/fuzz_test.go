package yamldoc

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// FuzzParse wants a bounded tree without aliases, or a problem with a place in the file.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "a: 1\n", "a: &x [1, 2]\nb: *x\n", "a: &a [*a]\n", "x: &x {k: v}\ny: {<<: *x, z: 1}\n", "x: &x {k: v}\ny: {<<: [*x, *x]}\n", "---\na: 1\n---\nb: 2\n",
		"? [a]\n: b\n", "a: 1\na: 2\n", "\t", "\xff\xfe", "a: !!binary x\n", "[[[[[[[[", "a: |\n  \x1b[31m\n", "%YAML 9.9\n---\n", "a: {<<: 1}\n",
		"a0: &a0 [x,x,x,x,x,x,x,x,x]\na1: &a1 [*a0,*a0,*a0,*a0,*a0,*a0,*a0]\na2: &a2 [*a1,*a1,*a1,*a1,*a1,*a1]\na3: [*a2,*a2,*a2,*a2,*a2]\n",
	} {
		f.Add([]byte(seed))
	}
	const most = 2000
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		var r Reporter
		root := Parse(data, "f.yaml", Limits{Nodes: most, Apart: "cut it"}, &r)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		err := r.Err()
		if root == nil && err == nil {
			t.Fatal("neither a tree nor a problem")
		}
		if root != nil && root.Kind != yaml.MappingNode {
			t.Fatalf("the root is %s", KindName(root))
		}
		checkProblems(t, err, strings.Count(string(data), "\n")+strings.Count(string(data), "\r")+2)
		if left := most + 1; root != nil && !sound(t, root, 0, &left) {
			t.Error("the tree is larger or deeper than allowed, or holds an alias")
		}
	})
}

// checkProblems wants each problem at a place of the file.
func checkProblems(t *testing.T, err error, lines int) {
	t.Helper()
	problems, ok := errors.AsType[Problems](err)
	if err != nil && !ok {
		t.Fatalf("%T", err)
	}
	for _, p := range problems {
		if dropped := strings.HasPrefix(p.Message, "and "); p.File != "f.yaml" || !dropped && (p.Line < 1 || p.Line > lines || p.Column < 1) {
			t.Errorf("no place in a file of %d lines: %v", lines, p)
		}
	}
}

// sound walks a tree and tells whether it is bounded, without aliases, anchors and doubled keys.
func sound(t *testing.T, n *yaml.Node, depth int, left *int) bool {
	t.Helper()
	*left--
	if *left < 0 || depth > maxDepth+1 || n.Kind == yaml.AliasNode || n.Anchor != "" || n.Alias != nil {
		return false
	}
	seen := map[string]bool{}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if c.Kind != yaml.ScalarNode || seen[c.Value] {
				return false
			}
			seen[c.Value] = true
		}
		if !sound(t, c, depth+1, left) {
			return false
		}
	}
	return true
}
