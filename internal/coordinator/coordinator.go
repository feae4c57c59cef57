package coordinator

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/profile"
	"github.com/semsync/semsync/internal/source"
)

// Layer is what a coordinator needs of the semantic layer.
type Layer interface {
	layer.Leadership
	layer.Runs
	layer.Planning
	layer.Dispatch
	Findings
	// LiveWorkers counts workers whose heartbeat has not expired.
	LiveWorkers(ctx context.Context) (int, error)
	Definitions
	SaveProfile(ctx context.Context, run metadata.RunID, process string, lines []profile.Line) error
}

// Findings is what a coordinator needs of the layer to validate it; see layer.Validation.
type Findings interface {
	Validate(ctx context.Context, l layer.Lease, run metadata.RunID, check layer.Check) (metadata.FindingCounts, error)
	EndValidation(ctx context.Context, l layer.Lease, run metadata.Run, v layer.Validated) error
}

// Definitions are what people declare, and what follows from it.
type Definitions interface {
	ReplaceDefinitions(ctx context.Context, l layer.Lease, run metadata.RunID, set *metadata.Definitions) (layer.Replaced, error)
	PreviewDefinitions(ctx context.Context, l layer.Lease, run metadata.RunID, set *metadata.Definitions) error
	ReplaceProposals(ctx context.Context, l layer.Lease, proposals []metadata.Relationship) error
	RefreshImpact(ctx context.Context, l layer.Lease, run metadata.RunID) (layer.Replaced, error)
	DeclaredDigests(ctx context.Context) (map[metadata.TableID]string, error)
}

// Queue carries batches to workers.
type Queue interface {
	// Enqueue hands a batch over; one that is there already is no error.
	Enqueue(ctx context.Context, ref metadata.BatchRef, maxRetries int) error
	// Waiting tells whether the queue still has the batch to deliver.
	Waiting(ctx context.Context, ref metadata.BatchRef) (bool, error)
	// Marker and SetMarker keep the mark that tells a queue which lost its contents; "" is none.
	Marker(ctx context.Context) (string, error)
	SetMarker(ctx context.Context, mark string) error
}

// Bus carries hints.
type Bus interface {
	Publish(e metadata.Event)
	// Subscribe calls fn for new events of all runs until stop is called.
	Subscribe(ctx context.Context, fn func(metadata.Event)) (stop func(), err error)
}

// SchemaBlock takes the tables of a batch as they are read, for workers to take from it.
type SchemaBlock interface {
	Add(t *metadata.Table) error
	Store(ctx context.Context) error
}

// Sources are the configured sources.
type Sources interface {
	Names() []string
	Source(ctx context.Context, name string) (source.Reader, error)
	// ChangeQuery is the source's own SELECT for the timestamp and version methods; "" when it has none.
	ChangeQuery(name string) string
}

// Scope tells which tables the configuration asks for.
type Scope interface {
	Match(id metadata.TableID) (in bool, why string)
	// Digest changes when the scope does.
	Digest() string
}

// TableFilter limits a run to some tables of the scope.
type TableFilter func(names []string) (func(metadata.TableID) bool, error)

// Config is how a coordinator lives and works.
type Config struct {
	ID string // new for each process start
	// TTL of the lease; default 15 s.
	TTL time.Duration
	// Tick is the longest pause between two looks at the runs; default 0.5 s.
	Tick time.Duration
	// Redispatch is how long a batch may be in the queue without a sign before the queue is asked for it; default 10 s.
	Redispatch time.Duration
	// CancelGrace is how long the tables in hand of a cancelled run may take; default 30 s.
	CancelGrace time.Duration
	// FullSweepEvery runs, a source is read though its change token says that nothing changed; default 24.
	FullSweepEvery int
	// Retention is how long ended runs are kept; 0 is for ever.
	Retention time.Duration
	Schedule  *Schedule // nil for none
	// Validation is what is looked for before a run ends; nil for nothing.
	Validation *Validation
	// NewScheduledRun gives the run for a fire time.
	NewScheduledRun func() (layer.NewRun, error)
}

