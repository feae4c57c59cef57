package queue

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// scrapeTimeout bounds what a scrape waits for Redis.
const scrapeTimeout = 2 * time.Second

// Collector gives Prometheus the depths of a queue, and how the limits of the
// sources are used. It looks when it is scraped.
type Collector struct {
	dispatcher *Dispatcher
	limiters   []*Limiter

	up, tasks, oldest, processed, failed *prometheus.Desc
	inFlight, waiting, fallback          *prometheus.Desc
}

// NewCollector makes a Collector. A nil dispatcher and no limiters are fine.
func NewCollector(dispatcher *Dispatcher, limiters ...*Limiter) *Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName("semsync", "queue", name), help, labels, nil)
	}
	return &Collector{
		dispatcher: dispatcher, limiters: limiters,
		up:        desc("up", "Whether Redis answered when the queue was counted."),
		tasks:     desc("tasks", "Batches in the queue, by state.", "state"),
		oldest:    desc("oldest_pending_seconds", "Age of the batch that has been waiting the longest."),
		processed: desc("processed_total", "Deliveries of batches, failed ones included, since Redis was new."),
		failed:    desc("failed_total", "Failed deliveries of batches since Redis was new."),
		inFlight:  desc("limiter_in_flight", "Queries that this process has in flight at a source.", "source"),
		waiting:   desc("limiter_waiting", "Goroutines of this process that wait for a place at a source.", "source"),
		fallback:  desc("limiter_fallback", "Whether the limit is kept by this process alone, since Redis is away.", "source"),
	}
}

// Describe is part of prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{c.up, c.tasks, c.oldest, c.processed, c.failed, c.inFlight, c.waiting, c.fallback} {
		out <- desc
	}
}

// Collect is part of prometheus.Collector. Without Redis it says so with
// semsync_queue_up, and gives what is known without.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	for _, limiter := range c.limiters {
		stats := limiter.Stats()
		gauge(c.inFlight, float64(stats.InFlight), limiter.name)
		gauge(c.waiting, float64(stats.Waiting), limiter.name)
		gauge(c.fallback, truth(stats.Fallback), limiter.name)
	}
	if c.dispatcher == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	depths, err := c.dispatcher.Depths(ctx)
	gauge(c.up, truth(err == nil))
	if err != nil {
		return
	}
	for state, count := range map[string]int{
		"pending": depths.Pending, "active": depths.Active, "scheduled": depths.Scheduled,
		"retry": depths.Retry, "archived": depths.Archived,
	} {
		gauge(c.tasks, float64(count), state)
	}
	gauge(c.oldest, depths.Oldest.Seconds())
	out <- prometheus.MustNewConstMetric(c.processed, prometheus.CounterValue, float64(depths.Processed))
	out <- prometheus.MustNewConstMetric(c.failed, prometheus.CounterValue, float64(depths.Failed))
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// newFates counts what became of deliveries, by action.
func newFates() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "semsync", Subsystem: "queue", Name: "deliveries_total",
		Help: "Deliveries of batches to this process, by what became of them.",
	}, []string{"fate"})
}

// Describe is part of prometheus.Collector.
func (s *Server) Describe(out chan<- *prometheus.Desc) { s.fates.Describe(out) }

// Collect is part of prometheus.Collector.
func (s *Server) Collect(out chan<- prometheus.Metric) { s.fates.Collect(out) }
