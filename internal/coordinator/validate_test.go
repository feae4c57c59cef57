package coordinator

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/layer/sqlite"
	"github.com/semsync/semsync/internal/metadata"
)

// crashing is a real layer whose caller dies at some step: what was asked for before is done, and nothing after it.
type crashing struct {
	*sqlite.Store
	end, advance error
}

func (l *crashing) EndValidation(ctx context.Context, lease layer.Lease, r metadata.Run, v layer.Validated) error {
	if l.end != nil {
		return l.end
	}
	return l.Store.EndValidation(ctx, lease, r, v)
}

func (l *crashing) Advance(ctx context.Context, lease layer.Lease, run metadata.RunID, grace time.Duration) (metadata.Run, bool, error) {
	if l.advance != nil {
		return metadata.Run{}, false, l.advance
	}
	return l.Store.Advance(ctx, lease, run, grace)
}

// ends counts the events that say that a run has ended.
type ends struct{ n int }

func (e *ends) Publish(ev metadata.Event) {
	if ev.Kind == metadata.EventFinished {
		e.n++
	}
}

func (*ends) Subscribe(context.Context, func(metadata.Event)) (func(), error) { return func() {}, nil }

// validating is a coordinator over a layer of two tables, with a run that waits for its validation.
type validating struct {
	*testing.T
	*Coordinator
	layer  *crashing
	lease  layer.Lease
	ends   *ends
	checks int
	run    metadata.Run
}

