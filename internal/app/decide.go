package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/approval"
	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// verdict is what somebody decides about the pending changes of a run.
type verdict struct {
	approve     bool
	by, comment string
	content     string // what was shown to the one who decides; "" when not said
	wanted      func(*metadata.Change) bool
}

func approveCommand(o *options) *cobra.Command {
	return decideCommand(o, &cobra.Command{
		Use: "approve RUN", Short: "Agree to changes that a run left pending", Args: cobra.ExactArgs(1),
		Long: "Agree to all pending changes of a run, or to some. Each is written exactly as it was shown;\n" +
			"one whose place has changed since is refused, with the reason.",
	}, true)
}

func rejectCommand(o *options) *cobra.Command {
	return decideCommand(o, &cobra.Command{
		Use: "reject RUN", Short: "Refuse changes that a run left pending", Args: cobra.ExactArgs(1),
		Long: "Refuse all pending changes of a run, or some. What the layer holds instead counts as a person's\n" +
			"choice from then on, so that the same change is not proposed again.",
	}, false)
}

func decideCommand(o *options, cmd *cobra.Command, approve bool) *cobra.Command {
	v := verdict{approve: approve}
	var only []string
	f := cmd.Flags()
	f.StringArrayVar(&only, "only", nil, onlyUsage)
	f.StringVar(&v.by, "by", initiator(), "who decides")
	f.StringVar(&v.comment, "comment", "", "why, kept with the decision")
	f.StringVar(&v.content, "content", "", "decide only when this is the content that coordinator changes named")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := parseRun(args[0])
		if err != nil {
			return err
		}
		if v.wanted, err = wantedChanges(only); err != nil {
			return err
		}
		return o.withLayer(cmd.Context(), func(cfg *config.Config, l layer.Layer) error {
			return o.decide(cmd.Context(), cfg, l, id, v)
		})
	}
	return cmd
}

