package queue

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit"
)

// gathered gives the values of a metric by the value of one of its labels.
func gathered(t *testing.T, collector prometheus.Collector, metric, label string) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(collector))
	families, err := registry.Gather()
	require.NoError(t, err)
	values := make(map[string]float64)
	for _, family := range families {
		if family.GetName() != metric {
			continue
		}
		for _, m := range family.GetMetric() {
			name := ""
			for _, pair := range m.GetLabel() {
				if pair.GetName() == label {
					name = pair.GetValue()
				}
			}
			values[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return values
}

func TestCollector(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			rdb := open(t)
			d, limiter := New(rdb, Config{}), NewLimiter(rdb, "warehouse", 4, nil)
			refs := batches(3)
			require.NoError(t, d.EnqueueAll(t.Context(), refs[:2], EnqueueOptions{}))
			require.NoError(t, d.Enqueue(t.Context(), refs[2], EnqueueOptions{Delay: time.Hour}))
			release, err := limiter.Acquire(t.Context(), 3)
			require.NoError(t, err)
			defer release()

			collector := NewCollector(d, limiter)
			require.Equal(t, map[string]float64{"pending": 2, "active": 0, "scheduled": 1, "retry": 0, "archived": 0},
				gathered(t, collector, "semsync_queue_tasks", "state"))
			require.Equal(t, map[string]float64{"": 1}, gathered(t, collector, "semsync_queue_up", ""))
			require.Positive(t, gathered(t, collector, "semsync_queue_oldest_pending_seconds", "")[""])
			require.Equal(t, map[string]float64{"warehouse": 3}, gathered(t, collector, "semsync_queue_limiter_in_flight", "source"))
			require.Equal(t, map[string]float64{"warehouse": 0}, gathered(t, collector, "semsync_queue_limiter_fallback", "source"))
			problems, err := testutil.CollectAndLint(collector)
			require.NoError(t, err)
			require.Empty(t, problems)
		})
	}
}

func TestCollectorWithoutRedis(t *testing.T) {
	server := testkit.Redis(t)
	collector := NewCollector(New(newClient(t, Options{Addr: server.Addr}), Config{}), NewLimiter(nil, "warehouse", 4, nil))
	server.Kill()
	begun := time.Now()
	require.Equal(t, map[string]float64{"": 0}, gathered(t, collector, "semsync_queue_up", ""))
	require.Less(t, time.Since(begun), scrapeTimeout+2*time.Second)
	require.Empty(t, gathered(t, collector, "semsync_queue_tasks", "state"))
	require.Empty(t, gathered(t, NewCollector(nil), "semsync_queue_up", ""))
}
