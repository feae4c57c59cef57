package coordinator

import (
	"context"
	"log/slog"

	"github.com/semsync/semsync/internal/delta"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// Untold counts the tables in scope of a source for which the method of delta detection would find neither time nor
// version, so that they would count as changed in every run. With the method checksum there is none.
func Untold(ctx context.Context, sources Sources, scope Scope, name string, s metadata.RunSettings, log *slog.Logger) (int, error) {
	if s.Delta.Method == metadata.DeltaChecksum {
		return 0, nil
	}
	detector, err := delta.New(s.Delta)
	if err != nil {
		return 0, err
	}
	reader, err := sources.Source(ctx, name)
	if err != nil {
		return 0, err
	}
	p := &sourcePlan{
		c: &Coordinator{Deps: Deps{Sources: sources, Scope: scope, Logger: log}}, run: metadata.Run{Settings: s},
		detector: detector, only: func(metadata.TableID) bool { return true },
	}
	p.plan.Source = name
	clues, err := p.clues(ctx, reader)
	if err != nil {
		return 0, err
	}
	untold := 0
	count := func() {
		untold += len(p.unknown) - len(p.maxTimes(ctx, reader, p.unknown))
		p.unknown = p.unknown[:0]
	}
	joiner := delta.NewJoiner(detector, clues, noStates, func(d delta.Decision) error {
		if d.Unknown {
			p.unknown = append(p.unknown, d)
		}
		if len(p.unknown) >= unknownAtOnce {
			count()
		}
		return nil
	})
	if _, err := reader.Discover(ctx, source.Options{QueryTimeout: s.QueryTimeout, Application: "validate"}, p.keep, joiner.Table); err != nil {
		return 0, err
	}
	count()
	return untold, nil
}

func noStates() (metadata.TableState, bool, error) { return metadata.TableState{}, false, nil }
