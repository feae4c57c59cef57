package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// runCommand runs the command with the additional environment, passes the
// signals on to all of its processes, and gives its exit code: 128 and the
// signal's number where a signal ended it, as shells have it.
//
// The command has a process group of its own, so that a signal reaches it
// once and the tests under `go test` as well. It has no input: reading the
// terminal from such a group would stop it.
func runCommand(ctx context.Context, arguments, environment []string, signals <-chan os.Signal) (int, error) {
	command := exec.CommandContext(context.WithoutCancel(ctx), arguments[0], arguments[1:]...) //nolint:gosec // the caller's command is what this is for
	command.Env = append(os.Environ(), environment...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return 0, fmt.Errorf("start the command: %w", err)
	}
	group := -command.Process.Pid
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case received := <-signals:
			if s, ok := received.(syscall.Signal); ok {
				_ = syscall.Kill(group, s) // fails only when everybody is gone
			}
		case err := <-ended:
			_ = syscall.Kill(group, syscall.SIGKILL) // what the command left behind
			return exitCode(err)
		}
	}
}

func exitCode(err error) (int, error) {
	var failed *exec.ExitError
	if err == nil || !errors.As(err, &failed) {
		return 0, err
	}
	if status, ok := failed.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return failed.ExitCode(), nil
}
