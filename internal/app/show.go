package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// printSchedule prints the next fire times.
func (o *coordinatorFlags) printSchedule() error {
	cfg, err := o.load(nil)
	if err != nil {
		return err
	}
	s, err := scheduleOf(cfg)
	if err != nil {
		return err
	}
	if s == nil {
		_, _ = fmt.Fprintln(o.Out, "sync.schedule is not set: runs start by hand only")
		return nil
	}
	at := time.Now()
	for range 5 {
		at = s.Next(at)
		zone, err := time.LoadLocation(cfg.Sync.Timezone)
		if err != nil {
			return usage(err)
		}
		_, _ = fmt.Fprintf(o.Out, "%s  %s\n", at.In(zone).Format("Mon 2006-01-02 15:04:05 MST"), at.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return nil
}

// printScope prints what is in scope and why the rest is not.
func (o *coordinatorFlags) printScope(ctx context.Context) (err error) {
	cfg, err := o.load(nil)
	if err != nil {
		return err
	}
	tables, err := newTableScope(cfg.Scope)
	if err != nil {
		return usage(err)
	}
	readers := newSources(cfg, func(string) source.Limiter { return source.Unlimited{} })
	defer func() { err = errors.Join(err, readers.Close()) }()
	in, out := 0, 0
	for _, name := range readers.Names() {
		r, err := readers.Source(ctx, name)
		if err != nil {
			return err
		}
		_, err = r.Discover(ctx, source.Options{QueryTimeout: cfg.Sync.QueryTimeout, Application: "show-scope"}, func(id metadata.TableID) bool {
			ok, why := tables.Match(id)
			if ok {
				in++
				_, _ = fmt.Fprintf(o.Out, "in   %s\n", cell(id.Qualified()))
			} else {
				out++
				_, _ = fmt.Fprintf(o.Out, "out  %s  (%s)\n", cell(id.Qualified()), cell(why))
			}
			return false
		}, func(*metadata.Table) error { return nil })
		if err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(o.Out, "%d tables in scope, %d not\n", in, out)
	return nil
}
