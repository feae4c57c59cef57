package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/semsync/semsync/internal/delta"
	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/lineage"
	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/worker"
)

// thinker works out what a table means and merges it with what the layer holds.
type thinker struct {
	enricher *enrich.Enricher // nil when nothing is to be generated
	merger   *merge.Merger
	holder   *merge.Merger // holds every change
	sampling *sampling     // nil when values are not to be looked at
	rules    string        // what the enricher works by
	log      *slog.Logger

	mu        sync.Mutex
	detectors map[string]*delta.Detector // by their settings' text; a fleet sees few
}

func newThinker(e *enrich.Enricher, s *sampling, r merge.Rules, rules string, log *slog.Logger) (*thinker, error) {
	m, err := merge.New(r)
	if err != nil {
		return nil, err
	}
	r.Hold = merge.Hold{All: true}
	holder, err := merge.New(r)
	return &thinker{enricher: e, merger: m, holder: holder, rules: rules, sampling: s, log: log, detectors: map[string]*delta.Detector{}}, err
}

// prepared is a table with what does not depend on the layer.
type prepared struct {
	table    *metadata.Table
	declared metadata.Declared
	meaning  *merge.Meaning // nil leaves what was generated before
	state    metadata.TableState
}

// detector gives the run's detector with the rules that are really followed here: a worker of another version than the
// coordinator's leaves states that the next run finds made by other rules.
func (t *thinker) detector(s metadata.DeltaSettings) (*delta.Detector, error) {
	s.Rules = t.rules
	t.mu.Lock()
	defer t.mu.Unlock()
	key := fmt.Sprintf("%+v", s)
	if d := t.detectors[key]; d != nil {
		return d, nil
	}
	d, err := delta.New(s)
	if err != nil {
		return nil, err
	}
	t.detectors[key] = d
	return d, nil
}

// mergerOf gives the merger for a run. What a dry run would hold is of no interest to who reads its changes.
func (t *thinker) mergerOf(s metadata.RunSettings) *merge.Merger {
	if s.HoldAll && !s.DryRun {
		return t.holder
	}
	return t.merger
}

// Prepare works out fingerprint and meaning.
func (t *thinker) Prepare(ctx context.Context, s metadata.RunSettings, table *metadata.Table, declared metadata.DeclaredTable) (worker.Prepared, error) {
	d, err := t.detector(s.Delta)
	if err != nil {
		return nil, &metadata.Fault{Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "read the run's delta settings", Err: err}
	}
	out := &prepared{
		table: table, declared: declared.Declared,
		state: metadata.TableState{ID: table.ID, ObjectID: table.ObjectID, Fingerprint: d.Fingerprint(table), Method: d.MethodWith(declared.Digest)},
	}
	if t.enricher != nil {
		m := t.enricher.Table(table)
		if t.sampling != nil {
			if err := t.sampling.weigh(ctx, s, t.enricher, table, &m); err != nil {
				return nil, err
			}
		}
		out.meaning = meaningOf(m)
	}
	return out, nil
}

func meaningOf(m enrich.Meaning) *merge.Meaning {
	out := &merge.Meaning{Table: merge.Generated(m.Table), Fields: make([]merge.Generated, len(m.Fields))}
	for i, f := range m.Fields {
		out.Fields[i] = merge.Generated(f)
	}
	return out
}

// Effect merges a table, or marks it removed when there is nothing prepared.
func (t *thinker) Effect(s metadata.RunSettings, c layer.Claimed, p worker.Prepared, current layer.Current) (layer.Effect, error) {
	if p == nil {
		out, err := t.mergerOf(s).Tombstone(current.Table, current.Fields)
		return effectOf(out, nil), err
	}
	ready, ok := p.(*prepared)
	if !ok {
		return layer.Effect{}, fmt.Errorf("prepared is %T", p)
	}
	if c.RenamedFrom != nil && current.Table != nil {
		// Under its old name, so that the renaming is seen as a change.
		old := *current.Table
		old.ID = *c.RenamedFrom
		current.Table = &old
	}
	out, err := t.mergerOf(s).Table(merge.Input{Source: ready.table, Meaning: ready.meaning, Declared: ready.declared, CurrentTable: current.Table, CurrentFields: current.Fields})
	if err != nil {
		return layer.Effect{}, err
	}
	if f := out.Fault(); f != nil {
		return layer.Effect{}, f
	}
	for _, p := range out.Problems { // what on_schema_changes and mode say to warn of
		t.log.Warn("a change that the configuration asks to be warned of", "table", p.Table.Qualified(), "problem", p.Message)
	}
	if c.MaybeFrom != nil && out.TableNew {
		p, err := merge.ProposedTable(*c.MaybeFrom, c.Table)
		if err != nil {
			return layer.Effect{}, err
		}
		out.Changes = append(out.Changes, p)
	}
	state := ready.state
	// What detection saw goes into the state, so that whatever comes later is seen as later.
	state.LastModified, state.Version = c.LastModified, c.Version
	e := effectOf(out, &state)
	if !s.HoldAll { // keys are facts, but who asked that nothing be written unasked means them too
		e.Relationships = append([]metadata.Relationship{}, lineage.ForeignKeys(ready.table, nil)...)
		e.Verified = verified(ready.declared.Notes)
	}
	return e, nil
}

// verified gives who edited fields last, as the definition files say, sorted by field.
func verified(notes map[string]metadata.FieldNote) (out []layer.Verified) {
	for _, field := range slices.Sorted(maps.Keys(notes)) {
		if n := notes[field]; n.EditedBy != "" || !n.LastManualEdit.IsZero() {
			out = append(out, layer.Verified{Field: field, By: n.EditedBy, At: n.LastManualEdit})
		}
	}
	return out
}

func effectOf(out merge.Output, state *metadata.TableState) layer.Effect {
	e := layer.Effect{
		Table: out.Table, TableDirty: out.TableDirty, Insert: out.Insert, Changes: append(out.Changes, out.Waiting()...), Fields: out.Fields, State: state,
		Update: make([]layer.FieldUpdate, len(out.Update)),
	}
	for i, u := range out.Update {
		e.Update[i] = layer.FieldUpdate{OldName: u.OldName, Record: u.Record}
	}
	return e
}
