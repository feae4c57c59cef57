package queue

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"
)

// claim is one acquisition of n places.
type claim struct {
	id string
	n  int
}

func newClaim(n int) claim { return claim{id: rand.Text(), n: n} }

// ticket names the claim while it waits, and how much it waits for.
func (c claim) ticket() string { return strconv.Itoa(c.n) + ":" + c.id }

// places names the claim's places, as acquire.lua does.
func (c claim) places() []string {
	places := make([]string, c.n)
	for i := range places {
		places[i] = c.id + ":" + strconv.Itoa(i+1)
	}
	return places
}

// names are all names that Redis may know of the claim.
func (c claim) names() []string { return append(c.places(), c.ticket()) }

// hold notes a granted claim and has it renewed. Call it with mu held.
func (l *Limiter) hold(ctx context.Context, c claim) {
	l.held[c.id] = c.n
	l.inFlight += c.n
	l.startKeeper(ctx)
}

// giveBack frees a claim's places, without waiting for Redis.
func (l *Limiter) giveBack(ctx context.Context, c claim) {
	l.mu.Lock()
	delete(l.held, c.id)
	l.inFlight -= c.n
	l.mu.Unlock()
	l.drop(ctx, c.places())
}

// drop has names removed from Redis, by the keeper: it alone writes, so that
// a renewal that is under way cannot bring a freed place back.
func (l *Limiter) drop(ctx context.Context, names []string) {
	l.mu.Lock()
	l.drops = append(l.drops, names...)
	l.startKeeper(ctx)
	l.mu.Unlock()
	signal(l.wake)
}

// startKeeper starts the keeper unless it runs. It outlives ctx. Call it with
// mu held.
func (l *Limiter) startKeeper(ctx context.Context) {
	if !l.keeping {
		l.keeping = true
		go l.keepHouse(context.WithoutCancel(ctx))
	}
}

// keepHouse is the keeper: it renews what is held and removes what was given
// back, and ends when there is neither.
func (l *Limiter) keepHouse(ctx context.Context) {
	ticker := time.NewTicker(renewal)
	defer ticker.Stop()
	renew := false
	for {
		drops, places, idle := l.chores(renew)
		if idle {
			return
		}
		renew = false
		if len(drops)+len(places) > 0 {
			l.keepOnce(ctx, drops, places)
			signal(l.freed)
			continue // to see what came in the meantime, or that it was the last
		}
		select {
		case <-l.wake:
		case <-ticker.C:
			renew = true
		}
	}
}

// chores gives what to drop and what to renew. When there is nothing and
// nothing is held, the keeper counts as gone.
func (l *Limiter) chores(renew bool) (drops, places []string, idle bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	drops, l.drops = l.drops, nil
	if renew {
		for id, n := range l.held {
			places = append(places, claim{id: id, n: n}.places()...)
		}
	}
	idle = len(drops) == 0 && len(l.held) == 0
	if idle {
		l.keeping = false
	}
	return drops, places, idle
}

// keepOnce drops and renews. What cannot be dropped is not tried again: it is
// gone with its lease.
func (l *Limiter) keepOnce(ctx context.Context, drops, places []string) {
	ctx, cancel := context.WithTimeout(ctx, limiterTimeout)
	defer cancel()
	args := make([]any, 0, 2+len(drops)+len(places))
	args = append(args, lease.Milliseconds(), len(drops))
	for _, name := range append(drops, places...) {
		args = append(args, name)
	}
	l.found(l.keep.Run(ctx, l.rdb, l.keys, args...).Err())
}

// signal tells a goroutine that looks at the channel, once.
func signal(channel chan struct{}) {
	select {
	case channel <- struct{}{}:
	default:
	}
}
