package queue

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/semsync/semsync/internal/metadata"
)

const (
	// defaultShutdown is ServerConfig.ShutdownTimeout where none is given.
	defaultShutdown = 8 * time.Second
	// defaultCheck is ServerConfig.TaskCheckInterval where none is given:
	// an idle server finds a task within 50 ms on average.
	defaultCheck = 100 * time.Millisecond
	// forwardInterval is how often delayed tasks are looked at.
	forwardInterval = time.Second
	// giveBack is what handlers that ignore the end of their contexts get until
	// Asynq gives their tasks back to the queue.
	giveBack = time.Second
	// farewell is how long each of the last commands of a server may take.
	farewell = time.Second
	// calm is the pause after a fetch that failed, which Asynq lacks.
	calm = 250 * time.Millisecond
)

var errShutdown = errors.New("this worker is shutting down")

// Handler works on one delivery of a batch. What it returns decides what
// becomes of the batch, see FateOf. Its context ends with the batch's time-out
// and when the server's ShutdownTimeout is over. It may be called for the same
// dispatch more than once, here and in other processes.
type Handler func(ctx context.Context, ref metadata.BatchRef) error

// ServerConfig configures a Server.
type ServerConfig struct {
	Queue       string // name of the Asynq queue; "" means DefaultQueue
	Concurrency int    // batches at a time, at least 1
	// ShutdownTimeout is how long handlers may go on after Run's context has
	// ended, before theirs does. 0 means 8 s.
	ShutdownTimeout time.Duration
	Logger          *slog.Logger // nil means none
	// TaskCheckInterval is how often an idle server looks for tasks. 0 means 100 ms.
	TaskCheckInterval time.Duration
}

// Server fetches batches and has them handled. It is a prometheus.Collector of
// what became of them. It is safe for concurrent use.
type Server struct {
	rdb     redis.UniversalClient
	config  ServerConfig
	handler Handler
	fates   *prometheus.CounterVec
}

// NewServer makes a Server on a client that stays the caller's to close. Redis
// need not be there yet.
func NewServer(rdb redis.UniversalClient, config ServerConfig, handler Handler) (*Server, error) {
	switch {
	case rdb == nil:
		return nil, errors.New("queue server: no redis client")
	case handler == nil:
		return nil, errors.New("queue server: no handler")
	case config.Concurrency < 1:
		return nil, errors.New("queue server: concurrency must be at least 1")
	case config.ShutdownTimeout < 0 || config.TaskCheckInterval < 0:
		return nil, errors.New("queue server: durations must not be negative")
	}
	if config.Queue == "" {
		config.Queue = DefaultQueue
	}
	if config.ShutdownTimeout == 0 {
		config.ShutdownTimeout = defaultShutdown
	}
	if config.TaskCheckInterval == 0 {
		config.TaskCheckInterval = defaultCheck
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return &Server{rdb: rdb, config: config, handler: handler, fates: newFates()}, nil
}

// Run fetches and handles batches until ctx ends. Then it fetches no more,
// leaves the handlers ShutdownTimeout to finish, ends their contexts, puts
// what they did not finish back into the queue, and returns when all of its
// goroutines have ended: a handler that ignores its context keeps it. The
// error is nil after a wanted end.
func (s *Server) Run(ctx context.Context) error {
	apart := context.WithoutCancel(ctx) // the end of ctx begins the shutdown, and must not end it
	draining, drain := context.WithCancel(apart)
	late, tooLate := context.WithCancelCause(apart)
	over, end := context.WithCancel(apart)
	defer func() { drain(); tooLate(nil); end() }()

	deliveries := &deliverer{handler: s.handler, log: s.config.Logger, fates: s.fates, bind: handling(late), open: true}
	inner := asynq.NewServerFromRedisClient(s.client(draining, over), s.settings(deliveries))
	if err := inner.Start(asynq.HandlerFunc(deliveries.process)); err != nil {
		return &metadata.Fault{Kind: metadata.FaultBug, Class: metadata.ClassBug, Op: "start queue server", Err: err}
	}
	<-ctx.Done()
	deliveries.close()
	drain()
	patience := s.config.ShutdownTimeout
	defer time.AfterFunc(patience, func() { tooLate(errShutdown) }).Stop()
	defer time.AfterFunc(patience+2*giveBack, end).Stop()
	inner.Shutdown()
	deliveries.wait()
	return nil
}

// client is the client that Asynq works with during one Run.
func (s *Server) client(draining, over context.Context) redis.UniversalClient {
	return &boundClient{
		UniversalClient: s.rdb,
		bind:            lasting(draining, over),
		failed: func(original context.Context, err error) error {
			if original.Done() != nil { // the end of a task
				return endOfTask(err)
			}
			select { // a loop, which would begin again at once
			case <-draining.Done():
			case <-time.After(calm):
			}
			return err
		},
	}
}

// endOfTask passes on why a task could not be ended. That it is no longer
// there to be ended is no error: either the first try succeeded and its answer
// got lost, or Redis was wiped. Asynq would try again for as long as the
// task's lease lasts, and hit another dispatch with the same id.
func endOfTask(err error) error {
	if redis.HasErrorPrefix(err, "NOT FOUND") {
		return nil
	}
	return err
}

func (s *Server) settings(deliveries *deliverer) asynq.Config {
	return asynq.Config{
		Concurrency:              s.config.Concurrency,
		Queues:                   map[string]int{s.config.Queue: 1},
		TaskCheckInterval:        s.config.TaskCheckInterval,
		DelayedTaskCheckInterval: forwardInterval,
		ShutdownTimeout:          s.config.ShutdownTimeout + giveBack,
		RetryDelayFunc:           guardDelay(retryDelay, s.config.Logger),
		IsFailure:                guardFailure(isFailure, s.config.Logger),
		ErrorHandler:             guardHandler(deliveries.report, s.config.Logger),
		Logger:                   asynqLogger{s.config.Logger},
		LogLevel:                 asynq.InfoLevel,
	}
}

// handling is the binder of a handler's context: it ends with late, and
// overtime before Asynq would give up waiting. It does not end with Asynq's,
// since Asynq writes a task back as soon as its own context ends.
func handling(late context.Context) binder {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		stop := context.AfterFunc(late, func() { cancel(context.Cause(late)) })
		end := func() {}
		if deadline, ok := ctx.Deadline(); ok {
			ctx, end = context.WithDeadline(ctx, deadline.Add(-overtime))
		}
		return ctx, func() { stop(); end(); cancel(nil) }
	}
}
