package app

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/coordinator"
	"github.com/semsync/semsync/internal/metadata"
)

// coordinatorFlags are the flags of the root command.
type coordinatorFlags struct {
	options
	dryRun, apply                              bool
	mode                                       string
	batchSize, workers                         int
	testTables                                 []string
	validate, connect, testSchedule, showScope bool
	yes, acceptDrops                           bool
	profile                                    bool
	profileOut                                 string
	output                                     string
}

func coordinatorCommand(s Streams) *cobra.Command {
	o := &coordinatorFlags{options: options{Streams: s}}
	cmd := &cobra.Command{
		Use:   "coordinator",
		Short: "Keep the semantic layer true: plan, dispatch and finish syncs",
		Long: "Without a flag that asks for one run or a check, the coordinator serves: it leads or\n" +
			"stands by, fires the schedule, and finishes every run that has begun.\n\n" +
			"Exit codes: 0 fine; 1 the run failed; 2 configuration or usage wrong; 3 some tables\n" +
			"failed; 4 the run waits for approval; 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.add(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "one run that writes nothing to the metadata tables and prints the changes")
	f.BoolVar(&o.apply, "apply", false, "one run, applied")
	f.StringVar(&o.mode, "mode", "", "full, delta or incremental, for one run")
	f.IntVar(&o.batchSize, "batch-size", 0, "tables in a batch, for one run")
	f.IntVar(&o.workers, "workers", 0, "tables of a batch worked on at once, for one run")
	f.StringArrayVar(&o.testTables, "test-table", nil, "limit one run to this `database.table` or glob (repeatable)")
	f.BoolVar(&o.validate, "validate-sync-config", false, "check the configuration and end")
	f.BoolVar(&o.connect, "connect", false, "with --validate-sync-config: try each connection and permission too")
	f.StringVar(&o.output, "output", "table", "with --validate-sync-config: "+outputs)
	f.BoolVar(&o.testSchedule, "test-schedule", false, "print the next 5 fire times and end")
	f.BoolVar(&o.showScope, "show-scope", false, "print which tables are in scope, and why others are not, and end")
	f.BoolVar(&o.yes, "yes", false, "answer yes to the question that interactive_mode asks")
	f.BoolVar(&o.acceptDrops, "accept-drops", false, "for one run: tables that a complete read does not show are gone, however many, and though privileges have changed")
	f.BoolVar(&o.profile, "profile", false, "for one run: report where the time went")
	f.StringVar(&o.profileOut, "profile-out", "", "write the profile to this `file` as JSON too")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "apply")
	cmd.AddCommand(runsCommand(&o.options), changesCommand(&o.options), approveCommand(&o.options), rejectCommand(&o.options), deadCommand(&o.options), validationCommand(&o.options), notifyCommand(&o.options), configCommand(&o.options), demoCommand(&o.options), healthcheckCommand(&o.options))
	return cmd
}

func (o *coordinatorFlags) run(cmd *cobra.Command) error {
	ctx := cmd.Context()
	switch {
	case o.connect && !o.validate:
		return usage(errors.New("--connect goes with --validate-sync-config"))
	case o.validate:
		return o.validateConfig(ctx, o.overrides(cmd))
	case cmd.Flags().Changed("output"):
		return usage(errors.New("--output goes with --validate-sync-config"))
	case o.testSchedule:
		return o.printSchedule()
	case o.showScope:
		return o.printScope(ctx)
	}
	if _, err := filterTables(o.testTables); err != nil {
		return usage(fmt.Errorf("--test-table: %w", err))
	}
	cfg, log, err := o.open(o.overrides(cmd))
	if err != nil {
		return err
	}
	f := cmd.Flags()
	if slices.ContainsFunc([]string{"dry-run", "apply", "mode", "batch-size", "workers", "test-table", "accept-drops", "profile", "profile-out"}, f.Changed) {
		return o.oneRun(ctx, cfg, log)
	}
	return serve(ctx, cfg, log)
}

// overrides are the configuration keys that flags set.
func (o *coordinatorFlags) overrides(cmd *cobra.Command) map[string]any {
	out := map[string]any{}
	f := cmd.Flags()
	if f.Changed("mode") {
		out["sync.mode"] = o.mode
	}
	if f.Changed("batch-size") {
		out["sync.batch_size"] = o.batchSize
	}
	if f.Changed("workers") {
		out["sync.parallel_workers"] = o.workers
	}
	if f.Changed("log-level") {
		out["sync.monitoring.log_level"] = o.logLevel
	}
	return out
}

// settings are those of the run that the flags ask for.
func (o *coordinatorFlags) settings(cfg *config.Config) metadata.RunSettings {
	s := cfg.RunSettings()
	s.TestTables = o.testTables
	s.AcceptDrops = o.acceptDrops
	s.Profile = o.profile || o.profileOut != ""
	switch {
	case o.apply:
		s.DryRun = !cfg.SemanticDatabase.WriteEnabled
	case o.dryRun:
		s.DryRun = true
	}
	if cfg.Sync.InteractiveMode && !o.yes {
		s.HoldAll = true // until the question is answered
	}
	return s
}

// scheduleOf gives the configured schedule; nil when runs start by hand only.
func scheduleOf(cfg *config.Config) (*coordinator.Schedule, error) {
	s := cfg.Sync.Schedule
	if s.Manual() {
		return nil, nil //nolint:nilnil // no schedule is a setting, not an error
	}
	zone, err := time.LoadLocation(cfg.Sync.Timezone)
	if err != nil {
		return nil, usage(fmt.Errorf("sync.timezone: %w", err))
	}
	out := &coordinator.Schedule{
		Name: s.String() + " " + zone.String(), CatchUp: cfg.Sync.CatchUp, Queue: cfg.Sync.Overlap == "queue",
	}
	if s.Interval > 0 {
		out.Next = func(t time.Time) time.Time { return t.Add(s.Interval) }
		return out, nil
	}
	expr, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor).Parse(s.Cron)
	if err != nil {
		return nil, usage(fmt.Errorf("sync.schedule: %w", err))
	}
	out.Next = func(t time.Time) time.Time { return nextFire(expr, t, zone) }
	return out, nil
}
