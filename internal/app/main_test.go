package app

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// asProgram makes this test binary behave as one of the two programs, so that
// tests run real processes of the code under test, with its race detector.
const asProgram = "SEMSYNC_TEST_PROGRAM"

// raceOptions are the race detector's for the programs that tests start. It would sleep a second at the end of each, in case a race is
// still to come; there are hundreds.
const raceOptions = "GORACE=halt_on_error=0 exitcode=66 atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	switch os.Getenv(asProgram) {
	case "coordinator":
		os.Exit(program(Coordinator))
	case "worker":
		os.Exit(program(Worker))
	case unfencedWorker:
		os.Exit(program(runUnfenced))
	}
	testscript.Main(sweeper{m}, map[string]func(){
		"coordinator": func() { os.Exit(program(Coordinator)) },
		"worker":      func() { os.Exit(program(Worker)) },
	})
}

// sweeper removes what tests of this process share.
type sweeper struct{ *testing.M }

func (s sweeper) Run() int {
	defer func() {
		if dir, err := plain(); raceEnabled && err == nil {
			_ = os.RemoveAll(dir) // it lies in the folder for temporary files
		}
	}()
	code := s.M.Run()
	if code == 0 && os.Getenv(withChaos) == "figures" {
		if err := allFigures.page(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

func program(run func(context.Context, []string, Streams) int) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // as the programs' main functions do
	return run(ctx, os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
