package sourcetest

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func testKeys(b *bench) {
	t := b.t
	b.create("parent", "(b int NOT NULL, a int NOT NULL, PRIMARY KEY (a, b))")
	b.create("child", `(
		id int NOT NULL, pb int, pa int, boss int, code int, area int,
		CONSTRAINT child_self FOREIGN KEY (boss) REFERENCES child (id),
		CONSTRAINT child_parent FOREIGN KEY (pa, pb) REFERENCES parent (a, b),
		CONSTRAINT child_code UNIQUE (code),
		CONSTRAINT child_area UNIQUE (area, code),
		PRIMARY KEY (id))`)
	b.create("bare", "(id int)")

	primary := metadata.Key{Kind: metadata.KeyPrimary, Fields: []string{"id"}}
	self := metadata.Key{
		Name: "child_self", Kind: metadata.KeyForeign, Fields: []string{"boss"},
		RefTable: b.id("child"), RefFields: []string{"id"},
	}
	parent := metadata.Key{
		Name: "child_parent", Kind: metadata.KeyForeign, Fields: []string{"pa", "pb"},
		RefTable: b.id("parent"), RefFields: []string{"a", "b"},
	}
	code := metadata.Key{Name: "child_code", Kind: metadata.KeyUnique, Fields: []string{"code"}}
	area := metadata.Key{Name: "child_area", Kind: metadata.KeyUnique, Fields: []string{"area", "code"}}

	child := b.table(t, "child")
	require.True(t, slices.IsSortedFunc(child.Keys, compareKeys), "keys are sorted by kind, then name: %v", child.Keys)
	b.requireKeys(t, child, parent, self, primary, area, code)
	b.requireKeys(t, b.table(t, "parent"), metadata.Key{Kind: metadata.KeyPrimary, Fields: []string{"a", "b"}})
	require.Empty(t, b.table(t, "bare").Keys)
}

// requireKeys compares keys. The name of a primary key is the engine's choice.
func (b *bench) requireKeys(t *testing.T, table *metadata.Table, want ...metadata.Key) {
	t.Helper()
	got := slices.Clone(table.Keys)
	for i := range got {
		if !b.KeyNames || got[i].Kind == metadata.KeyPrimary {
			got[i].Name = ""
		}
	}
	for i := range want {
		if !b.KeyNames {
			want[i].Name = ""
		}
	}
	slices.SortFunc(got, byContent)
	slices.SortFunc(want, byContent)
	require.Empty(t, gocmp.Diff(want, got), "keys of %s: want (-), got (+)", table.ID)
}

func byContent(a, b metadata.Key) int {
	if order := compareKeys(a, b); order != 0 {
		return order
	}
	return slices.Compare(a.Fields, b.Fields)
}

// compareKeys orders by kind, then name.
func compareKeys(a, b metadata.Key) int {
	return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name))
}
