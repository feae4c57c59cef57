package notify

import "github.com/prometheus/client_golang/prometheus"

// Metrics are a notifier's numbers.
type Metrics struct {
	attempts *prometheus.CounterVec
}

// NewMetrics makes and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "semsync_notify_attempts_total", Help: "Attempts to send a notice, by channel and outcome: sent, retried or given_up.",
	}, []string{"channel", "outcome"})}
	r.MustRegister(m.attempts)
	return m
}

func (m *Metrics) count(channel, outcome string) { m.attempts.WithLabelValues(channel, outcome).Inc() }
