package layertest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/validate"
)

// validator wants an owner and a tag, in this layer's SQL.
func (f *fixture) validator(change ...func(*validate.Rules)) *validate.Validator {
	f.Helper()
	n := f.a.SQLNames()
	rules := validate.Rules{
		TableOwner: true, FieldDescription: true,
		Tags: []validate.TagRule{{Match: func(name string) bool { return name != "a" }, Tag: `it's \ "tagged"`}},
	}
	for _, c := range change {
		c(&rules)
	}
	v, err := validate.New(validate.Config{
		Rules: rules, SQL: validate.SQL{Engine: validate.Engine(n.Engine), Tables: n.Tables, Fields: n.Fields},
		Guess: func(*metadata.TableRecord, []metadata.FieldRecord) validate.Guess {
			return validate.Guess{Fields: []metadata.Attributes{{Description: `a\'b`}, {Description: "line\nbreak \u202e"}}}
		},
	})
	f.must(err)
	return v
}

// checks gives a validator's check as the layer takes it.
func checks(v *validate.Validator) layer.Check {
	return func(t *metadata.TableRecord, fields []metadata.FieldRecord) ([]metadata.Finding, error) {
		return v.Check(t, fields), nil
	}
}

func validated(s *metadata.RunSettings) { s.Validate = true }

// work does all tables of a run's only batch.
func (f *fixture) work(run metadata.RunID) {
	f.Helper()
	w := f.worker(f.a)
	f.commit(f.a, w, f.claim(f.a, w, run, 0))
}

// pass validates, and gives the open findings afterwards.
func (f *fixture) pass(run metadata.RunID, v *validate.Validator) (metadata.FindingCounts, []layer.OpenFinding) {
	f.Helper()
	counts, err := f.a.Validate(f.Context(), f.lease, run, checks(v))
	f.must(err)
	return counts, f.findings()
}

func (f *fixture) findings() (out []layer.OpenFinding) {
	f.Helper()
	f.must(f.a.Findings(f.Context(), "", func(x layer.OpenFinding) error { out = append(out, x); return nil }))
	return out
}

// findingsFollow checks the life of a finding.
func (f *fixture) findingsFollow() {
	first := f.plan(planned(metadata.ReasonNew, 0, id(1), id(2)))
	f.finish(first)
	f.exec("INSERT INTO " + f.Table("validation_errors") + " (error_type, severity, source_name, database_name, table_name, message) VALUES ('own', 'error', 'src', 'db', 't001', 'a person wrote this')")
	counts, before := f.pass(first, f.validator())
	require.Equal(f, metadata.FindingCounts{Errors: 6, Warnings: 2}, counts)
	require.Len(f, before, 9)
	require.Equal(f, metadata.FindingTableOwner, before[indexOf(before, id(1), "")].Type)
	require.Equal(f, first, before[indexOf(before, id(1), "")].Run)

	second := f.plan(planned(metadata.ReasonForced, 0, id(1)))
	again, same := f.pass(second, f.validator())
	require.Equal(f, counts, again)
	require.Equal(f, before, same, "what still holds keeps its row")

	// Other words and weights change the row; the row stays.
	_, mild := f.pass(second, f.validator(func(r *validate.Rules) { r.WarnOnly = true }))
	at := indexOf(before, id(1), "")
	require.Equal(f, metadata.SeverityWarning, mild[at].Severity)
	require.Equal(f, before[at].ID, mild[at].ID)
	require.Equal(f, before[at].CreatedAt, mild[at].CreatedAt)

	f.exec("UPDATE " + f.Table("table_metadata") + " SET owner = 'us' WHERE table_name = 't001'")
	f.exec("UPDATE " + f.Table("table_metadata") + " SET removed_at = last_synced_at WHERE table_name = 't002'")
	counts, left := f.pass(second, f.validator())
	require.Equal(f, metadata.FindingCounts{Errors: 2, Warnings: 1}, counts)
	require.Len(f, left, 4, "what was put right is resolved, and so is what went away; a person's row is not")
	require.Equal(f, 5, f.count("SELECT count(*) FROM "+f.Table("validation_errors")+" WHERE is_resolved AND resolved_at >= created_at"))

	f.exec("UPDATE " + f.Table("table_metadata") + " SET owner = '  ' WHERE table_name = 't001'")
	_, back := f.pass(second, f.validator())
	require.NotEqual(f, before[at].ID, back[indexOf(back, id(1), "")].ID, "what comes back gets a new row")
	require.Equal(f, 10, f.count("SELECT count(*) FROM "+f.Table("validation_errors")))
}

