package events

import "github.com/prometheus/client_golang/prometheus"

// The metrics of a Bus, which is a prometheus.Collector.
var (
	publishedDesc = prometheus.NewDesc("semsync_events_published_total",
		"Events that the stream has confirmed.", nil, nil)
	droppedDesc = prometheus.NewDesc("semsync_events_dropped_total",
		"Events given up because the buffer was full, the bus closed or the stream refused them.", nil, nil)
	receivedDesc = prometheus.NewDesc("semsync_events_received_total",
		"Events delivered to subscribers.", nil, nil)
	duplicateDesc = prometheus.NewDesc("semsync_events_duplicate_total",
		"Events that came again and were not delivered.", nil, nil)
	undecodableDesc = prometheus.NewDesc("semsync_events_undecodable_total",
		"Messages that were skipped because they are no event that this version knows.", nil, nil)
	connectedDesc = prometheus.NewDesc("semsync_events_connected",
		"1 while there is a connection to NATS.", nil, nil)
)

// Describe sends the descriptions of the metrics.
func (b *Bus) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		publishedDesc, droppedDesc, receivedDesc, duplicateDesc, undecodableDesc, connectedDesc,
	} {
		ch <- desc
	}
}

// Collect sends the metrics as they are now.
func (b *Bus) Collect(ch chan<- prometheus.Metric) {
	counter := func(desc *prometheus.Desc, n uint64) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n))
	}
	counter(publishedDesc, b.counts.published.Load())
	counter(droppedDesc, b.counts.dropped.Load())
	counter(receivedDesc, b.counts.received.Load())
	counter(duplicateDesc, b.counts.duplicate.Load())
	counter(undecodableDesc, b.counts.undecodable.Load())
	connected := 0.0
	if b.Connected() {
		connected = 1
	}
	ch <- prometheus.MustNewConstMetric(connectedDesc, prometheus.GaugeValue, connected)
}
