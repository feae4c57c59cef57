package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// command says what to run.
type command struct {
	path        string
	arguments   []string
	environment []string  // beside ours
	dir         string    // "" is ours
	output      io.Writer // nil drops it
}

// process is a running or ended process, with its time and its memory.
type process struct {
	cmd  *exec.Cmd
	log  tail
	done chan struct{}

	// Known when done is closed.
	took time.Duration // from start to end
	peak int64         // bytes resident at most
	err  error
}

// watchEvery is how often the peak of a process is read. The kernel keeps the
// peak; only what a process gained in its last moments can be missed.
const watchEvery = 20 * time.Millisecond

// run runs the command to its end. The process is given with its error too.
func (c command) run(ctx context.Context) (*process, error) {
	p, err := c.start(ctx)
	if err != nil {
		return nil, err
	}
	<-p.done
	return p, p.err
}

// start starts the command. It is asked to end when ctx ends.
func (c command) start(ctx context.Context) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, c.path, c.arguments...), done: make(chan struct{})} //nolint:gosec // our own programs, and peers that the caller named
	p.cmd.Env = append(plainEnvironment(), c.environment...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = c.dir, c.output, &p.log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 20 * time.Second
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(c.path), err)
	}
	go p.watch(began)
	return p, nil
}

// plainEnvironment leaves out what would configure semsync or psql behind our back.
func plainEnvironment() []string {
	var out []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SEMSYNC_") && !strings.HasPrefix(v, "PG") {
			out = append(out, v)
		}
	}
	return out
}

func (p *process) watch(began time.Time) {
	defer close(p.done)
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			p.took = time.Since(began)
			p.settle(err)
			return
		case <-ticker.C:
			if n, err := residentPeak(p.cmd.Process.Pid); err == nil {
				p.peak = max(p.peak, n)
			}
		}
	}
}

func (p *process) settle(err error) {
	if usage, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && p.peak == 0 {
		// Where there is no /proc. It counts the memory of the parent at the fork too.
		p.peak = usage.Maxrss * 1024
	}
	if err != nil {
		p.err = fmt.Errorf("%s: %w; it printed:\n%s", filepath.Base(p.cmd.Path), err, p.log.String())
	}
}

// residentPeak reads the peak that the kernel keeps of a living process, in bytes.
func residentPeak(pid int) (int64, error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0, errors.New("no VmHWM")
	}
	kilobytes, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
	return kilobytes * 1024, err
}

// stop asks the process to end and waits until it has.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
	case <-time.After(p.cmd.WaitDelay):
		_ = p.cmd.Process.Kill() // fails only when it has just ended
		<-p.done
	}
	return p.err
}

// tail keeps the end of what a process printed.
type tail struct {
	mu   sync.Mutex
	text []byte // guarded by mu
}

const tailSize = 4096

// Write keeps the last of it.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-tailSize):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
