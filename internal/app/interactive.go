package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// ask shows what a run of interactive_mode would change, and applies exactly that, or nothing.
func (o *coordinatorFlags) ask(ctx context.Context, cfg *config.Config, id metadata.RunID) error {
	return o.withLayer(ctx, func(_ *config.Config, l layer.Layer) error {
		run, err := l.Run(ctx, id)
		if err != nil {
			return err
		}
		if run.PlanHeld {
			return ended(run) // it waits for agreement to its plan, which has its own command
		}
		all := func(*metadata.Change) bool { return true }
		if err := showChanges(ctx, o.Out, l, id, "table", all); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(o.Out, "Apply these %d changes? [y/N] ", run.Counts.Pending)
		answer, err := bufio.NewReader(o.In).ReadString('\n')
		if err != nil && answer == "" {
			return fmt.Errorf("read the answer: %w", err)
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return o.decide(ctx, cfg, l, id, verdict{approve: true, by: initiator(), comment: "answered yes", wanted: all})
		default:
			if err := l.RequestCancel(ctx, id, initiator()); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(o.Out, "nothing was applied")
			return o.goOn(ctx, cfg, id)
		}
	})
}
