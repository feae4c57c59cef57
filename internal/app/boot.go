package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/coordinator"
	"github.com/semsync/semsync/internal/definitions"
	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/queue"
	"github.com/semsync/semsync/internal/service"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/telemetry"
	"github.com/semsync/semsync/internal/worker"
)

// process is everything that one running program is made of.
type process struct {
	cfg      *config.Config
	log      *slog.Logger
	infra    *Infra
	sources  *sources
	registry *prometheus.Registry
	limiters map[string]*queue.Limiter
	group    service.Group

	coordinator *coordinator.Coordinator
	worker      *worker.Worker
}

// gcPercent trades memory for time, unless GOGC is set: some tens of megabytes are alive, so that twice as much garbage is
// cheap, and collecting half as often saves a tenth of the time.
const gcPercent = 200

// newProcess opens the infrastructure; add… methods put the parts in.
func newProcess(ctx context.Context, cfg *config.Config, log *slog.Logger) (*process, error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	infra, err := openInfra(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	registry, err := telemetry.NewRegistry()
	if err != nil {
		return nil, errors.Join(err, infra.Close())
	}
	p := &process{cfg: cfg, log: log, infra: infra, registry: registry, limiters: map[string]*queue.Limiter{}}
	p.sources = newSources(cfg, p.limiter)
	var limiters []*queue.Limiter
	for _, c := range cfg.Sources {
		l := queue.NewLimiter(infra.Redis, infra.QueueName+":"+c.Name, p.sources.limitOf(c), p.liveWorkers)
		p.limiters[c.Name] = l
		limiters = append(limiters, l)
	}
	registry.MustRegister(infra.Bus, p.sources, queue.NewCollector(infra.Queue, limiters...))
	return p, nil
}

// Close closes what newProcess opened.
func (p *process) Close() error { return errors.Join(p.sources.Close(), p.infra.Close()) }

// limiter bounds the queries in flight at a source over the whole fleet.
func (p *process) limiter(name string) source.Limiter { return p.limiters[name] }

// liveWorkers is by how many a limit is divided while Redis is away.
func (p *process) liveWorkers() int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n, err := p.infra.Layer.LiveWorkers(ctx)
	if err != nil {
		return 1
	}
	return n
}

// addCoordinator puts the coordinator in.
func (p *process) addCoordinator(schedule *coordinator.Schedule) error {
	tables, err := newTableScope(p.cfg.Scope)
	if err != nil {
		return usage(err)
	}
	validation, err := validationOf(p.cfg, p.infra.Layer)
	if err != nil {
		return usage(err)
	}
	p.coordinator, err = coordinator.New(coordinator.Config{
		ID: uuid.NewString(), FullSweepEvery: p.cfg.Sync.FullSweepEvery, Schedule: schedule, Retention: p.cfg.Sync.HistoryRetention, Validation: validation,
		NewScheduledRun: func() (layer.NewRun, error) { return newRun(p.cfg, "schedule", p.cfg.RunSettings()) },
	}, coordinator.Deps{
		Layer: p.infra.Layer, Queue: batchQueue{p.infra.Queue}, Bus: bus{p.infra.Bus}, Sources: p.sources, Scope: tables, Filter: filterTables, Inclusion: p.inclusion(),
		Definitions: func() (*metadata.Definitions, error) { return definitions.Load(definitionFiles(p.cfg)) }, NoDefinitions: definitionFiles(p.cfg).Empty(),
		Schemas: p.schemaBlocks(), Expire: newExpirer(p.cfg, p.infra.Layer).expire, Delay: retryDelay, Logger: p.log.With("part", "coordinator"), Metrics: coordinator.NewMetrics(p.registry),
	})
	if err != nil {
		return err
	}
	if err := p.addNotifier(); err != nil {
		return err
	}
	p.group.Add("coordinator", p.coordinator)
	return nil
}

// inclusion gives what looks at the values of proposed joins, nil when values are not to be looked at.
func (p *process) inclusion() func(context.Context, string, []metadata.Relationship) ([]metadata.Relationship, error) {
	if s := samplingOf(p.cfg, p.sources, p.log); s != nil {
		return s.weighJoins
	}
	return nil
}

// schemaBlocks gives where the coordinator keeps what it read, nil when the cache is off.
func (p *process) schemaBlocks() func(metadata.RunID, int) (coordinator.SchemaBlock, error) {
	if !p.cfg.Sync.CacheEnabled {
		return nil
	}
	schemas := queue.NewSchemas(p.infra.Redis, p.infra.QueueName, p.cfg.Sync.CacheTTL)
	return func(run metadata.RunID, batch int) (coordinator.SchemaBlock, error) { return schemas.Block(run, batch) }
}

// keptSchemas gives where workers find that, nil when the cache is off.
func (p *process) keptSchemas() func(context.Context, metadata.RunID, int) ([]*metadata.Table, error) {
	if !p.cfg.Sync.CacheEnabled {
		return nil
	}
	return queue.NewSchemas(p.infra.Redis, p.infra.QueueName, p.cfg.Sync.CacheTTL).Get
}

