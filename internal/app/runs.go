package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// withLayer opens the layer alone, checks that it is set up, and closes it in the end.
func (o *options) withLayer(ctx context.Context, fn func(cfg *config.Config, l layer.Layer) error) (err error) {
	cfg, err := o.load(nil)
	if err != nil {
		return err
	}
	asking := *cfg
	asking.SemanticDatabase.CreateIfMissing = false // asking makes no layer
	l, err := openLayer(&asking)
	if err != nil {
		if metadata.AsFault(err).Kind == metadata.FaultMissing {
			err = layer.ErrNotMigrated
		}
		return explainSetup(err)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.CheckMigrated(ctx); err != nil {
		return explainSetup(err)
	}
	return fn(cfg, l)
}

// explainSetup adds what to do when there is no layer yet.
func explainSetup(err error) error {
	if errors.Is(err, layer.ErrNotMigrated) {
		return fmt.Errorf("%w: start the coordinator once with this configuration", err)
	}
	return err
}

func runsCommand(o *options) *cobra.Command {
	return group("runs", "List, show, watch, resume, cancel and roll back runs", runsList(o), runsShow(o), runsWatch(o), runsResume(o), runsCancel(o), runsRollback(o))
}

// parseRun reads a run's id as the user gave it.
func parseRun(text string) (metadata.RunID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return id, usage(fmt.Errorf("%q is not a run's id: see coordinator runs list", printable(text)))
	}
	return id, nil
}

// explain adds what to do to the layer's own errors about a run.
func explain(err error, id metadata.RunID) error {
	if errors.Is(err, layer.ErrNotFound) {
		return usage(fmt.Errorf("there is no run %s: see coordinator runs list", id))
	}
	return err
}

func runsList(o *options) *cobra.Command {
	var limit int
	var form string
	cmd := &cobra.Command{
		Use: "list", Short: "The latest runs", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.withLayer(cmd.Context(), func(_ *config.Config, l layer.Layer) error {
				runs, err := l.ListRuns(cmd.Context(), limit)
				if err != nil {
					return err
				}
				views := make([]runView, len(runs))
				for i, r := range runs {
					views[i] = viewOf(r)
				}
				return printList(o.Out, form, views, []string{"RUN", "STATUS", "MODE", "TRIGGER", "STARTED", "TOOK", "TABLES", "FAILED"}, func(v runView) []string {
					return []string{
						v.RunID, string(v.Status), string(v.Mode), v.Trigger, v.StartedAt.Format(time.RFC3339),
						time.Duration(v.Seconds * float64(time.Second)).Round(time.Millisecond).String(),
						fmt.Sprintf("%d/%d", v.Done, v.Total), strconv.Itoa(v.Failed),
					}
				})
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "at most this many")
	cmd.Flags().StringVar(&form, "output", "table", outputs)
	return cmd
}

func runsShow(o *options) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use: "show RUN", Short: "One run with its failures", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseRun(args[0])
			if err != nil {
				return err
			}
			return o.withLayer(cmd.Context(), func(_ *config.Config, l layer.Layer) error {
				r, err := l.Run(cmd.Context(), id)
				if err != nil {
					return explain(err, id)
				}
				if form == "table" {
					return printRun(cmd.Context(), o.Out, l, r)
				}
				return showRun(cmd.Context(), o, l, r, form)
			})
		},
	}
	cmd.Flags().StringVar(&form, "output", "table", outputs)
	return cmd
}

// failureView is a table that was not done, as JSON and YAML show it.
type failureView struct {
	metadata.TableID
	State    metadata.LedgerState `json:"state"`
	Reason   metadata.Reason      `json:"reason"`
	Attempts int                  `json:"attempts"`
	Class    metadata.FaultClass  `json:"error_class"`
	Error    string               `json:"error"`
}

func showRun(ctx context.Context, o *options, l layer.Layer, r metadata.Run, form string) error {
	out := struct {
		runView
		NotDone []failureView `json:"not_done"`
	}{runView: viewOf(r), NotDone: []failureView{}}
	err := l.RunTables(ctx, r.ID, []metadata.LedgerState{metadata.LedgerFailed, metadata.LedgerSkipped}, func(t layer.RunTable) error {
		out.NotDone = append(out.NotDone, failureView{t.Table, t.State, t.Reason, t.Attempt, t.Class, t.Error})
		return nil
	})
	if err != nil {
		return err
	}
	if form == "yaml" {
		return printYAML(o.Out, out)
	}
	return printOne(o.Out, form, out)
}

