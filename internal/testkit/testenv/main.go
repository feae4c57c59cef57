// Testenv runs a command beside private database servers:
//
//	go run ./internal/testkit/testenv -- go test ./...
//
// It installs PostgreSQL, MariaDB and Redis from the distribution's packages
// where they are missing (Debian and its kin), starts one PostgreSQL and one
// MariaDB, names them to the command in SEMSYNC_TEST_POSTGRES and
// SEMSYNC_TEST_MARIADB, and stops them afterwards. A variable that is set
// already is left alone and its server not started. SIGINT and SIGTERM are
// passed on to the command. The exit code is the command's; 2 is a wrong
// usage, 1 a server that would not start.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/semsync/semsync/internal/testkit"
	"github.com/semsync/semsync/internal/testkit/servers"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stderr)) //nolint:forbidigo // this is main
}

// wanted says which servers are ours to start.
type wanted struct{ postgres, mariadb bool }

func run(ctx context.Context, arguments []string, stderr io.Writer) int {
	if len(arguments) > 0 && arguments[0] == "--" {
		arguments = arguments[1:]
	}
	if len(arguments) == 0 {
		fmt.Fprintln(stderr, "usage: testenv -- command [argument ...]") //nolint:errcheck // nobody is left to tell
		return 2
	}
	code, err := withServers(ctx, stderr, arguments)
	if err != nil {
		fmt.Fprintln(stderr, "testenv:", err) //nolint:errcheck // nobody is left to tell
	}
	return code
}

// withServers gives the command's exit code, and 1 for an error of our own.
func withServers(ctx context.Context, stderr io.Writer, arguments []string) (code int, err error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	// While the servers start there is no command yet to pass a signal to.
	starting, cancel := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer cancel()

	w := wanted{
		postgres: os.Getenv(testkit.PostgresVariable) == "",
		mariadb:  os.Getenv(testkit.MariaDBVariable) == "",
	}
	packages, err := missingPackages(w)
	if err == nil && len(packages) > 0 {
		err = install(starting, packages, stderr)
	}
	if err != nil {
		return 1, err
	}
	running, err := startServers(starting, w)
	defer func() {
		if stopErr := running.stop(); stopErr != nil {
			code, err = max(code, 1), errors.Join(err, stopErr)
		}
	}()
	if err != nil {
		return 1, err
	}
	code, err = runCommand(ctx, arguments, running.environment(), signals)
	if err != nil {
		code = 1
	}
	return code, err
}

// ours are the servers that were started here; nil for the others.
type ours struct{ postgres, mariadb *servers.Server }

// startServers starts the wanted servers side by side. What has started is
// given back with an error too.
func startServers(ctx context.Context, w wanted) (*ours, error) {
	started := &ours{}
	group, ctx := errgroup.WithContext(ctx)
	if w.postgres {
		group.Go(func() (err error) { started.postgres, err = servers.StartPostgres(ctx); return err })
	}
	if w.mariadb {
		group.Go(func() (err error) { started.mariadb, err = servers.StartMariaDB(ctx); return err })
	}
	return started, group.Wait()
}

func (o *ours) environment() []string {
	var variables []string
	if o.postgres != nil {
		variables = append(variables, testkit.PostgresVariable+"="+o.postgres.DSN)
	}
	if o.mariadb != nil {
		variables = append(variables, testkit.MariaDBVariable+"="+o.mariadb.DSN)
	}
	return variables
}

func (o *ours) stop() error {
	var errs []error
	for _, server := range []*servers.Server{o.postgres, o.mariadb} {
		if server != nil {
			errs = append(errs, server.Stop())
		}
	}
	return errors.Join(errs...)
}
