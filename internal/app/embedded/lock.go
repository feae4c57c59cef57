package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// LockFile is the name of the lock inside a data folder. The file stays when
// the lock is given back; only the lock on it counts.
const LockFile = "semsync.lock"

// ErrLocked is in the chain of LockDir's error when somebody else, in this
// process or in another, holds the folder.
var ErrLocked = errors.New("the data folder is in use")

// LockDir makes the folder if it is not there and takes it for this caller
// alone until unlock is called or the process ends, however it ends. The lock
// file names the process that holds it. When the folder is taken, the error
// is a *metadata.Fault of kind conflict with ErrLocked in its chain.
func LockDir(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, LockFile), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the folder is the configuration's to choose
	if err != nil {
		return nil, fmt.Errorf("open lock of data folder: %w", err)
	}
	if err := lockFile(file); err != nil {
		err = lockFault(dir, file, err)
		_ = file.Close()
		return nil, err
	}
	if err := writePID(file); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("write lock of data folder: %w", err)
	}
	return file.Close, nil
}

func lockFault(dir string, file *os.File, err error) error {
	fault := &metadata.Fault{Op: "lock data folder", Subject: dir, Err: err}
	if !errors.Is(err, ErrLocked) {
		fault.Kind, fault.Class = metadata.FaultInvalid, metadata.ClassInvalid
		fault.Hint = "data_dir must be on a file system that has locks"
		return fault
	}
	fault.Kind = metadata.FaultConflict
	fault.Hint = "stop the other semsync or choose another data_dir"
	if pid := readPID(file); pid > 0 {
		fault.Hint = fmt.Sprintf("process %d holds it: stop that process or choose another data_dir", pid)
	}
	return fault
}

func writePID(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// readPID gives 0 when the file does not hold one, as in the moment between
// another process's taking the lock and its writing.
func readPID(file *os.File) int {
	text, err := io.ReadAll(io.LimitReader(file, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}
