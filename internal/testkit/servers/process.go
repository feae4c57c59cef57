package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// errExited ends the waiting for a server that is gone already.
var errExited = errors.New("server ended by itself")

// process is a running server. It is not safe for concurrent use.
//
// It is reaped by wait4 without a waiting goroutine: a server that lives as
// long as the test process would else look like a leak in every test that
// counts goroutines.
type process struct {
	pid    int
	log    string // path of the file that holds what the server printed
	reaped bool
	frozen bool
}

// program says what to run.
type program struct {
	path      string
	arguments []string
	owner     *account
	quit      syscall.Signal // ends the program at once
}

// launch starts the program with the folder as its working directory.
func launch(ctx context.Context, p program, home *folder) (*process, error) {
	log := home.file("server.log")
	output, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) //nolint:gosec // a path that this package made
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	defer output.Close() //nolint:errcheck // the child has its own descriptor, nothing was written by us

	// The server ends by stop, not with the context.
	command := exec.CommandContext(context.WithoutCancel(ctx), p.path, p.arguments...) //nolint:gosec // a program this package found
	command.Dir, command.Env = home.path, home.environment()
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = p.owner.attributes()
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.path, err)
	}
	started := &process{pid: command.Process.Pid, log: log}
	if err := errors.Join(command.Process.Release(), home.guard(started.pid, p.quit)); err != nil {
		return nil, errors.Join(fmt.Errorf("watch over %s: %w", p.path, err), started.stop(syscall.SIGKILL))
	}
	return started, nil
}

// exited reports whether the server is gone, and reaps it.
func (p *process) exited() bool {
	if p.reaped {
		return true
	}
	pid, err := syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil)
	p.reaped = pid == p.pid || errors.Is(err, syscall.ECHILD)
	return p.reaped
}

// signal sends a signal to the server; one that is gone already is an error,
// never a signal to whoever got its id.
func (p *process) signal(s syscall.Signal) error {
	if p.exited() {
		return errExited
	}
	return syscall.Kill(p.pid, s)
}

// freeze stops the server until it is woken by SIGCONT, and returns when it
// stands still: the signal alone may take effect a moment later.
func (p *process) freeze() error {
	if p.frozen { // a second SIGSTOP changes nothing, there would be nothing to wait for
		return nil
	}
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(p.pid, &status, syscall.WUNTRACED, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return err
		case status.Stopped():
			p.frozen = true
			return nil
		default:
			p.reaped = true
			return errExited
		}
	}
}

// thaw wakes a frozen server.
func (p *process) thaw() error {
	p.frozen = false
	return p.signal(syscall.SIGCONT)
}

// stop ends the server with the signal, or after 10 s with SIGKILL, and
// returns when it is gone.
func (p *process) stop(s syscall.Signal) error {
	for _, s := range []syscall.Signal{s, syscall.SIGKILL} {
		// A frozen process takes no signal but SIGKILL until it is woken.
		if errors.Join(p.signal(s), p.signal(syscall.SIGCONT)) != nil && p.exited() {
			return nil
		}
		if p.gone(10 * time.Second) {
			return nil
		}
	}
	return fmt.Errorf("process %d did not end within 10 s of SIGKILL", p.pid)
}

// gone waits for the server's end.
func (p *process) gone(within time.Duration) bool {
	late := time.After(within)
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !p.exited() {
		select {
		case <-late:
			return false
		case <-ticker.C:
		}
	}
	return true
}

// ready waits until the check passes, the server ends, or the context does.
func (p *process) ready(ctx context.Context, check func(context.Context) error) error {
	err := await(ctx, 20*time.Millisecond, func(ctx context.Context) error {
		if p.exited() {
			return errExited
		}
		return check(ctx)
	})
	if err != nil {
		return fmt.Errorf("wait for the server: %w; it printed:\n%s", err, tail(p.log))
	}
	return nil
}

// await tries the check at once and then at each tick, until it passes,
// returns errExited, or the context ends.
func await(ctx context.Context, every time.Duration, check func(context.Context) error) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		err := check(ctx)
		if err == nil || errors.Is(err, errExited) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-ticker.C:
		}
	}
}

// tail gives the last two kilobytes of a log.
func tail(path string) string {
	const most = 2048
	text, err := os.ReadFile(path) //nolint:gosec // a path that this package made
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}
