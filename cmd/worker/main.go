// Command worker takes batches of tables, reads their schemas, works out what they
// mean and commits that to the semantic layer. See worker --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/semsync/semsync/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the default comes back, so that a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	code := app.Worker(ctx, os.Args[1:], app.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
