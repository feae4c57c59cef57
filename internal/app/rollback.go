package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

func runsRollback(o *options) *cobra.Command {
	var by, comment string
	var only []string
	cmd := &cobra.Command{
		Use: "rollback RUN", Short: "Put back what a run overwrote", Args: cobra.ExactArgs(1),
		Long: "Put back what a run changed. Rows that a person or a later run has changed since are left as they are\n" +
			"and named. What is put back counts as a person's choice, so that the next run does not change it again;\n" +
			"tables that the run brought into the layer go, and come back with the next run.",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseRun(args[0])
			if err != nil {
				return err
			}
			wanted, err := wantedChanges(only)
			if err != nil {
				return err
			}
			return o.withLayer(cmd.Context(), func(_ *config.Config, l layer.Layer) error {
				run, err := l.Run(cmd.Context(), id)
				if err != nil {
					return explain(err, id)
				}
				if err := mayRollBack(run); err != nil {
					return err
				}
				out, err := l.Revise(cmd.Context(), layer.Revision{
					Run: id, From: []metadata.ChangeStatus{metadata.ChangeApplied, metadata.ChangeApproved}, To: metadata.ChangeRolledBack,
					By: by, Comment: comment, Want: wanted, Forget: true,
					Think: func(cur layer.Current, changes []metadata.Change) (merge.Revision, error) {
						return merge.Revert(cur.Table, cur.Fields, changes)
					},
				})
				if err != nil {
					return err
				}
				for _, r := range out.Refused {
					_, _ = fmt.Fprintf(o.Out, "left as it is: %s %s: %s\n", cell(r.Object), r.Attribute, cell(r.Why))
				}
				_, _ = fmt.Fprintf(o.Out, "%d changes of run %s rolled back, %d left as they are\n", out.Settled, id, out.RefusedTotal)
				if out.RefusedTotal > 0 {
					return &exitError{code: exitFailed}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&by, "by", initiator(), "who decides")
	cmd.Flags().StringVar(&comment, "comment", "", "why, kept with the changes")
	cmd.Flags().StringArrayVar(&only, "only", nil, onlyUsage)
	return cmd
}

// mayRollBack says why a run cannot be taken back, or nil.
func mayRollBack(r metadata.Run) error {
	switch {
	case r.Settings.DryRun:
		return fmt.Errorf("run %s was a dry run: it changed nothing", r.ID)
	case !r.Status.Final():
		return fmt.Errorf("run %s is %s: coordinator runs cancel %s stops it first", r.ID, r.Status, r.ID)
	case r.Settings.NoLog:
		return fmt.Errorf("run %s kept nothing to put back: it ran with sync.create_backup and sync.audit_logging false", r.ID)
	case r.Counts.Applied == 0:
		return fmt.Errorf("run %s has no changes to put back", r.ID)
	default:
		return nil
	}
}
