package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/testkit/servers"
)

//go:embed install.sh
var installScript string

// policyPath is where Debian looks for the policy on starting services.
const policyPath = "/usr/sbin/policy-rc.d"

// missingPackages names the Debian packages that the wanted engines lack.
func missingPackages(w wanted) ([]string, error) {
	var packages []string
	check := func(needed bool, err error) error {
		var missing *servers.MissingError
		switch {
		case !needed || err == nil:
			return nil
		case errors.As(err, &missing):
			packages = append(packages, missing.Package)
			return nil
		default:
			return err
		}
	}
	_, postgres := servers.FindPostgres()
	_, _, mariadb := servers.FindMariaDB()
	_, redis := servers.FindRedis()
	return packages, errors.Join(check(w.postgres, postgres), check(w.mariadb, mariadb), check(true, redis))
}

// install installs the packages with apt-get, as root or through sudo. What
// the programs print goes to output.
func install(ctx context.Context, packages []string, output io.Writer) error {
	names := strings.Join(packages, ", ")
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("the tests need %s, and there is no apt-get to install them with: "+
			"install PostgreSQL, MariaDB and Redis yourself", names)
	}
	fmt.Fprintf(output, "testenv: installing %s; their services are not started now\n", names) //nolint:errcheck // only news
	arguments := append([]string{"sh", "-c", installScript, "semsync-install", policyPath}, packages...)
	if os.Geteuid() != 0 {
		arguments = append([]string{"sudo"}, arguments...)
	}
	command := exec.CommandContext(ctx, arguments[0], arguments[1:]...) //nolint:gosec // our script, our packages
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, output, output
	// An interrupted installation still puts the policy back.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = time.Minute
	if err := command.Run(); err != nil {
		return fmt.Errorf("install %s: %w", names, err)
	}
	return nil
}
