package servers

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user that a server runs as. PostgreSQL refuses to run as
// root and MariaDB would rather not, so root hands them to the user that
// their package made. Anyone else runs them as themselves (nil).
type account struct {
	uid, gid int
}

// serverAccount gives the account called name, or nil where the caller is not
// root.
func serverAccount(name string) (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is the caller's own account
	}
	found, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("look up user %s, whom the server runs as because root may not: %w", name, err)
	}
	uid, uidErr := strconv.Atoi(found.Uid)
	gid, gidErr := strconv.Atoi(found.Gid)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return nil, fmt.Errorf("read the ids of user %s: %w", name, err)
	}
	return &account{uid: uid, gid: gid}, nil
}

// attributes make a child process run as the account, in a process group of
// its own so that Ctrl-C in the terminal reaches the tests and not the server
// under them.
func (a *account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // ids of the system's user database fit
	}
	return attributes
}

// own gives the file or folder at path to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}