// Deps are what a coordinator works with. All are needed.
type Deps struct {
	Layer   Layer
	Queue   Queue
	Bus     Bus
	Sources Sources
	Scope   Scope
	Filter  TableFilter
	// Definitions reads the definition files; NoDefinitions says that there are none.
	Definitions   func() (*metadata.Definitions, error)
	NoDefinitions bool
	// Schemas begins the block of a batch; nil keeps no schemas.
	Schemas func(run metadata.RunID, batch int) (SchemaBlock, error)
	// Inclusion looks whether the values of proposed joins of a source are found where they refer to, and gives those that are left;
	// nil when values are not to be looked at.
	Inclusion func(ctx context.Context, source string, proposals []metadata.Relationship) ([]metadata.Relationship, error)
	// Expire decides on changes of a waiting run on which nobody decided in time.
	Expire func(ctx context.Context, r metadata.Run) error
	// Delay gives the wait before a source that could not be read is tried again.
	Delay   func(s metadata.RunSettings, failCount int) time.Duration
	Logger  *slog.Logger
	Metrics *Metrics
}

// Coordinator is one process's coordinator.
type Coordinator struct {
	cfg Config
	Deps

	leading  atomic.Bool
	led      atomic.Bool
	wake     chan struct{}
	mu       sync.Mutex
	planning map[metadata.RunID]bool

	lookedForWorkers time.Time // by the one loop that leads
	pruned           time.Time // by the same: when there was nothing left to prune
	measured         time.Time // by the same: when gauges were set that need questions
	alive            int       // by the same: workers, as counted then
}

// New checks the configuration and makes a coordinator that does nothing yet.
func New(cfg Config, deps Deps) (*Coordinator, error) {
	if cfg.ID == "" {
		return nil, errors.New("coordinator: an id is needed")
	}
	for _, d := range []struct {
		value *time.Duration
		or    time.Duration
	}{{&cfg.TTL, 15 * time.Second}, {&cfg.Tick, 500 * time.Millisecond}, {&cfg.Redispatch, 10 * time.Second}, {&cfg.CancelGrace, 30 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.or
		}
		if *d.value < 0 {
			return nil, errors.New("coordinator: times must be positive")
		}
	}
	if cfg.FullSweepEvery == 0 {
		cfg.FullSweepEvery = 24
	}
	return &Coordinator{cfg: cfg, Deps: deps, wake: make(chan struct{}, 1), planning: map[metadata.RunID]bool{}}, nil
}

// Leading tells whether this process leads, as far as it knows.
func (c *Coordinator) Leading() bool { return c.leading.Load() }

// HasLed tells whether this process leads or has led before.
func (c *Coordinator) HasLed() bool { return c.led.Load() }

// Wake makes the next look at the runs come at once.
func (c *Coordinator) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run campaigns and leads until ctx ends, and frees the lease then.
func (c *Coordinator) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		lease, ok, err := c.Layer.Campaign(ctx, c.cfg.ID, c.cfg.TTL)
		switch {
		case err != nil:
			c.Logger.WarnContext(ctx, "could not campaign", "error", err)
		case ok:
			c.lead(ctx, lease)
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(c.cfg.TTL / 10):
		}
	}
	return nil
}

// lead does a leader's work until the lease is lost or ctx ends.
func (c *Coordinator) lead(ctx context.Context, lease layer.Lease) {
	c.Logger.InfoContext(ctx, "leading", "epoch", lease.Epoch)
	c.led.Store(true)
	c.leading.Store(true)
	c.Metrics.leading(true)
	defer func() {
		c.leading.Store(false)
		c.Metrics.leading(false)
	}()
	term, end := context.WithCancelCause(ctx)
	defer end(nil)
	var wg sync.WaitGroup
	wg.Go(func() { end(c.keep(term, lease)) })
	wg.Go(func() { c.drive(term, lease) })
	if c.cfg.Schedule != nil {
		wg.Go(func() { c.fireAll(term, lease) })
	}
	wg.Wait()
	if ctx.Err() == nil {
		c.Logger.WarnContext(ctx, "leads no more", "epoch", lease.Epoch, "cause", context.Cause(term))
		return
	}
	resign, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.TTL/3)
	defer cancel()
	if err := c.Layer.Resign(resign, lease); err != nil {
		c.Logger.WarnContext(ctx, "could not resign; the lease runs out by itself", "error", err)
	}
}

// keep renews the lease, and returns when it is lost.
func (c *Coordinator) keep(ctx context.Context, lease layer.Lease) error {
	ticker := time.NewTicker(c.cfg.TTL / 3)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		began := time.Now()
		renew, cancel := context.WithTimeout(ctx, c.cfg.TTL/3)
		err := c.Layer.Renew(renew, lease, c.cfg.TTL)
		cancel()
		switch {
		case err == nil:
			last = began
		case errors.Is(err, layer.ErrDeposed):
			return err
		case time.Since(last) > c.cfg.TTL*2/3:
			return errors.Join(errors.New("the lease could not be renewed in time"), err)
		}
	}
}
