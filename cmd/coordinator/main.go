// Command coordinator finds what changed in the source databases, plans runs,
// hands batches to workers and ends runs. See coordinator --help.
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
	code := app.Coordinator(ctx, os.Args[1:], app.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