func newValidating(t *testing.T) *validating {
	t.Helper()
	store, err := sqlite.Open(sqlite.Config{Path: filepath.Join(t.TempDir(), "layer.db"), CreateIfMissing: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	require.NoError(t, store.Migrate(t.Context()))
	for _, name := range []string{"a", "b"} {
		_, err := store.DB().ExecContext(t.Context(), "INSERT INTO table_metadata (source_name, database_name, table_name, kind) VALUES ('s', 'd', ?, 'table')", name)
		require.NoError(t, err)
	}
	v := &validating{T: t, layer: &crashing{Store: store}, ends: &ends{}}
	v.Coordinator, err = New(Config{ID: "me", Validation: &Validation{Check: v.check}}, Deps{
		Layer: v.layer, Bus: v.ends, Logger: slog.New(slog.DiscardHandler), Metrics: NewMetrics(prometheus.NewRegistry()),
	})
	require.NoError(t, err)
	var ok bool
	v.lease, ok, err = store.Campaign(t.Context(), "me", time.Minute)
	require.NoError(t, err)
	require.True(t, ok)
	v.begin()
	return v
}

// begin makes a run that has nothing left to do but its validation.
func (v *validating) begin() {
	v.Helper()
	ctx, id := v.Context(), uuid.Must(uuid.NewV7())
	require.NoError(v, v.layer.CreateRun(ctx, layer.NewRun{ID: id, Settings: metadata.RunSettings{Mode: metadata.ModeDelta, Validate: true}}))
	_, err := v.layer.CompletePlan(ctx, v.lease, id, nil, nil)
	require.NoError(v, err)
	v.run, err = v.advance(ctx, v.lease, id, false)
	require.NoError(v, err)
	require.True(v, layer.NeedsValidation(v.run))
}

func (v *validating) check(t *metadata.TableRecord, _ []metadata.FieldRecord) []metadata.Finding {
	v.checks++
	return []metadata.Finding{{Type: "t", Severity: metadata.SeverityError, Table: t.ID, Message: "m"}}
}

func (v *validating) now() metadata.Run {
	v.Helper()
	r, err := v.layer.Run(v.Context(), v.run.ID)
	require.NoError(v, err)
	return r
}

func (v *validating) findings() (ids []int64) {
	v.Helper()
	require.NoError(v, v.layer.Findings(v.Context(), "", func(f layer.OpenFinding) error { ids = append(ids, f.ID); return nil }))
	return ids
}

func TestValidationEndsTheRun(t *testing.T) {
	v := newValidating(t)
	v.validate(t.Context(), v.lease, v.run)
	r := v.now()
	require.Equal(t, metadata.StatusCompleted, r.Status)
	require.Equal(t, metadata.FindingCounts{Errors: 2}, r.Findings)
	require.Equal(t, 1, v.ends.n)
	require.InDelta(t, 2, testutil.ToFloat64(v.Metrics.found.WithLabelValues("error")), 0)

	v.cfg.Validation.Fail = true
	v.begin()
	v.validate(t.Context(), v.lease, v.run)
	r = v.now()
	require.Equal(t, metadata.StatusFailed, r.Status)
	require.Contains(t, r.Error, "found 2 errors")
	require.Contains(t, r.Error, "coordinator validation")
	require.Len(t, v.findings(), 2)

	v.cfg.Validation.Check = func(*metadata.TableRecord, []metadata.FieldRecord) []metadata.Finding { return nil }
	v.begin()
	v.validate(t.Context(), v.lease, v.run)
	require.Equal(t, metadata.StatusCompleted, v.now().Status)
	require.Empty(t, v.findings())
	require.InDelta(t, 0, testutil.ToFloat64(v.Metrics.found.WithLabelValues("error")), 0)
}

// TestValidationSurvivesCrashes ends the process at each step of a pass; whoever leads next ends the run, with the same rows.
func TestValidationSurvivesCrashes(t *testing.T) {
	lost := errors.New("the process is gone")
	for name, crash := range map[string]func(v *validating){
		"in the pass": func(v *validating) {
			ctx, die := context.WithCancel(v.Context())
			v.cfg.Validation.Check = func(t *metadata.TableRecord, f []metadata.FieldRecord) []metadata.Finding {
				die()
				return v.check(t, f)
			}
			v.validate(ctx, v.lease, v.run)
			v.cfg.Validation.Check = v.check
			require.Empty(v, v.findings(), "a page is one transaction")
		},
		"between the pass and its record": func(v *validating) {
			v.layer.end = lost
			v.validate(v.Context(), v.lease, v.run)
			v.layer.end = nil
			require.Len(v, v.findings(), 2)
		},
		"between the record and the end": func(v *validating) {
			v.layer.advance = lost
			v.validate(v.Context(), v.lease, v.run)
			v.layer.advance = nil
			require.Equal(v, 2, v.checks)
		},
		"while another one is elected": func(v *validating) {
			old := v.lease
			require.NoError(v, v.layer.Resign(v.Context(), old))
			var err error
			v.lease, _, err = v.layer.Campaign(v.Context(), "other", time.Minute)
			require.NoError(v, err)
			v.validate(v.Context(), old, v.run)
			require.Empty(v, v.findings(), "who was deposed writes nothing")
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := newValidating(t)
			crash(v)
			require.Equal(t, metadata.StatusRunning, v.now().Status)
			require.Zero(t, v.ends.n)
			before := v.findings()

			r, err := v.advance(t.Context(), v.lease, v.run.ID, false)
			require.NoError(t, err)
			if layer.NeedsValidation(r) {
				v.validate(t.Context(), v.lease, r)
			}
			r = v.now()
			require.Equal(t, metadata.StatusCompleted, r.Status)
			require.Equal(t, metadata.FindingCounts{Errors: 2}, r.Findings)
			require.Equal(t, 1, v.ends.n)
			after := v.findings()
			require.Len(t, after, 2)
			require.Subset(t, after, before, "what was found stays")
		})
	}
}

func TestValidationThatCannotBeDoneEndsTheRun(t *testing.T) {
	v := newValidating(t)
	v.cfg.Validation.Check = func(t *metadata.TableRecord, f []metadata.FieldRecord) []metadata.Finding {
		if t.ID.Name == "b" {
			panic("out of range")
		}
		return v.check(t, f)
	}
	v.validate(t.Context(), v.lease, v.run)
	r := v.now()
	require.Equal(t, metadata.StatusCompletedWithErrors, r.Status)
	require.Contains(t, r.Error, "s:d.b")
	require.Contains(t, r.Error, "panic of type string", "and not what was thrown, which may be anything")
	require.Zero(t, testutil.CollectAndCount(v.Metrics.found), "numbers that are not known are not shown")
}

func TestRunThatWantsMoreThanThisProcessHas(t *testing.T) {
	v := newValidating(t)
	v.cfg.Validation = nil
	v.validate(t.Context(), v.lease, v.run)
	require.Equal(t, metadata.StatusCompleted, v.now().Status)
	require.Zero(t, v.checks)
}
