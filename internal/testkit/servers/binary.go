package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// MissingError says that a program the tests need is not installed. Package
// is the name of the Debian package that holds it.
type MissingError struct {
	Program string
	Package string
}

// Error names the program and the way to get it.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is not installed: run `make test`, which installs it (package %s)", e.Program, e.Package)
}

// FindPostgres gives the folder that holds initdb, postgres and psql.
// Distributions keep it out of the PATH, one for each version; the newest wins
// unless the PATH has an initdb, or a link to one.
func FindPostgres() (string, error) {
	path, err := find("initdb", "postgresql",
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/pgsql/bin")
	if err != nil {
		return "", err
	}
	path, err = filepath.EvalSymlinks(path)
	return filepath.Dir(path), err
}

// FindMariaDB gives the paths of mariadbd and of mariadb-install-db.
func FindMariaDB() (server, install string, err error) {
	folders := []string{"/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/opt/homebrew/opt/mariadb/bin"}
	if server, err = find("mariadbd", "mariadb-server", folders...); err != nil {
		return "", "", err
	}
	install, err = find("mariadb-install-db", "mariadb-server", folders...)
	return server, install, err
}

// FindRedis gives the path of redis-server.
func FindRedis() (string, error) {
	return find("redis-server", "redis-server", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")
}

// find looks in the PATH, then in the folders, whose names may be globs. Of
// several folders that match one glob the last in version order is taken.
func find(program, pkg string, folders ...string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return filepath.Abs(path)
	}
	for _, folder := range folders {
		newest := ""
		matches, err := filepath.Glob(filepath.Join(folder, program))
		if err != nil {
			return "", fmt.Errorf("look for %s in %s: %w", program, folder, err)
		}
		for _, path := range matches {
			if executable(path) && versionLess(newest, path) {
				newest = path
			}
		}
		if newest != "" {
			return newest, nil
		}
	}
	return "", &MissingError{Program: program, Package: pkg}
}

// versionLess orders paths by the numbers in them, so that 9.6 comes before 15.
func versionLess(a, b string) bool { return slices.Compare(numbers(a), numbers(b)) < 0 }

func numbers(path string) []int {
	var found []int
	for _, digits := range strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(digits); err == nil {
			found = append(found, n)
		}
	}
	return found
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
