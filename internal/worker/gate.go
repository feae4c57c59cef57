package worker

import (
	"context"
	"runtime/metrics"
	"sync"
	"time"
)

// gate lets fewer batches in at once while memory is scarce: at four fifths of the limit one at a time, which
// always goes on, since waiting for memory that nobody frees would be for ever.
type gate struct {
	limit uint64 // bytes; 0 lets everything in
	used  func() uint64
	poll  time.Duration

	mu     sync.Mutex
	inside int
}

func newGate(limit uint64) *gate {
	return &gate{limit: limit, used: memoryInUse, poll: 100 * time.Millisecond}
}

// enter waits for its turn and gives the function that leaves.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	for !g.try() {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(g.poll):
		}
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.inside--
	}, nil
}

func (g *gate) try() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside > 0 && g.limit > 0 && g.used() > g.limit/5*4 {
		return false
	}
	g.inside++
	return true
}

// memoryInUse is what Go's memory limit is about: all that the runtime has mapped and not given back.
func memoryInUse() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
