package evaluation

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/enrich"
)

var (
	update   = flag.Bool("update", false, "record the figures as they are now")
	mistakes = flag.Bool("mistakes", false, "print the wrong decisions of the dev split")
)

// recorded are the figures that must not get worse.
type recorded struct {
	Precision float64            `yaml:"precision"`
	Recall    float64            `yaml:"recall"`
	F1        map[string]float64 `yaml:"f1"` // by category
}

const (
	recordFile = "testdata/recorded.yaml"
	document   = "../../../docs/personal-data-figures.md"
)

func evaluate(t *testing.T, split string) Result {
	t.Helper()
	schemas, err := Load(os.DirFS("testdata"), split)
	require.NoError(t, err)
	x, err := enrich.New(enrich.DefaultConfig())
	require.NoError(t, err)
	r, err := Evaluate(x, schemas)
	require.NoError(t, err)
	return r
}

// TestFigures prints precision, recall and F1 by category, and fails when a figure is below the recorded one.
func TestFigures(t *testing.T) {
	have := map[string]recorded{}
	if text, err := os.ReadFile(recordFile); err == nil {
		require.NoError(t, yaml.Unmarshal(text, &have))
	}
	now := map[string]recorded{}
	var doc strings.Builder
	doc.WriteString("# Personal data by names alone: figures\n\nMade by `go test ./internal/enrich/evaluation -update`, which also fails CI when a figure gets worse.\nHow the labels came about is told in [personal-data.md](personal-data.md).\n")
	for _, split := range []string{"dev", "test"} {
		r := evaluate(t, split)
		if split == "dev" && *mistakes {
			for _, m := range r.Mistakes {
				t.Logf("%s %s.%s: want %q, got %q (%s)", m.Domain, m.Table, m.Column, m.Want, m.Got, m.Evidence)
			}
		}
		t.Logf("split %s: %d columns, %d of them personal\n%s", split, r.Columns, r.Personal, r.Table())
		fmt.Fprintf(&doc, "\n## Split %s: %d columns, %d of them personal\n\n%s", split, r.Columns, r.Personal, r.Table())
		figures := recorded{Precision: floor(r.All.Precision()), Recall: floor(r.All.Recall()), F1: map[string]float64{}}
		for name, s := range r.ByCategory {
			if s.Columns > 0 {
				figures.F1[name] = floor(s.F1())
			}
		}
		now[split] = figures
		if *update {
			continue
		}
		require.GreaterOrEqual(t, r.All.Precision(), have[split].Precision, "precision over all, split %s", split)
		require.GreaterOrEqual(t, r.All.Recall(), have[split].Recall, "recall over all, split %s", split)
		require.Len(t, figures.F1, len(have[split].F1))
		for name, least := range have[split].F1 {
			require.GreaterOrEqual(t, r.ByCategory[name].F1(), least, "F1 of %s, split %s", name, split)
		}
	}
	if *update {
		text, err := yaml.Marshal(now)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(recordFile, text, 0o644))
		require.NoError(t, os.WriteFile(document, []byte(doc.String()), 0o644))
	}
	written, err := os.ReadFile(document)
	require.NoError(t, err)
	require.Equal(t, doc.String(), string(written), "run the test with -update")
}

// floor cuts to three digits, so that what is recorded is never more than what was measured.
func floor(f float64) float64 { return float64(int(f*1000)) / 1000 }

// TestLabels: there are as many as were asked for, and the splits share no table.
func TestLabels(t *testing.T) {
	columns, tables, domains := 0, map[string]string{}, map[string]bool{}
	for _, split := range []string{"dev", "test"} {
		schemas, err := Load(os.DirFS("testdata"), split)
		require.NoError(t, err)
		for _, s := range schemas {
			domains[s.Domain] = true
			for _, table := range s.Tables {
				key := table.Name + strings.Join(table.Columns, ",")
				require.NotContains(t, tables, key, "%s is in both", table.Name)
				tables[key] = split
				columns += len(table.Columns)
			}
		}
	}
	require.GreaterOrEqual(t, columns, 1500)
	require.GreaterOrEqual(t, len(domains), 12)
}

func TestCounting(t *testing.T) {
	r := Result{ByCategory: map[string]*Score{}}
	for _, c := range []struct {
		right string
		got   string
	}{{"email", "email"}, {"email", ""}, {"", "phone"}, {"name", "username"}, {"", ""}, {"email|username", "username"}} {
		col := Column{}
		if c.right != "" {
			col.Right = strings.Split(c.right, "|")
		}
		r.count("d", "t", col, c.got, "")
	}
	require.Equal(t, Score{Columns: 4, Right: 2, Wrong: 2, Missed: 2}, r.All)
	require.Equal(t, Score{Columns: 2, Right: 1, Missed: 1}, *r.ByCategory["email"])
	require.Equal(t, Score{Columns: 1, Right: 1, Wrong: 1}, *r.ByCategory["username"])
	require.InDelta(t, 0.5, r.All.F1(), 1e-9)
	require.Len(t, r.Mistakes, 3)
}
