package servers

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

//go:embed janitor.sh
var janitorScript string

// folder is the temporary home of one server, with the janitor that removes
// it when this process dies (see the package comment).
type folder struct {
	path    string
	janitor *exec.Cmd
	leash   io.WriteCloser // its end wakes the janitor
}

// newFolder makes a folder that belongs to the account and hires its janitor.
func newFolder(ctx context.Context, name string, owner *account) (*folder, error) {
	path, err := os.MkdirTemp("", "semsync-"+name+"-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", name, err)
	}
	home := &folder{path: path}
	if err := errors.Join(owner.own(path), home.hire(ctx)); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the folder for %s: %w", name, err), os.RemoveAll(path))
	}
	return home, nil
}

func (f *folder) hire(ctx context.Context) error {
	// The janitor outlives every context: only the end of its input stops it.
	f.janitor = exec.CommandContext(context.WithoutCancel(ctx), //nolint:gosec // our script, our folder
		"/bin/sh", "-c", janitorScript, "semsync-janitor", f.path)
	f.janitor.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	f.janitor.Dir = "/"
	leash, err := f.janitor.StdinPipe()
	if err != nil {
		return err
	}
	f.leash = leash
	return f.janitor.Start()
}

// guard tells the janitor which process to end, and how, if we die.
func (f *folder) guard(pid int, s syscall.Signal) error {
	_, err := fmt.Fprintf(f.leash, "guard %d %d\n", s, pid)
	return err
}

// file gives the path of a file in the folder.
func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// environment is ours, with the folder as the place for temporary files: the
// server's account may not write to ours.
func (f *folder) environment() []string { return append(os.Environ(), "TMPDIR="+f.path) }

// remove deletes the folder and lets the janitor go.
func (f *folder) remove() error {
	err := os.RemoveAll(f.path)
	if err == nil {
		_, err = io.WriteString(f.leash, "done\n")
	}
	return errors.Join(err, f.leash.Close(), f.janitor.Wait())
}
