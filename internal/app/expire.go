package app

import (
	"context"
	"sync"
	"time"

	"github.com/semsync/semsync/internal/approval"
	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// expirer decides on changes on which nobody decided in time, as approval_timeout_action says.
type expirer struct {
	policy  *approval.Policy
	approve bool
	every   time.Duration // between two looks at a run
	l       layer.Layer

	mu   sync.Mutex
	seen map[metadata.RunID]time.Time
}

func newExpirer(cfg *config.Config, l layer.Layer) *expirer {
	e := &expirer{
		policy: approvalPolicy(cfg), approve: cfg.Approval.ApprovalTimeoutAction == "auto_approve", l: l, seen: map[metadata.RunID]time.Time{},
	}
	shortest := cfg.Approval.ApprovalTimeout
	for _, s := range e.policy.Stages {
		if s.Timeout > 0 && (shortest == 0 || s.Timeout < shortest) {
			shortest = s.Timeout
		}
	}
	if shortest > 0 {
		e.every = min(max(shortest/20, time.Second), time.Minute)
	}
	return e
}

// expire looks at a run that waits.
func (e *expirer) expire(ctx context.Context, r metadata.Run) error {
	if e.every == 0 || !e.due(r.ID) {
		return nil
	}
	voices, err := e.l.Votes(ctx, r.ID)
	if err != nil {
		return err
	}
	d := &decision{
		verdict: verdict{approve: e.approve, by: "approval_timeout", comment: "nobody decided in time"}, l: e.l, policy: e.policy, run: r, now: map[int64]bool{},
	}
	now := time.Now()
	passed := map[int64]bool{}
	err = e.l.Changes(ctx, r.ID, func(c metadata.Change) error {
		if c.Status != metadata.ChangePending || c.Held != metadata.HeldForApproval {
			return nil
		}
		votes := make([]approval.Vote, len(voices[c.ID]))
		for i, v := range voices[c.ID] {
			votes[i] = approval.Vote(v)
		}
		switch s := e.policy.Standing(merge.Kind(&c), c.At, votes, now); {
		case s.Passed: // its last stage was passed over
			passed[c.ID] = true
		case s.Expired:
			d.now[c.ID] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := d.carryOut(ctx); err != nil || len(passed) == 0 {
		return err
	}
	d.now, d.approve = passed, true
	_, err = d.carryOut(ctx)
	return err
}

func (e *expirer) due(id metadata.RunID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.seen[id]) < e.every {
		return false
	}
	e.seen[id] = time.Now()
	return true
}