func runsWatch(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "watch RUN", Short: "A live view of a run, until it ends", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseRun(args[0])
			if err != nil {
				return err
			}
			return o.withLayer(cmd.Context(), func(cfg *config.Config, l layer.Layer) error { return o.watch(cmd.Context(), cfg, l, id) })
		},
	}
}

func (o *options) watch(ctx context.Context, cfg *config.Config, l layer.Layer, id metadata.RunID) error {
	log, err := o.logger(cfg)
	if err != nil {
		return err
	}
	f := &follower{layer: l, log: log, view: newView(o.Err, log), watchOnly: true}
	if !cfg.EmbeddedNATS() {
		infra := &Infra{}
		if err := infra.openBus(ctx, cfg, log); err != nil {
			return err
		}
		defer func() { _ = infra.Close() }() // watching is over; nothing depends on it
		f.bus = infra.Bus
	}
	r, err := f.follow(ctx, id)
	if err != nil {
		return explain(err, id)
	}
	if err := printRun(ctx, o.Out, l, r); err != nil {
		return err
	}
	return ended(r)
}

func runsResume(o *options) *cobra.Command {
	var failed, accept bool
	cmd := &cobra.Command{
		Use: "resume RUN", Short: "Go on with a run that was stopped or failed", Args: cobra.ExactArgs(1),
		Long: "The tables that are not done become due again; those that are done stay done. The run is\n" +
			"driven by the coordinator that leads, or by this command where none does, which ends with the run.",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseRun(args[0])
			if err != nil {
				return err
			}
			return o.withLayer(cmd.Context(), func(cfg *config.Config, l layer.Layer) error {
				n, err := l.Reopen(cmd.Context(), id, failed, accept)
				if errors.Is(err, layer.ErrWrongState) {
					return nothingToResume(cmd.Context(), l, id)
				}
				if err != nil {
					return explain(err, id)
				}
				_, _ = fmt.Fprintf(o.Out, "run %s goes on: %d tables to do\n", id, n)
				return o.goOn(cmd.Context(), cfg, id)
			})
		},
	}
	cmd.Flags().BoolVar(&failed, "failed", false, "try failed tables again too")
	cmd.Flags().BoolVar(&accept, "accept-drops", false, "agree to the removals that the run waits for")
	return cmd
}

// nothingToResume says why a run cannot be resumed, and what can be done instead.
func nothingToResume(ctx context.Context, l layer.Layer, id metadata.RunID) error {
	r, err := l.Run(ctx, id)
	switch {
	case err != nil:
		return explain(err, id)
	case r.Status == metadata.StatusAwaitingApproval && !r.PlanHeld:
		return fmt.Errorf("run %s waits for approval, %s: coordinator approve %s agrees to that", id, r.Error, id)
	case r.Status == metadata.StatusAwaitingApproval:
		return fmt.Errorf("run %s waits for approval, %s: --accept-drops agrees to that", id, r.Error)
	case !r.Status.Final():
		return fmt.Errorf("run %s is %s already: runs watch follows it", id, r.Status)
	case r.Counts.Failed > 0:
		return fmt.Errorf("run %s has only failed tables left: --failed tries them again", id)
	default:
		return fmt.Errorf("run %s has nothing left to do: it is %s", id, r.Status)
	}
}

func runsCancel(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "cancel RUN", Short: "Stop a run after the tables in hand", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseRun(args[0])
			if err != nil {
				return err
			}
			return o.withLayer(cmd.Context(), func(cfg *config.Config, l layer.Layer) error {
				err := l.RequestCancel(cmd.Context(), id, initiator())
				if errors.Is(err, layer.ErrWrongState) {
					return fmt.Errorf("run %s has ended already", id)
				}
				if err != nil {
					return explain(err, id)
				}
				_, _ = fmt.Fprintf(o.Out, "run %s stops after the tables in hand; resume it with coordinator runs resume %s\n", id, id)
				return nil
			})
		},
	}
}

// goOn follows a reopened run to its end, and drives it from this process while no other coordinator leads.
// The lease alone does not tell that one does: it outlives a killed holder for some seconds.
func (o *options) goOn(ctx context.Context, cfg *config.Config, id metadata.RunID) error {
	log, err := o.logger(cfg)
	if err != nil {
		return err
	}
	return o.drive(ctx, cfg, log, func(layer.Layer) (metadata.RunID, error) { return id, nil })
}
