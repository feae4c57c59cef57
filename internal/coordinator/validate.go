package coordinator

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Validation says what a coordinator looks for before a run ends; see layer.Validation for how that survives crashes.
type Validation struct {
	// Check gives one table's findings. It must be safe for concurrent use, and give the same for the same table.
	Check func(t *metadata.TableRecord, fields []metadata.FieldRecord) []metadata.Finding
	// Fail makes runs with findings of severity error fail.
	Fail bool
}

// validations runs passes over the layer beside the ticks, one at a time.
type validations struct {
	c     *Coordinator
	lease layer.Lease
	wg    sync.WaitGroup
	busy  chan struct{} // holds one while a pass goes on
}

func newValidations(c *Coordinator, lease layer.Lease) *validations {
	return &validations{c: c, lease: lease, busy: make(chan struct{}, 1)}
}

func (v *validations) wait() { v.wg.Wait() }

// start validates a run, unless a pass is going on: a later tick comes back to it.
func (v *validations) start(ctx context.Context, r metadata.Run) {
	select {
	case v.busy <- struct{}{}:
	default:
		return
	}
	v.wg.Go(func() {
		defer func() { <-v.busy }()
		v.c.validate(ctx, v.lease, r)
	})
}

// validate makes the pass, records how it came out and ends the run. What fails and may pass is left to the next tick; what
// will not pass must not keep the run from ending, and is said in its end.
func (c *Coordinator) validate(ctx context.Context, lease layer.Lease, r metadata.Run) {
	c.refreshImpact(ctx, lease, r)
	began := time.Now()
	var out layer.Validated
	var err error
	if c.cfg.Validation != nil { // a run may come from a process with rules, and this one have none
		out.Findings, err = c.Layer.Validate(ctx, lease, r.ID, c.checkSafely)
	}
	switch f := metadata.AsFault(err); {
	case err == nil:
		out.Status, out.Reason = c.judge(out.Findings)
	case ctx.Err() != nil || errors.Is(err, layer.ErrDeposed):
		return
	case f.Kind == metadata.FaultTransient || f.Kind == metadata.FaultConflict:
		c.Logger.WarnContext(ctx, "the layer could not be validated yet", "run_id", r.ID, "error", err)
		return
	default:
		c.Logger.ErrorContext(ctx, "the layer cannot be validated", "run_id", r.ID, "error", err)
		out.Status, out.Reason = metadata.StatusCompletedWithErrors, "the layer could not be validated: "+err.Error()
	}
	if err := c.Layer.EndValidation(ctx, lease, r, out); err != nil {
		c.Logger.WarnContext(ctx, "the validation could not be recorded yet", "run_id", r.ID, "error", err)
		return
	}
	if err == nil && c.cfg.Validation != nil {
		c.Metrics.findings(out.Findings)
		c.Logger.InfoContext(ctx, "validated", "run_id", r.ID, "errors", out.Findings.Errors, "warnings", out.Findings.Warnings,
			"infos", out.Findings.Infos, "took", time.Since(began).Round(time.Millisecond))
	}
	if _, err := c.advance(ctx, lease, r.ID, true); err != nil {
		c.Logger.WarnContext(ctx, "the validated run could not be ended yet", "run_id", r.ID, "error", err)
	}
}

// checkSafely checks a table. A rule that panics over some table must not take the coordinator down again and again.
func (c *Coordinator) checkSafely(t *metadata.TableRecord, fields []metadata.FieldRecord) (found []metadata.Finding, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.Logger.Error("panic over a table", "table", t.ID.Qualified(), "stack", string(debug.Stack()))
			err = metadata.PanicFault("validate table", t.ID.Qualified(), p)
		}
	}()
	return c.cfg.Validation.Check(t, fields), nil
}

// judge says what findings make of a run.
func (c *Coordinator) judge(n metadata.FindingCounts) (metadata.RunStatus, string) {
	if !c.cfg.Validation.failing() || n.Errors == 0 {
		return "", ""
	}
	return metadata.StatusFailed, fmt.Sprintf(
		"validation found %d errors, and validation.fail_on_errors is set: coordinator validation shows them; the metadata is committed all the same", n.Errors)
}

func (v *Validation) failing() bool { return v != nil && v.Fail }
