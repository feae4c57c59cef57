package sourcetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// places is a limiter that keeps account.
type places struct {
	limit int
	free  *semaphore.Weighted

	mu          sync.Mutex
	now, most   int // guarded by mu
	beyondLimit int // guarded by mu; acquisitions that could never be had
}

func newPlaces(limit int) *places {
	return &places{limit: limit, free: semaphore.NewWeighted(int64(limit))}
}

// Limit gives the number of places.
func (p *places) Limit() int { return p.limit }

// Acquire waits for n places.
func (p *places) Acquire(ctx context.Context, n int) (func(), error) {
	if n > p.limit {
		p.mu.Lock()
		p.beyondLimit++
		p.mu.Unlock()
		return nil, fmt.Errorf("%d places of %d were asked for", n, p.limit)
	}
	if err := p.free.Acquire(ctx, int64(n)); err != nil {
		return nil, err
	}
	p.account(n)
	return sync.OnceFunc(func() {
		p.account(-n)
		p.free.Release(int64(n))
	}), nil
}

func (p *places) account(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now += n
	p.most = max(p.most, p.now)
}

func (p *places) requireFree(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Zero(t, p.now, "places were not given back")
	require.Positive(t, p.most, "no place was ever taken")
	require.Zero(t, p.beyondLimit)
}

// testLimits reads with few places: the result must be the same, and all
// places must be free afterwards.
func testLimits(b *bench) {
	t := b.t
	b.createMany(0, 40)
	b.create("other", "(id int, parent int)")
	want := b.discover(t)
	for _, limit := range []int{1, 2, 3, 4, 5, 6, 10} {
		limiter := newPlaces(limit)
		reader := b.Connect(limiter)
		require.Empty(t, gocmp.Diff(want, b.discoverWith(t, reader)), "%d places", limit)
		limiter.requireFree(t)
		results, err := collectRead(t.Context(), reader, []metadata.TableID{b.id("other"), b.id("gone")})
		require.NoError(t, err)
		require.Equal(t, metadata.FaultMissing, results[0].Fault.Kind)
		require.Equal(t, want[len(want)-1], results[1].Table)
		limiter.requireFree(t)
		_, err = reader.Discover(t.Context(), options, b.keep, func(*metadata.Table) error { return errYield })
		require.ErrorIs(t, err, errYield)
		limiter.requireFree(t)
	}
}

// testConcurrent reads many times at once from one reader, over limited places.
func testConcurrent(b *bench) {
	t := b.t
	b.createMany(0, 40)
	want := b.discover(t)
	for _, limiter := range []source.Limiter{source.Unlimited{}, newPlaces(6), newPlaces(1)} {
		reader := b.Connect(limiter)
		group, ctx := errgroup.WithContext(t.Context())
		for range 4 {
			group.Go(func() error {
				tables, err := collect(ctx, reader, options, b.keep)
				if diff := gocmp.Diff(want, tables); err == nil && diff != "" {
					return fmt.Errorf("concurrent discover: %s", diff)
				}
				return err
			})
			group.Go(func() error {
				results, err := collectRead(ctx, reader, []metadata.TableID{b.id("many_007"), b.id("many_039"), b.id("gone")})
				if err != nil {
					return err
				}
				if diff := gocmp.Diff([]*metadata.Table{nil, want[7], want[39]},
					[]*metadata.Table{results[0].Table, results[1].Table, results[2].Table}); diff != "" {
					return fmt.Errorf("concurrent read: %s", diff)
				}
				return nil
			})
		}
		require.NoError(t, group.Wait())
	}
}
