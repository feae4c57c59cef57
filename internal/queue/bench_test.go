package queue

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func BenchmarkEnqueue(b *testing.B) {
	for name, open := range servers {
		b.Run(name, func(b *testing.B) {
			rdb := open(b)
			d, ref := New(rdb, Config{}), batches(1)[0]
			for b.Loop() {
				ref.Batch++
				require.NoError(b, d.Enqueue(b.Context(), ref, EnqueueOptions{}))
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "batches/s")
		})
	}
}

func BenchmarkEnqueueAll(b *testing.B) {
	for name, open := range servers {
		b.Run(name, func(b *testing.B) {
			rdb := open(b)
			d, refs := New(rdb, Config{}), batches(1000)
			for b.Loop() {
				require.NoError(b, d.EnqueueAll(b.Context(), refs, EnqueueOptions{}))
				for i := range refs {
					refs[i].Generation++
				}
			}
			b.ReportMetric(float64(b.N*len(refs))/b.Elapsed().Seconds(), "batches/s")
		})
	}
}

func BenchmarkHandleNothing(b *testing.B) {
	for name, open := range servers {
		b.Run(name, func(b *testing.B) {
			rdb := open(b)
			d, refs := New(rdb, Config{}), batches(1000)
			var handled atomic.Int64
			done := make(chan struct{}, 1)
			start(b, rdb, ServerConfig{Concurrency: 10}, func(context.Context, metadata.BatchRef) error {
				if handled.Add(1)%int64(len(refs)) == 0 {
					done <- struct{}{}
				}
				return nil
			})
			for b.Loop() {
				require.NoError(b, d.EnqueueAll(b.Context(), refs, EnqueueOptions{}))
				<-done
				for i := range refs {
					refs[i].Generation++
				}
			}
			b.ReportMetric(float64(b.N*len(refs))/b.Elapsed().Seconds(), "batches/s")
		})
	}
}

func BenchmarkAcquire(b *testing.B) {
	for name, open := range servers {
		b.Run(name, func(b *testing.B) {
			rdb := open(b)
			limiter := NewLimiter(rdb, "s", 10, nil)
			for b.Loop() {
				release, err := limiter.Acquire(b.Context(), 1)
				require.NoError(b, err)
				release()
			}
		})
	}
}
