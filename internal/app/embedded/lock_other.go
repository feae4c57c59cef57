//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package embedded

import (
	"errors"
	"os"
)

// lockFile refuses: without a lock that the system takes back from a dead
// process, two programs could write the same data. The fleet form runs here.
func lockFile(*os.File) error { return errors.ErrUnsupported }