func indexOf(list []layer.OpenFinding, table metadata.TableID, field string) int {
	for i, x := range list {
		if x.Table == table && x.Field == field {
			return i
		}
	}
	return -1
}

// findingsOfMany checks pages, and that a pass which is cut off and made again comes to the same.
func (f *fixture) findingsOfMany() {
	const tables = 450
	var ids []metadata.TableID
	for n := range tables {
		ids = append(ids, id(n))
	}
	run := f.plan(planned(metadata.ReasonNew, 0, ids...))
	f.work(run)
	v := f.validator()
	calls := 0
	ctx, cut := context.WithCancel(f.Context())
	_, err := f.a.Validate(ctx, f.lease, run, func(t *metadata.TableRecord, fields []metadata.FieldRecord) ([]metadata.Finding, error) {
		if calls++; calls == 300 {
			cut()
		}
		return v.Check(t, fields), nil
	})
	require.Error(f, err)
	partly := f.findings()
	require.NotEmpty(f, partly, "the first page is in")
	require.Less(f, len(partly), 4*tables)
	f.exec("DELETE FROM " + f.Table("table_metadata") + " WHERE table_name = 't010'")
	var seen []metadata.TableID
	counts, err := f.a.Validate(f.Context(), f.lease, run, func(t *metadata.TableRecord, fields []metadata.FieldRecord) ([]metadata.Finding, error) {
		seen = append(seen, t.ID)
		require.Len(f, fields, 2)
		return v.Check(t, fields), nil
	})
	f.must(err)
	require.Equal(f, append(ids[:10:10], ids[11:]...), seen, "each table once, in order")
	require.Equal(f, metadata.FindingCounts{Errors: 3 * (tables - 1), Warnings: tables - 1}, counts)
	all := f.findings()
	require.Len(f, all, 4*(tables-1))
	require.Equal(f, partly[0], all[0], "what the first pass wrote has stayed")
	for i, x := range partly[1:] {
		if x.Table != id(10) {
			require.GreaterOrEqual(f, indexOf(all, x.Table, x.Field), 0, i)
		}
	}
	f.exec("UPDATE " + f.Table("table_metadata") + " SET removed_at = last_synced_at")
	counts, none := f.pass(run, v)
	require.Equal(f, metadata.FindingCounts{}, counts)
	require.Empty(f, none, "an empty layer has no findings")
}

// fixesWork runs each suggested fix as it stands.
func (f *fixture) fixesWork() {
	hostile := []string{`x'; DROP TABLE field_metadata; --`, `"quoted"`, `back\slash' || 'x`, "new\nline\ttab", "dir\u202eection\u200b", "😀 {} :'owner' $1 ? %s", "null"}
	var ids []metadata.TableID
	for _, n := range hostile {
		ids = append(ids, metadata.TableID{Source: n, Database: n, Name: n})
	}
	run := f.plan(planned(metadata.ReasonNew, 0, ids...))
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	_, err := f.a.Commit(f.Context(), w, c.Run, c.Tables, func([]layer.Current) (out []layer.Effect, err error) {
		for _, t := range c.Tables {
			out = append(out, layer.Effect{
				Claimed: t, TableDirty: true, Table: metadata.TableRecord{Kind: "table", EstimatedRows: -1, Attributes: metadata.Attributes{Owner: "us"}},
				Insert: []metadata.FieldRecord{{Name: t.Table.Name, Ordinal: 1}, {Name: "b", Ordinal: 2, Attributes: metadata.Attributes{Tags: []string{"kept"}}}},
				State:  &metadata.TableState{Method: "m"},
			})
		}
		return out, nil
	})
	f.must(err)
	counts, found := f.pass(run, f.validator())
	require.Equal(f, metadata.FindingCounts{Errors: 2 * len(hostile), Warnings: 2 * len(hostile)}, counts)
	for _, x := range found {
		require.NotContains(f, x.Fix, "\n", "one line")
		res, err := f.a.DB().ExecContext(f.Context(), x.Fix)
		require.NoError(f, err, x.Fix)
		n, err := res.RowsAffected()
		f.must(err)
		require.EqualValues(f, 1, n, x.Fix)
	}
	counts, left := f.pass(run, f.validator())
	require.Equal(f, metadata.FindingCounts{}, counts, "%v", left)
	f.must(f.a.Fields(f.Context(), func(r metadata.FieldRecord) error {
		require.Contains(f, r.Tags, `it's \ "tagged"`)
		if r.Ordinal == 1 {
			require.Equal(f, `a\'b`, r.Description)
			return nil
		}
		require.Equal(f, "line\nbreak \u202e", r.Description)
		require.Contains(f, r.Tags, "kept")
		return nil
	}))
	// A fix without a value must not be taken as it stands.
	f.exec("UPDATE " + f.Table("table_metadata") + " SET owner = NULL")
	_, left = f.pass(run, f.validator())
	for _, x := range left {
		require.Contains(f, x.Fix, "SET owner = :'owner'")
		_, err := f.a.DB().ExecContext(f.Context(), x.Fix)
		require.Error(f, err, x.Fix)
	}
	require.Len(f, left, len(hostile))
}

