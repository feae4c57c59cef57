package merge

import (
	"fmt"
	"sync"

	"github.com/semsync/semsync/internal/metadata"
)

// Merger merges by one set of rules. It is safe for concurrent use.
type Merger struct {
	rules    Rules
	policies [attributes]policy
	tags     tagPolicy
	matchers sync.Pool
}

// New validates the rules.
func New(r Rules) (*Merger, error) {
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("merge rules: %w", err)
	}
	m := &Merger{rules: r, tags: r.tagPolicy()}
	for a := range attributes {
		m.policies[a] = r.policyOf(a)
	}
	m.matchers.New = func() any { return newMatcher() }
	return m, nil
}

// Table merges one table. Changes that wait for a person are in the output, and their rows are not.
func (m *Merger) Table(in Input) (Output, error) {
	w := &work{m: m, in: &in}
	w.mergeTable()
	w.mergeFields()
	if w.unknown {
		w.reportTable()
	}
	return w.out, m.hold(&in, &w.out)
}

// work is one table in the making.
type work struct {
	m   *Merger
	in  *Input
	out Output

	unknown  bool // semsync never wrote the table: it is one change with its content
	restored bool // the table comes back, and its fields with it

	// Of the table or field that is in hand:
	field      string // "" for the table
	quiet      bool   // its differences are told in one change elsewhere
	confidence float64
	evidence   string
}

func (w *work) mergeTable() {
	src, cur := w.in.Source, w.in.CurrentTable
	w.out.TableNew = cur == nil
	w.unknown = cur == nil || cur.Base == nil
	w.restored = cur != nil && cur.Removed
	w.quiet = cur == nil
	if cur == nil {
		cur = &metadata.TableRecord{}
	}
	rec := metadata.TableRecord{ID: src.ID, Kind: src.Kind, ObjectID: src.ObjectID, EstimatedRows: src.EstimatedRows}
	w.tableStructure(cur)
	s := sides{
		base: cur.Base, current: &cur.Attributes, origin: cur.Origin, declared: w.in.Declared.Table, comment: src.Comment,
		fresh: recreated(src.ObjectID, cur.ObjectID), isTable: true,
	}
	s.generated, rec.Confidence, rec.Evidence = w.generated(-1, cur.Confidence, cur.Evidence)
	merged := w.merge(&s)
	w.generation(cur.Confidence, cur.Evidence)
	rec.Attributes, rec.Origin = merged.attributes, merged.origin
	w.out.TableDirty = w.out.TableNew || !sameTable(&rec, &merged.base, cur)
	rec.Base = cur.Base
	if w.out.TableDirty {
		base := merged.base
		rec.Base = &base
	}
	w.out.Table = rec
}

// tableStructure reports what became of the table as such.
func (w *work) tableStructure(cur *metadata.TableRecord) {
	if w.quiet {
		return
	}
	src := w.in.Source
	if w.restored {
		w.change("restored", "", "", reasonRestored)
	}
	if cur.ID != src.ID {
		w.change("renamed", cur.ID.Qualified(), src.ID.Qualified(), reasonRenamed)
	}
	if cur.Kind != src.Kind {
		w.change("kind", string(cur.Kind), string(src.Kind), reasonSource)
	}
}

// generated gives what was generated for field i, or the table when i is -1, and makes
// its confidence and evidence those in hand. Without a meaning the former ones stay.
func (w *work) generated(i int, confidence float64, evidence string) (*metadata.Attributes, float64, string) {
	var g *Generated
	switch meaning := w.in.Meaning; {
	case meaning == nil:
		w.confidence, w.evidence = confidence, evidence
		return nil, confidence, evidence
	case i < 0:
		g = &meaning.Table
	case i < len(meaning.Fields):
		g = &meaning.Fields[i]
	default:
		g = &nothingGenerated
	}
	w.confidence, w.evidence = g.Confidence, clean(g.Evidence)
	if sameConfidence(w.confidence, confidence) {
		w.confidence = confidence
	}
	return &g.Attributes, w.confidence, w.evidence
}

// nothingGenerated is never written to.
var nothingGenerated Generated
