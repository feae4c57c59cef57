package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

func deadCommand(o *options) *cobra.Command {
	return group("dead", "Tables that ran out of retries", deadList(o), deadRetry(o), deadDrop(o))
}

// deadView is a dead table as lists show it.
type deadView struct {
	RunID string `json:"run_id"`
	failureView
	Batch int `json:"batch"`
}

func deadList(o *options) *cobra.Command {
	var limit int
	var form string
	cmd := &cobra.Command{
		Use: "list [RUN]", Short: "Tables that failed for good, of one run or of all", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var id *metadata.RunID
			if len(args) == 1 {
				run, err := parseRun(args[0])
				if err != nil {
					return err
				}
				id = &run
			}
			return o.withLayer(cmd.Context(), func(_ *config.Config, l layer.Layer) error {
				dead, err := l.Dead(cmd.Context(), id, limit)
				if err != nil {
					return err
				}
				views := make([]deadView, len(dead))
				for i, d := range dead {
					views[i] = deadView{d.Run.String(), failureView{d.Table, d.State, d.Reason, d.Attempt, d.Class, d.Error}, d.Batch}
				}
				return printList(o.Out, form, views, []string{"RUN", "BATCH", "TABLE", "ATTEMPTS", "CLASS", "ERROR"}, func(v deadView) []string {
					return []string{v.RunID, strconv.Itoa(v.Batch), v.Qualified(), strconv.Itoa(v.Attempts), string(v.Class), v.Error}
				})
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "at most this many")
	cmd.Flags().StringVar(&form, "output", "table", outputs)
	return cmd
}

func deadRetry(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "retry RUN", Short: "Try a run's failed tables again", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseRun(args[0])
			if err != nil {
				return err
			}
			return o.withLayer(cmd.Context(), func(cfg *config.Config, l layer.Layer) error {
				n, err := l.Reopen(cmd.Context(), id, true, false)
				if errors.Is(err, layer.ErrWrongState) {
					return fmt.Errorf("run %s has no failed tables to try again, or has not ended", id)
				}
				if err != nil {
					return explain(err, id)
				}
				_, _ = fmt.Fprintf(o.Out, "run %s goes on: %d tables to do\n", id, n)
				o.dropArchived(cmd.Context(), cfg, id)
				return o.goOn(cmd.Context(), cfg, id)
			})
		},
	}
}

func deadDrop(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "drop RUN", Short: "Take a run's failed tables off the list of the dead", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseRun(args[0])
			if err != nil {
				return err
			}
			return o.withLayer(cmd.Context(), func(cfg *config.Config, l layer.Layer) error {
				if _, err := l.Run(cmd.Context(), id); err != nil {
					return explain(err, id)
				}
				n, err := l.DropDead(cmd.Context(), id)
				if err != nil {
					return err
				}
				o.dropArchived(cmd.Context(), cfg, id)
				_, _ = fmt.Fprintf(o.Out, "%d tables of run %s dropped from the list\n", n, id)
				return nil
			})
		},
	}
}

// dropArchived takes a run's batches out of the queue's archive. The ledger
// decides; the archive is for people who look at Asynqmon, so a queue that is away is no failure.
func (o *options) dropArchived(ctx context.Context, cfg *config.Config, id metadata.RunID) {
	if cfg.EmbeddedRedis() {
		return // it is gone with the process that had it
	}
	infra := &Infra{QueueName: cfg.SemanticDatabase.Name}
	defer func() { _ = infra.Close() }()
	err := infra.openQueue(cfg)
	if err == nil {
		err = infra.dropArchived(ctx, id)
	}
	if err != nil {
		_, _ = fmt.Fprintln(o.Err, "warning: the queue's archive was left as it is: "+printable(err.Error()))
	}
}

func (i *Infra) dropArchived(ctx context.Context, id metadata.RunID) error {
	dead, err := i.Queue.Dead(ctx)
	if err != nil {
		return err
	}
	for _, d := range dead {
		if d.Ref.Run != id {
			continue
		}
		if err := i.Queue.DropDead(ctx, d.Ref); err != nil && metadata.AsFault(err).Kind != metadata.FaultMissing {
			return err
		}
	}
	return nil
}
