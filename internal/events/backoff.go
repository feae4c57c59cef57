package events

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff gives growing delays from 50 ms to 5 s, each with up to a fifth
// taken off at random, so that a fleet does not come back all at once. The
// zero value begins with the shortest.
type backoff struct{ tries int }

func (b *backoff) next() time.Duration {
	const shortest, longest = 50 * time.Millisecond, 5 * time.Second
	delay := min(shortest<<min(b.tries, 10), longest)
	b.tries++
	return delay - rand.N(delay/5) //nolint:gosec // only spreads load
}

// pause waits for the next delay and reports whether ctx still holds.
func (b *backoff) pause(ctx context.Context) bool {
	timer := time.NewTimer(b.next())
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
