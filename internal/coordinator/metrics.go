package coordinator

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/semsync/semsync/internal/metadata"
)

// Metrics are a coordinator's numbers.
type Metrics struct {
	leads      prometheus.Gauge
	active     prometheus.Gauge
	runs       *prometheus.CounterVec // ended, by status
	tables     *prometheus.CounterVec // of ended runs, by outcome
	dispatched prometheus.Counter
	reaped     prometheus.Counter
	losses     prometheus.Counter
	misses     prometheus.Counter
	planning   prometheus.Histogram
	duration   prometheus.Histogram
	found      *prometheus.GaugeVec // open findings, by severity
	ledger     *prometheus.GaugeVec // tables of active runs, by state
	workers    prometheus.Gauge
	synced     *prometheus.GaugeVec // when the last run over a source ended
}

// NewMetrics makes and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	buckets := prometheus.ExponentialBuckets(0.05, 4, 10)
	m := &Metrics{
		leads:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "semsync_coordinator_leading", Help: "1 while this process leads."}),
		active: prometheus.NewGauge(prometheus.GaugeOpts{Name: "semsync_coordinator_active_runs", Help: "Runs that have not ended."}),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "semsync_coordinator_runs_total", Help: "Runs that this process ended, by status.",
		}, []string{"status"}),
		tables: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "semsync_coordinator_tables_total", Help: "Tables of the runs that this process ended, by outcome.",
		}, []string{"outcome"}),
		dispatched: prometheus.NewCounter(prometheus.CounterOpts{Name: "semsync_coordinator_dispatched_batches_total", Help: "Batches handed to the queue."}),
		reaped:     prometheus.NewCounter(prometheus.CounterOpts{Name: "semsync_coordinator_reaped_tables_total", Help: "Tables set free from dead workers."}),
		losses:     prometheus.NewCounter(prometheus.CounterOpts{Name: "semsync_coordinator_queue_losses_total", Help: "Times the queue had lost its contents."}),
		misses: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "semsync_coordinator_token_misses_total", Help: "Changed tables that a source's change token had not told of.",
		}),
		planning: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "semsync_coordinator_planning_seconds", Help: "Time to plan a run.", Buckets: buckets}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "semsync_coordinator_run_seconds", Help: "Time from start to end of a run.", Buckets: buckets}),
	}
	m.found = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "semsync_validation_findings", Help: "Rules broken in the layer when this process validated it last, by severity.",
	}, []string{"severity"})
	m.ledger = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "semsync_ledger_tables", Help: "Tables of the runs that have not ended, by state: open, done, failed or skipped.",
	}, []string{"state"})
	m.workers = prometheus.NewGauge(prometheus.GaugeOpts{Name: "semsync_workers_alive", Help: "Workers whose heartbeat has not run out, as the leader sees them."})
	m.synced = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "semsync_source_last_success_timestamp_seconds", Help: "When the last run that completed over the source ended, in seconds since 1970: time() minus it is the age of what is known.",
	}, []string{"source"})
	r.MustRegister(m.ledger, m.workers, m.synced, m.found, m.leads, m.active, m.runs, m.tables, m.dispatched, m.reaped, m.losses, m.misses, m.planning, m.duration)
	return m
}

func (m *Metrics) leading(yes bool) {
	m.leads.Set(0)
	if yes {
		m.leads.Set(1)
	}
}

// looked shows what a look at the active runs has found.
func (m *Metrics) looked(runs []metadata.Run, workers int) {
	m.active.Set(float64(len(runs)))
	m.workers.Set(float64(workers))
	var sum metadata.RunCounts
	for i := range runs {
		c := &runs[i].Counts
		sum.Total += c.Total
		sum.Done += c.Done
		sum.Failed += c.Failed
		sum.Skipped += c.Skipped
	}
	for state, n := range map[string]int{"open": sum.Total - sum.Done - sum.Failed - sum.Skipped, "done": sum.Done, "failed": sum.Failed, "skipped": sum.Skipped} {
		m.ledger.WithLabelValues(state).Set(float64(n))
	}
}

func (m *Metrics) lastSuccess(source string, at time.Time) {
	if !at.IsZero() {
		m.synced.WithLabelValues(source).Set(float64(at.UnixMilli()) / 1000)
	}
}
func (m *Metrics) dispatch(n int)          { m.dispatched.Add(float64(n)) }
func (m *Metrics) reap(n int)              { m.reaped.Add(float64(n)) }
func (m *Metrics) queueLost()              { m.losses.Inc() }
func (m *Metrics) miss(n int)              { m.misses.Add(float64(n)) }
func (m *Metrics) planned(d time.Duration) { m.planning.Observe(d.Seconds()) }

func (m *Metrics) findings(n metadata.FindingCounts) {
	for _, s := range metadata.Severities {
		m.found.WithLabelValues(string(s)).Set(float64(n.Of(s)))
	}
}

func (m *Metrics) finished(r metadata.Run) {
	m.runs.WithLabelValues(string(r.Status)).Inc()
	m.duration.Observe(r.Duration.Seconds())
	for outcome, n := range map[string]int{"done": r.Counts.Done, "failed": r.Counts.Failed, "skipped": r.Counts.Skipped} {
		m.tables.WithLabelValues(outcome).Add(float64(n))
	}
}