// findingsEndRuns checks how validation decides over a run.
func (f *fixture) findingsEndRuns() {
	ctx := f.Context()
	run := f.plan(planned(metadata.ReasonNew, 0, id(1)), validated)
	r, final := f.advance(run)
	require.False(f, final)
	require.False(f, layer.NeedsValidation(r), "there are tables left")
	f.work(run)
	for range 2 {
		r, final = f.advance(run)
		require.False(f, final, "it is not validated yet")
		require.True(f, layer.NeedsValidation(r))
		require.Equal(f, metadata.StatusRunning, r.Status)
	}
	stale := r
	stale.Resumes = 7
	f.must(f.a.EndValidation(ctx, f.lease, stale, layer.Validated{}))
	r, final = f.advance(run)
	require.False(f, final, "the pass of another time does not count")
	f.must(f.a.EndValidation(ctx, f.lease, r, layer.Validated{Findings: metadata.FindingCounts{Errors: 3, Warnings: 2, Infos: 1}, Status: metadata.StatusFailed, Reason: "3 errors"}))
	r, final = f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusFailed, r.Status)
	require.Equal(f, "3 errors", r.Error)
	stored, err := f.a.Run(ctx, run)
	f.must(err)
	require.True(f, stored.Validated)
	require.Equal(f, metadata.FindingCounts{Errors: 3, Warnings: 2, Infos: 1}, stored.Findings)
	state, err := f.a.SourceState(ctx, "src")
	f.must(err)
	require.Equal(f, "token", state.Token, "the source was read and done all the same")
	_, err = f.a.Reopen(ctx, run, false, false)
	require.ErrorIs(f, err, layer.ErrWrongState, "nothing of it is left to do")

	// A run that is taken up again is validated again.
	run = f.plan(planned(metadata.ReasonNew, 0, id(2), id(3)), validated, func(s *metadata.RunSettings) { s.MaxRetries = 0 })
	w := f.worker(f.a)
	c := f.claim(f.a, w, run, 0)
	_, err = f.a.Settle(ctx, w, c.Run, 0, []layer.Outcome{{Claimed: c.Tables[0], Final: true, Class: "syntax", Error: "no"}}, nil)
	f.must(err)
	c.Tables = c.Tables[1:]
	f.commit(f.a, w, c)
	r, _ = f.advance(run)
	f.must(f.a.EndValidation(ctx, f.lease, r, layer.Validated{Status: metadata.StatusFailed, Reason: "1 errors"}))
	r, final = f.advance(run)
	require.True(f, final)
	require.Equal(f, "1 of 2 tables failed; 1 errors", r.Error)
	_, err = f.a.Reopen(ctx, run, true, false)
	f.must(err)
	f.work(run)
	r, final = f.advance(run)
	require.False(f, final)
	require.True(f, layer.NeedsValidation(r))
	require.Equal(f, 1, r.Resumes)
	f.must(f.a.EndValidation(ctx, f.lease, r, layer.Validated{}))
	r, final = f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCompleted, r.Status, r.Error)

	// What is stopped, and what is dry, ends without.
	run = f.plan(planned(metadata.ReasonNew, 0, id(4)), validated)
	f.must(f.a.RequestCancel(ctx, run, "me"))
	r, final = f.advance(run)
	require.True(f, final)
	require.Equal(f, metadata.StatusCancelled, r.Status)
	run = f.plan(planned(metadata.ReasonNew, 0, id(4)), validated, func(s *metadata.RunSettings) { s.DryRun = true })
	require.Equal(f, metadata.StatusDryRun, f.finish(run).Status)

	// Who does not lead any more cannot write findings.
	f.must(f.a.Resign(ctx, f.lease))
	f.campaign(f.b)
	_, err = f.a.Validate(ctx, f.lease, run, checks(f.validator()))
	require.ErrorIs(f, err, layer.ErrDeposed)
	require.ErrorIs(f, f.a.EndValidation(ctx, f.lease, r, layer.Validated{}), layer.ErrDeposed)
	require.Empty(f, f.findings())
}
