// Bench measures semsync as a whole, beside what the machine could do at
// best and beside other tools, in one run:
//
//	go run ./internal/testkit/testenv -- go run ./internal/testkit/bench
//
// It fills a source database with many tables, measures the limits (reading
// the whole catalog once, copying the very rows of the layer once), then real
// processes of both programs against real servers, and last the peers: tools
// that read the same catalogs. It prints a table and writes the same as a
// document. Everything it made is removed at the end, also when it is
// interrupted.
//
// SEMSYNC_TEST_POSTGRES names the PostgreSQL server to use, as a user who may
// create databases; testenv sets it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/semsync/semsync/internal/testkit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// run measures, prints and writes the document.
func run(ctx context.Context, arguments []string) error {
	o, err := parse(arguments, os.Stderr)
	if err != nil {
		return err
	}
	admin := os.Getenv(testkit.PostgresVariable)
	if admin == "" {
		return fmt.Errorf("%s is not set: run `make bench`", testkit.PostgresVariable)
	}
	r, err := measure(ctx, o, admin, os.Stderr)
	if err != nil {
		return err
	}
	if err := r.print(os.Stdout); err != nil {
		return err
	}
	return r.document(o.out)
}
