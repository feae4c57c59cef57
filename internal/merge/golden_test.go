package merge_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestGolden runs the cases of testdata: each is a rules part, then steps of one
// input and what comes of it. An input may begin with edits that a person makes.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			s, m := &store{}, merger(t, merge.DefaultRules())
			for i := range archive.Files {
				part := &archive.Files[i]
				if part.Name == "rules" {
					rules := merge.DefaultRules()
					decode(t, part.Data, &rules)
					m = merger(t, rules)
				}
				if step, ok := strings.CutSuffix(part.Name, "/input"); ok {
					got := s.step(t, m, part.Data)
					want := &archive.Files[i+1]
					require.Equal(t, want.Name, step+"/result")
					if *update {
						want.Data = []byte(got)
					}
					require.Empty(t, cmp.Diff(string(want.Data), got), step)
				}
			}
			if *update {
				require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o644))
			}
		})
	}
}

// step is one input of a golden case.
type step struct {
	Edits    map[string]metadata.Attributes // whole attributes by field, "" for the table
	Source   *metadata.Table                // null: the table is gone
	Meaning  *merge.Meaning
	Declared merge.Declared
}

func (s *store) step(t *testing.T, m *merge.Merger, data []byte) string {
	t.Helper()
	var in step
	decode(t, data, &in)
	for name, a := range in.Edits {
		if name == "" {
			s.table.Attributes = a
		} else {
			s.field(t, name).Attributes = a
		}
	}
	var out merge.Output
	if in.Source == nil {
		out = removed(t, s.table, s.fields)
		s.apply(t, &out)
	} else {
		out = s.sync(t, m, merge.Input{Source: in.Source, Meaning: in.Meaning, Declared: in.Declared})
	}
	return render(s, &out)
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(into), string(data))
}

// render prints the rows after the step, and what was reported.
func render(s *store, out *merge.Output) string {
	var b strings.Builder
	fmt.Fprintf(&b, "table  %s %s%s\n", s.table.ID, s.table.Kind, attributesText(&s.table.Attributes, s.table.Origin, s.table.Removed))
	for _, f := range s.fields {
		fmt.Fprintf(&b, "field  %s %s%s\n", f.Name, f.DataType, attributesText(&f.Attributes, f.Origin, f.Removed))
	}
	fmt.Fprintf(&b, "writes table=%t insert=%d update=%d live=%d\n", out.TableDirty, len(out.Insert), len(out.Update), out.Fields)
	for _, c := range out.Changes {
		fmt.Fprintf(&b, "change %s %s: %q -> %q (%s)\n", cmpOr(c.Field), c.Attribute, c.Old, c.New, c.Reason)
	}
	for _, c := range out.Conflicts {
		fmt.Fprintf(&b, "conflict %s %s: base %q, in the layer %q, from %s %q: %s\n", cmpOr(c.Field), c.Attribute, c.Base, c.Current, c.Origin, c.Proposed, c.Resolution)
	}
	for _, p := range out.Problems {
		fmt.Fprintf(&b, "%s   %s\n", p.Severity, p.Message)
	}
	return b.String()
}

func cmpOr(field string) string {
	if field == "" {
		return "(table)"
	}
	return field
}

func attributesText(a *metadata.Attributes, o metadata.Origin, removed bool) string {
	text, err := json.Marshal(a)
	out := ""
	if err != nil || string(text) != "{}" {
		out += " " + string(text)
	}
	if o != "" {
		out += " by " + string(o)
	}
	if removed {
		out += " REMOVED"
	}
	return out
}