// addWorker puts a worker in, with the server that takes batches from the queue.
func (p *process) addWorker(concurrency int) error {
	think, err := thinkerOf(p.cfg, p.sources, p.log)
	if err != nil {
		return usage(err)
	}
	if limit := int64(p.cfg.Sync.MemoryLimit); limit > 0 {
		debug.SetMemoryLimit(limit)
	}
	log := p.log.With("part", "worker")
	p.worker, err = worker.New(worker.Config{
		Worker:      layer.Worker{ID: uuid.NewString(), Host: hostname(), PID: os.Getpid(), Version: version(), Concurrency: concurrency},
		MemoryLimit: uint64(max(0, p.cfg.Sync.MemoryLimit)),
	}, worker.Deps{
		Ledger: p.infra.Layer, Sources: p.sources, Events: p.infra.Bus, Thinker: think, Delay: retryDelay, Schemas: p.keptSchemas(),
		QueueUp: p.infra.Queue.Ping, Logger: log, Metrics: worker.NewMetrics(p.registry),
	})
	if err != nil {
		return err
	}
	server, err := queue.NewServer(p.infra.Redis, queue.ServerConfig{Queue: p.infra.QueueName, Concurrency: concurrency, Logger: log}, p.worker.Handle)
	if err != nil {
		return err
	}
	// The worker is stopped before the server that feeds it: it gives back what it holds at once, and what
	// the server still delivers is refused and stays in the queue.
	p.group.Add("queue server", server)
	p.group.Add("worker", p.worker)
	p.group.Add("cancel listener", service.Func(func(ctx context.Context) error {
		stop, err := p.infra.Bus.SubscribeNew(ctx, nil, func(e metadata.Event) {
			if e.Kind == metadata.EventCancel {
				p.worker.StopRun(e.Run)
			}
		})
		if err != nil {
			log.WarnContext(ctx, "no events: cancelled runs are noticed with the next heartbeat", "error", err)
			return nil
		}
		defer stop()
		<-ctx.Done()
		return nil
	}))
	return nil
}

// enricherOf gives nil when nothing is to be generated.
func enricherOf(cfg *config.Config) (*enrich.Enricher, error) {
	if !cfg.AutoGeneration.Enabled {
		return nil, nil //nolint:nilnil // generating nothing is a setting, not an error
	}
	return enrich.New(enrichConfig(cfg))
}

// rulesOf names the rules by which meaning is worked out.
func rulesOf(cfg *config.Config) (string, error) {
	e, err := enricherOf(cfg)
	if e == nil {
		return "none", err
	}
	if s := personalSamplingOf(cfg, nil, nil); s != nil {
		return fmt.Sprintf("%s, %d rows sampled", e.Version(), s.options.Rows()), nil
	}
	return e.Version(), nil
}

// thinkerOf makes the thinker that the configuration asks for.
func thinkerOf(cfg *config.Config, sources worker.Sources, log *slog.Logger) (*thinker, error) {
	e, err := enricherOf(cfg)
	if err != nil {
		return nil, err
	}
	rules, err := rulesOf(cfg)
	if err != nil {
		return nil, err
	}
	return newThinker(e, personalSamplingOf(cfg, sources, log), mergeRules(cfg), rules, log)
}

// addHTTP puts metrics and health in.
func (p *process) addHTTP(ctx context.Context, listen, orElse string) error {
	if listen == "" {
		listen = orElse
	}
	s, err := telemetry.NewServer(telemetry.ServerConfig{Addr: listen, Token: p.cfg.HTTP.Token}, p.registry, p.log,
		telemetry.Check{Name: "layer", Run: p.infra.Layer.Ping},
		telemetry.Check{Name: "redis", Run: p.infra.Queue.Ping},
		telemetry.Check{Name: "nats", Optional: true, Run: func(context.Context) error {
			if p.infra.Bus.Connected() {
				return nil
			}
			return errors.New("not connected")
		}},
	)
	if err != nil {
		return usage(err)
	}
	if err := s.Listen(ctx); err != nil {
		return usage(err)
	}
	p.log.InfoContext(ctx, "metrics and health", "addr", s.Addr().String())
	p.group.Add("http", s)
	return nil
}

// addPusher puts the pushing of metrics in, where it is configured.
func (p *process) addPusher(job string) error {
	m := p.cfg.Sync.Monitoring
	if !m.Enabled || m.MetricsEndpoint == "" {
		return nil
	}
	pusher, err := telemetry.NewPusher(telemetry.PusherConfig{Endpoint: m.MetricsEndpoint, Interval: m.PushInterval, Job: job, Instance: hostname()}, p.registry, p.log)
	if err != nil {
		return usage(err)
	}
	p.group.Add("metrics pusher", pusher)
	return nil
}

// newRun gives a run that may be created.
func newRun(cfg *config.Config, trigger string, s metadata.RunSettings) (layer.NewRun, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return layer.NewRun{}, err
	}
	if s.Delta.Rules, err = rulesOf(cfg); err != nil {
		return layer.NewRun{}, usage(err)
	}
	return layer.NewRun{ID: id, Trigger: trigger, InitiatedBy: initiator(), Settings: s, ConfigVersionID: configVersion(cfg)}, nil
}

// initiator is who started this process, for the run's row.
func initiator() string {
	for _, name := range []string{"SEMSYNC_USER", "USER", "LOGNAME"} {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	return "unknown"
}
