package worker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Metrics are a worker's numbers.
type Metrics struct {
	tables  *prometheus.CounterVec // by outcome
	faults  *prometheus.CounterVec // by class
	fields  prometheus.Counter
	claims  prometheus.Counter
	schemas *prometheus.CounterVec // by where they came from
	reading prometheus.Histogram
	commits prometheus.Histogram
	batches prometheus.Histogram
}

// NewMetrics makes and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		tables: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "semsync_worker_tables_total", Help: "Tables that this worker settled, by outcome.",
		}, []string{"outcome"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "semsync_worker_faults_total", Help: "Faults of tables met by this worker, by class.",
		}, []string{"class"}),
		fields: prometheus.NewCounter(prometheus.CounterOpts{Name: "semsync_worker_fields_total", Help: "Fields of the tables that this worker committed."}),
		claims: prometheus.NewCounter(prometheus.CounterOpts{Name: "semsync_worker_claimed_tables_total", Help: "Tables that this worker claimed."}),
		schemas: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "semsync_worker_schema_cache_total", Help: "Tables that this worker looked for in the schema cache, by result: hit or miss.",
		}, []string{"result"}),
		reading: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "semsync_worker_read_seconds", Help: "Time to read the tables of a claim from their source.", Buckets: prometheus.ExponentialBuckets(0.002, 3, 10),
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "semsync_worker_commit_seconds", Help: "Time to commit a checkpoint.", Buckets: prometheus.ExponentialBuckets(0.002, 3, 10),
		}),
	}
	m.batches = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "semsync_worker_batch_seconds", Help: "Time from the delivery of a batch to its end.", Buckets: prometheus.ExponentialBuckets(0.01, 3, 12),
	})
	r.MustRegister(m.batches, m.tables, m.faults, m.fields, m.claims, m.schemas, m.reading, m.commits)
	return m
}

func (m *Metrics) cached(wanted int, got map[metadata.TableID]*metadata.Table) {
	hits := min(len(got), wanted)
	m.schemas.WithLabelValues("hit").Add(float64(hits))
	m.schemas.WithLabelValues("miss").Add(float64(wanted - hits))
}

func (m *Metrics) batch(began time.Time) { m.batches.Observe(time.Since(began).Seconds()) }

func (m *Metrics) claimed(n int)        { m.claims.Add(float64(n)) }
func (m *Metrics) read(d time.Duration) { m.reading.Observe(d.Seconds()) }
func (m *Metrics) failed(o []layer.Outcome) {
	for _, f := range o {
		m.faults.WithLabelValues(string(f.Class)).Inc()
	}
	m.tables.WithLabelValues("failed").Add(float64(len(o)))
}

func (m *Metrics) committed(c layer.Committed, d time.Duration) {
	m.commits.Observe(d.Seconds())
	m.fields.Add(float64(c.Fields))
	m.tables.WithLabelValues("done").Add(float64(c.Done))
	m.tables.WithLabelValues("skipped").Add(float64(c.Skipped))
	m.tables.WithLabelValues("lost").Add(float64(c.Lost))
}
