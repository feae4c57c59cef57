package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Streams are a program's standard streams.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Coordinator runs the coordinator program and gives its exit code. ctx ends
// with the first interrupt.
func Coordinator(ctx context.Context, args []string, s Streams) int {
	return run(ctx, coordinatorCommand(s), args, s) //nolint:contextcheck // commands get it from ExecuteContext
}

// Worker runs the worker program and gives its exit code.
func Worker(ctx context.Context, args []string, s Streams) int {
	return run(ctx, workerCommand(s), args, s) //nolint:contextcheck // commands get it from ExecuteContext
}

func run(ctx context.Context, cmd *cobra.Command, args []string, s Streams) int {
	cmd.SetArgs(args)
	cmd.SetIn(s.In)
	cmd.SetOut(s.Out)
	cmd.SetErr(s.Err)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(fmt.Errorf("%w\nsee %s --help", err, c.CommandPath()))
	})
	began := false
	watchStart(cmd, &began)
	err := cmd.ExecuteContext(ctx)
	if err != nil && !began { // a wrong argument, flag or command
		err = usage(err)
	}
	if e, ok := errors.AsType[*exitError](err); err != nil && (!ok || e.err != nil) {
		_, _ = fmt.Fprintln(s.Err, "error: "+printable(err.Error()))
	}
	return codeOf(err)
}

// watchStart sets began when a command, or one of those below it, begins its work.
func watchStart(cmd *cobra.Command, began *bool) {
	if work := cmd.RunE; work != nil {
		cmd.RunE = func(c *cobra.Command, args []string) error {
			*began = true
			return work(c, args)
		}
	}
	for _, c := range cmd.Commands() {
		watchStart(c, began)
	}
}

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	cmd.AddCommand(commands...)
	return cmd
}

// release is set by the linker for builds that have no version control at hand.
var release string

// version is what the build knows of itself.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return info.Main.Version + " " + s.Value[:12]
		}
	}
	return info.Main.Version
}

// hostname is for people only; nothing is decided by it.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}