// decide carries a verdict out, says what came of it, and ends the run when nothing of it waits any more.
func (o *options) decide(ctx context.Context, cfg *config.Config, l layer.Layer, id metadata.RunID, v verdict) error {
	run, err := l.Run(ctx, id)
	if err != nil {
		return explain(err, id)
	}
	policy := approvalPolicy(cfg)
	if err := policy.May(v.by, run.InitiatedBy); err != nil {
		return usage(err)
	}
	if run.PlanHeld && run.Status == metadata.StatusAwaitingApproval {
		return fmt.Errorf("run %s waits for agreement to its plan, %s: coordinator runs resume %s --accept-drops agrees, runs cancel refuses", id, run.Error, id)
	}
	d, err := newDecision(ctx, l, policy, run, v, time.Now())
	if err != nil {
		return err
	}
	out, err := d.carryOut(ctx)
	if err != nil {
		return err
	}
	for _, r := range out.Refused {
		_, _ = fmt.Fprintf(o.Out, "not %s: %s %s: %s\n", d.word(), cell(r.Object), r.Attribute, cell(r.Why))
	}
	_, _ = fmt.Fprintf(o.Out, "%d changes %s", out.Settled, d.word())
	if out.RefusedTotal > 0 {
		_, _ = fmt.Fprintf(o.Out, ", %d could not be", out.RefusedTotal)
	}
	for _, w := range d.stillWaiting() {
		_, _ = fmt.Fprintf(o.Out, ", %s", w)
	}
	_, _ = fmt.Fprintln(o.Out)
	if err := o.endWaiting(ctx, cfg, l, id); err != nil {
		return err
	}
	if out.RefusedTotal > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// endWaiting lets a run end that has nothing left to be decided on.
func (o *options) endWaiting(ctx context.Context, cfg *config.Config, l layer.Layer, id metadata.RunID) error {
	run, err := l.Run(ctx, id)
	if err != nil || run.Status.Final() || run.Waits() {
		return err
	}
	return o.goOn(ctx, cfg, id)
}

// decision is a verdict on its way.
type decision struct {
	verdict
	l      layer.Layer
	policy *approval.Policy
	run    metadata.Run
	now    map[int64]bool     // changes that are decided now
	votes  map[string][]int64 // voices to record, by stage
	waits  map[string]int     // changes that wait for more, by for whom
}

// newDecision finds out what the verdict means for each pending change.
func newDecision(ctx context.Context, l layer.Layer, p *approval.Policy, run metadata.Run, v verdict, now time.Time) (*decision, error) {
	d := &decision{verdict: v, l: l, policy: p, run: run, now: map[int64]bool{}, votes: map[string][]int64{}, waits: map[string]int{}}
	voices, err := l.Votes(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	shown, pending := newContent(), 0
	err = l.Changes(ctx, run.ID, func(c metadata.Change) error {
		if c.Status != metadata.ChangePending {
			return nil
		}
		pending++
		if v.wanted(&c) {
			shown.add(&c)
			d.weigh(&c, voices[c.ID], now)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case shown.n == 0:
		return nil, fmt.Errorf("run %s has %d pending changes, none of them chosen: see coordinator changes %s --status pending", run.ID, pending, run.ID)
	case v.content != "" && !shown.same(v.content):
		return nil, fmt.Errorf("the pending changes are not those of content %s any more, but of %s: look at them again", v.content, shown)
	case len(d.now)+len(d.votes) == 0:
		return nil, errors.New(strings.Join(d.stillWaiting(), ", "))
	}
	return d, nil
}

func (d *decision) weigh(c *metadata.Change, voices []layer.Vote, now time.Time) {
	votes := make([]approval.Vote, len(voices))
	for i, v := range voices {
		votes[i] = approval.Vote(v)
	}
	kind := merge.Kind(c)
	if !d.approve {
		d.now[c.ID] = true
		return
	}
	before := d.policy.Standing(kind, c.At, votes, now)
	if !before.Passed && len(before.Waits) > 0 && !slices.Contains(before.Waits, d.by) {
		d.waits[waitText(before)]++
		return
	}
	after := d.policy.Standing(kind, c.At, append(votes, approval.Vote{Stage: before.Stage, Voter: d.by, At: now}), now)
	if after.Passed {
		d.now[c.ID] = true
		return
	}
	d.votes[before.Stage] = append(d.votes[before.Stage], c.ID)
	d.waits[waitText(after)]++
}

func waitText(s approval.Standing) string {
	text := strings.Join(s.Waits, ", ")
	if s.Stage != "" {
		text = "stage " + s.Stage + " (" + text + ")"
	}
	return text
}

func (d *decision) stillWaiting() []string {
	var out []string
	for who, n := range d.waits {
		out = append(out, fmt.Sprintf("%d wait for %s", n, who))
	}
	slices.Sort(out)
	return out
}

func (d *decision) word() string {
	if d.approve {
		return "approved"
	}
	return "rejected"
}

// carryOut records voices and decides on what needs no more of them.
func (d *decision) carryOut(ctx context.Context) (layer.Revised, error) {
	for stage, ids := range d.votes {
		if err := d.l.Vote(ctx, stage, d.by, d.comment, ids); err != nil {
			return layer.Revised{}, err
		}
	}
	if len(d.now) == 0 {
		return layer.Revised{}, nil
	}
	r := layer.Revision{
		Run: d.run.ID, From: []metadata.ChangeStatus{metadata.ChangePending}, To: metadata.ChangeRejected, By: d.by, Comment: d.comment,
		Want: func(c *metadata.Change) bool { return d.now[c.ID] },
		Think: func(cur layer.Current, changes []metadata.Change) (merge.Revision, error) {
			return merge.Reject(cur.Table, cur.Fields, changes)
		},
	}
	if d.approve {
		r.To = metadata.ChangeApproved
		r.Think = func(cur layer.Current, changes []metadata.Change) (merge.Revision, error) {
			return merge.Apply(cur.Table, cur.Fields, changes, cur.Former)
		}
	}
	return d.l.Revise(ctx, r)
}

// approvalPolicy gives who decides.
func approvalPolicy(cfg *config.Config) *approval.Policy {
	a := cfg.Approval
	p := &approval.Policy{Mode: a.ApprovalMode, Approvers: a.Approvers, Timeout: a.ApprovalTimeout}
	for _, s := range a.ApprovalChain {
		p.Stages = append(p.Stages, approval.Stage{
			Name: s.Name, Approvers: s.Approvers, Optional: s.Required != nil && !*s.Required, Timeout: s.Timeout, Kinds: s.Conditions,
		})
	}
	return p
}
