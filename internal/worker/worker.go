package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/profile"
	"github.com/semsync/semsync/internal/source"
)

// Ledger is what a worker needs of the semantic layer.
type Ledger interface {
	layer.Work
	// Declared gives what definition files say of those of the tables of which they say anything.
	Declared(ctx context.Context, run metadata.Run, ids []metadata.TableID) (map[metadata.TableID]metadata.DeclaredTable, error)
}

// Publisher takes hints of what happened; it never blocks.
type Publisher interface {
	Publish(e metadata.Event)
}

// Sources gives the reader of a configured source.
type Sources interface {
	Source(ctx context.Context, name string) (source.Reader, error)
}

// Delay gives the wait before the next try after a number of failures.
type Delay func(s metadata.RunSettings, failCount int) time.Duration

// Config says who a worker is and how it lives.
type Config struct {
	layer.Worker // ID must be new for each process start
	// TTL is how long the ledger believes in a worker without a heartbeat; default 15 s.
	// It beats every third of it, and stops its own work at two thirds without success.
	TTL time.Duration
	// QueueOutage is how long the queue must be away before batches are taken straight
	// from the ledger; default 30 s.
	QueueOutage time.Duration
	// Poll is how often the ledger is asked then; default 2 s.
	Poll time.Duration
	// MemoryLimit is the soft limit of the process in bytes; as it nears, less is worked on at once. 0 is none.
	MemoryLimit uint64
}

// Deps are what a worker works with. All are needed.
type Deps struct {
	Ledger  Ledger
	Sources Sources
	Events  Publisher
	// Schemas gives tables of a batch that need not be read from their source; nil for none.
	Schemas func(ctx context.Context, run metadata.RunID, batch int) ([]*metadata.Table, error)
	Thinker Thinker
	Delay   Delay
	// QueueUp tells whether the queue can be reached.
	QueueUp func(ctx context.Context) error
	Logger  *slog.Logger
	Metrics *Metrics
}

// Worker is one process's worker. It is safe for concurrent use.
type Worker struct {
	cfg Config
	Deps

	// born is closed with the first heartbeat that reached the layer: before it,
	// the ledger would take whatever we claim for a dead worker's.
	born chan struct{}

	gate *gate

	// lanes lets batches be worked on side by side, and a table that saw a worker die by itself.
	lanes *semaphore.Weighted

	// alone is true while the queue is away and batches come from the ledger.
	alone atomic.Bool

	mu       sync.Mutex
	runs     map[metadata.RunID]*activeRun // runs that a Handle works on
	profiles map[metadata.RunID]*profile.Recorder
	busy     map[batchID]chan struct{} // batches that a Handle works on; closed at its end
	owed     map[batchID]struct{}      // batches to give back when the ledger can be reached again
	alive    context.CancelCauseFunc   // cancels what runs on the present lease
	lease    context.Context           //nolint:containedctx // the life of a lease, which outlives no call that made it
}

type batchID struct {
	run   metadata.RunID
	batch int
}

// activeRun is a run that this worker has tables of.
type activeRun struct {
	users   int
	stopped chan struct{} // closed when the run wants no more tables begun
	once    sync.Once
}

// allLanes is more than there are batches at once in a process.
const allLanes = 1 << 20

// Why a worker stops what it does.
var (
	errLeaseLost = errors.New("the worker's lease has run out")
	errShutdown  = errors.New("the worker is shutting down")
)

// New checks the configuration and makes a worker that does nothing yet.
func New(cfg Config, deps Deps) (*Worker, error) {
	if cfg.ID == "" {
		return nil, errors.New("worker: an id is needed")
	}
	if cfg.TTL == 0 {
		cfg.TTL = 15 * time.Second
	}
	if cfg.QueueOutage == 0 {
		cfg.QueueOutage = 30 * time.Second
	}
	if cfg.Poll == 0 {
		cfg.Poll = 2 * time.Second
	}
	if cfg.TTL < 0 || cfg.QueueOutage < 0 || cfg.Poll < 0 {
		return nil, errors.New("worker: times must be positive")
	}
	w := &Worker{cfg: cfg, Deps: deps, gate: newGate(cfg.MemoryLimit), lanes: semaphore.NewWeighted(allLanes), runs: map[metadata.RunID]*activeRun{}, profiles: map[metadata.RunID]*profile.Recorder{}, busy: map[batchID]chan struct{}{}, owed: map[batchID]struct{}{}, born: make(chan struct{})}
	w.newLease()
	return w, nil
}

// Run keeps the worker alive until ctx ends, then gives back what it holds.
// Handle may be called from before it starts until it returns.
func (w *Worker) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { w.beat(ctx) })
	wg.Go(func() { w.workWithoutQueue(ctx) })
	<-ctx.Done()
	w.endLease(errShutdown)
	wg.Wait()
	w.waitIdle()
	return w.signOff(context.WithoutCancel(ctx))
}

// signOff gives back everything and removes the worker's row, within its TTL.
func (w *Worker) signOff(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.TTL)
	defer cancel()
	if _, err := w.Ledger.Release(ctx, w.cfg.ID, nil, nil); err != nil {
		return fmt.Errorf("sign off: %w", err)
	}
	if err := w.Ledger.Gone(ctx, w.cfg.ID); err != nil {
		return fmt.Errorf("sign off: %w", err)
	}
	return nil
}

// waitIdle waits for every Handle to end; they end soon, since the lease is over.
func (w *Worker) waitIdle() {
	for {
		w.mu.Lock()
		var done chan struct{}
		for _, done = range w.busy {
			break
		}
		w.mu.Unlock()
		if done == nil {
			return
		}
		<-done
	}
}

func (w *Worker) newLease() {
	w.lease, w.alive = context.WithCancelCause(context.Background())
}

func (w *Worker) endLease(why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.alive(why)
}

// withLease gives a context that ends with ctx or with the present lease.
func (w *Worker) withLease(ctx context.Context) (context.Context, context.CancelFunc) {
	w.mu.Lock()
	lease := w.lease
	w.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(lease, func() { cancel(context.Cause(lease)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}
