package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/source/mysql"
	"github.com/semsync/semsync/internal/source/postgres"
	"github.com/semsync/semsync/internal/source/sqlite"
)

// sources opens the configured sources when they are first asked for.
type sources struct {
	configs []config.Source
	limiter func(name string) source.Limiter
	limit   int // queries in flight at a source that says nothing itself

	mu   sync.Mutex
	open map[string]source.Reader
}

func newSources(cfg *config.Config, limiter func(name string) source.Limiter) *sources {
	return &sources{configs: cfg.Sources, limiter: limiter, limit: cfg.Sync.MaxConcurrentQueries, open: map[string]source.Reader{}}
}

// limitOf is how many queries may be in flight at a source.
func (s *sources) limitOf(c config.Source) int {
	if c.MaxConcurrentQueries > 0 {
		return c.MaxConcurrentQueries
	}
	return s.limit
}

// Names gives the names of all sources.
func (s *sources) Names() []string {
	out := make([]string, len(s.configs))
	for i, c := range s.configs {
		out[i] = c.Name
	}
	return out
}

func (s *sources) find(name string) (config.Source, bool) {
	for _, c := range s.configs {
		if c.Name == name {
			return c, true
		}
	}
	return config.Source{}, false
}

// ChangeQuery gives the source's own query for changes.
func (s *sources) ChangeQuery(name string) string {
	c, _ := s.find(name)
	return c.ChangeQuery
}

// Source gives the reader of a source.
func (s *sources) Source(ctx context.Context, name string) (source.Reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.open[name]; r != nil {
		return r, nil
	}
	c, ok := s.find(name)
	if !ok {
		return nil, &metadata.Fault{
			Kind: metadata.FaultTransient, Class: metadata.ClassUnavailable, Op: "open source", Subject: name,
			Err: errors.New("this process's configuration has no such source"), Hint: "give all processes of a fleet the same sources",
		}
	}
	r, err := openSource(ctx, source.Config{Name: c.Name, Driver: c.Driver, DSN: c.DSN, Database: c.Database}, s.limiter(name))
	if err != nil {
		return nil, err
	}
	s.open[name] = r
	return r, nil
}

func openSource(ctx context.Context, c source.Config, l source.Limiter) (source.Reader, error) {
	switch c.Driver {
	case "postgres", "postgresql":
		return postgres.Open(ctx, c, l)
	case "mysql", "mariadb":
		return mysql.Open(ctx, c, l)
	case "sqlite", "sqlite3":
		return sqlite.Open(ctx, c, l)
	default:
		return nil, fmt.Errorf("open source %s: unknown driver %q", c.Name, c.Driver)
	}
}

// Close closes all readers.
func (s *sources) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, r := range s.open {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

var sourceQueries = prometheus.NewDesc("semsync_source_queries_total", "Statements sent to a source by this process.", []string{"source"}, nil)

// Describe names the metric.
func (s *sources) Describe(out chan<- *prometheus.Desc) { out <- sourceQueries }

// Collect counts the statements sent to each source; one that was never opened has had none.
func (s *sources) Collect(out chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.configs {
		n := int64(0)
		if r := s.open[c.Name]; r != nil {
			n = r.Queries()
		}
		out <- prometheus.MustNewConstMetric(sourceQueries, prometheus.CounterValue, float64(n), c.Name)
	}
}
