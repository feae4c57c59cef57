package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/semsync/semsync/internal/app/embedded"
	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/events"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/layer/postgres"
	"github.com/semsync/semsync/internal/layer/sqlite"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/queue"
)

// Infra is what everything else runs on. The rest of the program does not know
// which of it is embedded.
type Infra struct {
	Layer layer.Layer
	Redis redis.UniversalClient
	Queue *queue.Dispatcher
	Bus   *events.Bus
	// QueueName keeps deployments that share a Redis apart.
	QueueName string
	// WithWorker is true when the queue is in this process, so that no other one can work on it.
	WithWorker bool
	// Alone is true when this process has the lock of all that is shared: whoever else held leases is dead.
	Alone bool

	closers []func() error
}

// Close closes everything in reverse order.
func (i *Infra) Close() error {
	var errs []error
	for _, closer := range slices.Backward(i.closers) {
		errs = append(errs, closer())
	}
	i.closers = nil
	return errors.Join(errs...)
}

func (i *Infra) onClose(f func() error) { i.closers = append(i.closers, f) }

// openInfra opens what the configuration names, and embeds what it does not.
// Its error has embedded.ErrLocked in its chain when another process has the data folder.
func openInfra(ctx context.Context, cfg *config.Config, log *slog.Logger) (infra *Infra, err error) {
	infra = &Infra{QueueName: cfg.SemanticDatabase.Name}
	defer func() {
		if err != nil {
			err = errors.Join(err, infra.Close())
		}
	}()
	if cfg.EmbeddedRedis() || cfg.EmbeddedNATS() || cfg.EmbeddedLayer() {
		unlock, err := embedded.LockDir(cfg.DataDir)
		if err != nil {
			return infra, err
		}
		infra.onClose(unlock)
		infra.Alone = cfg.EmbeddedRedis() && cfg.EmbeddedLayer()
	}
	if infra.Layer, err = openLayer(cfg); err != nil {
		return infra, err
	}
	infra.onClose(infra.Layer.Close)
	if err := infra.openQueue(cfg); err != nil {
		return infra, err
	}
	return infra, infra.openBus(ctx, cfg, log)
}

// openLayer opens the semantic layer alone; it does not dial yet.
func openLayer(cfg *config.Config) (layer.Layer, error) {
	db := cfg.SemanticDatabase
	url := db.URL.Reveal()
	path, isFile := strings.CutPrefix(url, "sqlite:")
	if url != "" && !isFile {
		return postgres.Open(postgres.Config{
			URL: db.URL, Schema: db.Name, Tables: db.Tables, CreateIfMissing: db.CreateIfMissing, Application: "semsync",
		})
	}
	if !isFile {
		path = filepath.Join(cfg.DataDir, db.Name+".db")
	}
	path = strings.TrimPrefix(path, "//")
	if db.CreateIfMissing {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return nil, fmt.Errorf("make the folder of the layer: %w", err)
		}
	}
	return sqlite.Open(sqlite.Config{Path: path, Tables: db.Tables, CreateIfMissing: db.CreateIfMissing})
}

func (i *Infra) openQueue(cfg *config.Config) error {
	options := queue.Options{
		Addr: cfg.Redis.Addr, Username: cfg.Redis.Username, Password: cfg.Redis.Password, DB: cfg.Redis.DB, URL: cfg.Redis.URL,
		Sentinel: queue.Sentinel{
			Master: cfg.Redis.Sentinel.MasterName, Addrs: cfg.Redis.Sentinel.Addrs,
			Username: cfg.Redis.Sentinel.Username, Password: cfg.Redis.Sentinel.Password,
		},
		Cluster: cfg.Redis.Cluster.Addrs,
	}
	if cfg.EmbeddedRedis() {
		server, err := embedded.StartRedis()
		if err != nil {
			return fmt.Errorf("start the embedded Redis: %w", err)
		}
		i.onClose(server.Close)
		options = queue.Options{Dialer: server.Dial}
		i.WithWorker = true
	} else {
		tls, err := tlsConfig(cfg.Redis.TLS)
		if err != nil {
			return usage(fmt.Errorf("redis.tls: %w", err))
		}
		options.TLS = tls
	}
	client, err := queue.NewClient(options)
	if err != nil {
		return usage(err)
	}
	i.onClose(client.Close)
	i.Redis = client
	i.Queue = queue.New(client, queue.Config{Queue: i.QueueName})
	return nil
}

func (i *Infra) openBus(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	conf := events.Config{
		URL: cfg.NATS.URL.Reveal(), Credentials: cfg.NATS.Credentials, Token: cfg.NATS.Token, Replicas: cfg.NATS.Replicas, Name: "semsync",
	}
	if cfg.EmbeddedNATS() {
		server, err := embedded.StartNATS(filepath.Join(cfg.DataDir, "nats"), log)
		if err != nil {
			return fmt.Errorf("start the embedded NATS: %w", err)
		}
		i.onClose(server.Close)
		conf = events.Config{InProcess: server, Replicas: 1, Name: "semsync"}
	} else {
		tls, err := tlsConfig(cfg.NATS.TLS)
		if err != nil {
			return usage(fmt.Errorf("nats.tls: %w", err))
		}
		conf.TLS = tls
	}
	bus, err := events.Connect(ctx, conf, log)
	if err != nil {
		return usage(err)
	}
	i.Bus = bus
	i.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := bus.Close(ctx); err != nil {
			// Events are hints: that some were lost is no failure of what they told about.
			log.InfoContext(ctx, "not all events were sent", "cause", err)
		}
		return nil
	})
	return nil
}

// waitMigrated waits until some coordinator has set the layer up.
func waitMigrated(ctx context.Context, l layer.Layer, log *slog.Logger) error {
	said := false
	for {
		err := l.CheckMigrated(ctx)
		f := metadata.AsFault(err)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, layer.ErrNotMigrated) || f.Kind == metadata.FaultTransient:
			if !said {
				log.InfoContext(ctx, "waiting for the semantic layer", "cause", err)
				said = true
			}
		default:
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
}
