package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server" //nolint:depguard // the server itself, for the processes that are measured

	"github.com/semsync/semsync/internal/testkit/catalog"
	"github.com/semsync/semsync/internal/testkit/servers"
)

// fleet is an installation with servers of its own, an empty PostgreSQL layer and one worker.
type fleet struct {
	*installation
	sweeping *installation // the same, with a complete sweep in every run
	layer    *database
	worker   *process
	closers  []func() error
}

// startFleet starts everything. The layer's tables exist and are empty, and the worker waits for work.
func startFleet(ctx context.Context, p programs, source *database) (f *fleet, err error) {
	f = &fleet{}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start a fleet: %w", err), f.close())
		}
	}()
	dir, err := os.MkdirTemp("", "semsync-bench-")
	if err != nil {
		return nil, err
	}
	f.onClose(func() error { return os.RemoveAll(dir) })
	at, err := f.servers(ctx, source.admin, dir)
	if err != nil {
		return f, err
	}
	if f.installation, err = install(p, dir, source, at, 0); err != nil {
		return f, err
	}
	if f.sweeping, err = install(p, dir, source, at, 1); err != nil {
		return f, err
	}
	c := command{path: p.worker, arguments: []string{"--config", f.config}, dir: dir}
	if f.worker, err = c.start(ctx); err != nil {
		return f, err
	}
	f.onClose(f.worker.stop)
	// A dry run of one table sets the layer up and leaves no metadata in it.
	dry := f.coordinatorWith("--dry-run", "--test-table", catalog.Schema(0)+"."+catalog.Table(0))
	_, err = dry.run(ctx)
	return f, err
}

func (f *fleet) servers(ctx context.Context, admin, dir string) (place, error) {
	redis, err := servers.StartRedis(ctx)
	if err != nil {
		return place{}, err
	}
	f.onClose(redis.Stop)
	nats, err := startNATS(ctx, filepath.Join(dir, "nats"))
	if err != nil {
		return place{}, err
	}
	f.onClose(func() error {
		nats.Shutdown()
		nats.WaitForShutdown()
		return nil
	})
	if f.layer, err = createDatabase(ctx, admin); err != nil {
		return place{}, err
	}
	f.onClose(func() error { return f.layer.drop(ctx) })
	return place{redis: redis.Addr, nats: nats.ClientURL(), layer: f.layer.dsn}, nil
}

// startNATS starts a NATS server with JetStream in this process.
func startNATS(ctx context.Context, store string) (*server.Server, error) {
	port, err := servers.FreePort(ctx)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "bench", Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: store, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		s.Shutdown()
		return nil, errors.New("start NATS: it does not accept connections")
	}
	return s, nil
}

func (f *fleet) onClose(end func() error) { f.closers = append(f.closers, end) }

// close ends and removes everything, the last first.
func (f *fleet) close() error {
	var errs []error
	for len(f.closers) > 0 {
		last := len(f.closers) - 1
		errs = append(errs, f.closers[last]())
		f.closers = f.closers[:last]
	}
	return errors.Join(errs...)
}
