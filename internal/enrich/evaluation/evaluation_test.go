package evaluation_test

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/enrich/evaluation"
)

// recordedFile has the figures that must hold.
const recordedFile = "testdata/recorded.yaml"

// splits are the parts of the corpus: dev is for working on the rules, the others are for telling figures, and test2 was labelled by others
// before there were rules.
var splits = []string{"dev", "test", "test2"}

var (
	update     = flag.Bool("update", false, "record the figures anew in "+recordedFile)
	confusions = flag.Bool("confusions", false, "print the columns of dev that are not right; those of test are not for looking at")
)

func rules(tb testing.TB) *enrich.Enricher {
	tb.Helper()
	x, err := enrich.New(enrich.DefaultConfig())
	require.NoError(tb, err)
	return x
}

func corpus(tb testing.TB, split string) []evaluation.Table {
	tb.Helper()
	tables, err := evaluation.Read(os.DirFS("testdata"), split)
	require.NoError(tb, err)
	return tables
}

// TestFigures prints the figures of both splits and fails where they lie below
// the recorded ones. Run it with -v to see them.
func TestFigures(t *testing.T) {
	x := rules(t)
	scores := map[string]*evaluation.Score{}
	for _, split := range splits {
		scores[split] = evaluation.Evaluate(x, corpus(t, split))
		var out bytes.Buffer
		require.NoError(t, scores[split].Print(&out, split))
		if split == "dev" && *confusions {
			require.NoError(t, scores[split].PrintConfusions(&out))
		}
		t.Logf("\n%s", out.String())
	}
	if *update {
		record(t, scores)
	}
	file, err := os.Open(recordedFile)
	require.NoError(t, err)
	defer file.Close()
	recorded, err := evaluation.ReadRecorded(file)
	require.NoError(t, err)
	for split, score := range scores {
		require.Contains(t, recorded, split)
		require.Empty(t, score.Below(recorded[split]), "of "+split)
	}
}

func record(t *testing.T, scores map[string]*evaluation.Score) {
	t.Helper()
	text, err := evaluation.FormatRecorded(map[string]evaluation.Recorded{
		"dev": scores["dev"].Record(false), "test": scores["test"].Record(true), "test2": scores["test2"].Record(false),
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(recordedFile, text, 0o600))
}

// TestCorpus holds what makes the figures worth something: enough columns of
// enough domains and categories, enough that lures, and no table in both splits.
func TestCorpus(t *testing.T) {
	test, dev := corpus(t, "test"), corpus(t, "dev")
	require.GreaterOrEqual(t, columns(test), 1500)
	require.GreaterOrEqual(t, columns(test)+columns(dev), 1800)
	for split, tables := range map[string][]evaluation.Table{"dev": dev, "test": test} {
		domains := map[string]bool{}
		hard := 0
		for _, table := range tables {
			domains[table.Domain] = true
			for _, c := range table.Columns {
				if c.Hard {
					hard++
				}
			}
		}
		require.GreaterOrEqual(t, len(domains), 12, split)
		require.GreaterOrEqual(t, 3*hard, columns(tables), "a third of %s must be hard negatives", split)
	}
	sure := map[string]int{}
	for _, table := range test {
		for _, c := range table.Columns {
			if !c.Accepts("") {
				sure[c.Labels[0]]++
			}
		}
	}
	for _, category := range evaluation.Categories {
		require.GreaterOrEqual(t, sure[category], 15, category)
	}
}

func columns(tables []evaluation.Table) int {
	n := 0
	for _, t := range tables {
		n += len(t.Columns)
	}
	return n
}

// TestSplitsShareNoTable compares tables by their columns, since tables of two
// applications may well have one name.
func TestSplitsShareNoTable(t *testing.T) {
	seen := map[string]string{}
	for _, split := range splits {
		for _, table := range corpus(t, split) {
			names := make([]string, 0, len(table.Columns))
			for _, c := range table.Columns {
				names = append(names, strings.ToLower(c.Name))
			}
			slices.Sort(names)
			key := strings.Join(names, " ")
			if other, twice := seen[key]; twice {
				t.Errorf("%s of %s is also %s", table.Name, split, other)
			}
			seen[key] = table.Name + " of " + split
		}
	}
}

// TestCounting works a small table out by hand.
func TestCounting(t *testing.T) {
	files := os.DirFS("testdata/small")
	tables, err := evaluation.Read(files, ".")
	require.NoError(t, err)
	got := evaluation.Evaluate(rules(t), tables)
	want := map[string]evaluation.Count{
		"email":  {Found: 1},
		"gender": {Missed: 1, Wrong: 1}, // happy is labelled so, and gender is labelled not personal
		"phone":  {Found: 1},            // the second of two alternatives
		"dob":    {Missed: 1},
	}
	require.Empty(t, cmp.Diff(want, got.ByCategory))
	require.Equal(t, evaluation.Count{Found: 2, Wrong: 1, Missed: 2}, got.Total)
	require.InDelta(t, 2.0/3, got.Total.Precision(), 1e-9)
	require.InDelta(t, 2.0/4, got.Total.Recall(), 1e-9)
	require.InDelta(t, 4.0/7, got.Total.F1(), 1e-9)
	require.InDelta(t, (1+0+1+0)/4.0, got.MacroF1, 1e-9)
	require.Equal(t, 2, got.Hard)
	require.Equal(t, 1, got.HardWrong)
	require.Equal(t, evaluation.Count{Found: 2, Wrong: 1, Missed: 2}, got.AnyKind)
	require.Len(t, got.Confusions, 3)
}

// TestBelow takes a record that the score just reaches, then raises each figure.
func TestBelow(t *testing.T) {
	score := evaluation.Evaluate(rules(t), corpus(t, "dev"))
	fair := score.Record(true)
	require.Empty(t, score.Below(fair))
	for name, raise := range map[string]func(*evaluation.Recorded){
		"precision": func(r *evaluation.Recorded) { r.All.Precision += 0.002 },
		"recall":    func(r *evaluation.Recorded) { r.All.Recall += 0.002 },
		"F1":        func(r *evaluation.Recorded) { r.All.F1 += 0.002 },
		"macro F1":  func(r *evaluation.Recorded) { r.MacroF1 += 0.002 },
		"email":     func(r *evaluation.Recorded) { r.ByKind["email"] = evaluation.Figures{Recall: 1.1} },
	} {
		r := score.Record(true)
		raise(&r)
		require.Len(t, score.Below(r), 1, name)
		require.Contains(t, score.Below(r)[0], name)
	}
}

// TestRead holds that a mistake in a file is told with its place.
func TestRead(t *testing.T) {
	for file, want := range map[string]string{
		"label": `table t: column "email": "mail" is no category`,
		"words": `table t: column "email text email please": want name, type and at most one label`,
		"key":   "field colums not found",
		"none":  "file does not exist",
	} {
		_, err := evaluation.Read(os.DirFS("testdata/wrong"), file)
		require.ErrorContains(t, err, want)
	}
}
