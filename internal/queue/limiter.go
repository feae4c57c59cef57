package queue

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/semsync/semsync/internal/metadata"
)

const (
	// lease is how long a place outlives its holder's last sign of life.
	lease = 4 * time.Second
	// renewal is how often places are renewed. Two may be missed.
	renewal = lease / 4
	// patience is how long a ticket counts after its owner last asked. It asks
	// at least every longestPoll.
	patience = time.Second
	// limiterTimeout is how long Redis may take before it counts as away.
	limiterTimeout = time.Second
	// awayPause is how long the local limit holds after Redis was found away.
	// The keeper asks again before it is over, so that waiters need not.
	awayPause = 2 * limiterTimeout
	// settling is how long the local limit holds after Redis came back, so that
	// every process has put its places there before new ones are given.
	settling = 2 * renewal

	shortestPoll = 8 * time.Millisecond
	longestPoll  = 100 * time.Millisecond
)

//go:embed acquire.lua
var acquireSource string

//go:embed keep.lua
var keepSource string

// Limiter bounds the queries in flight at one source over all processes that
// use the same Redis and name. Places are leases: those of a process that
// died are free after four seconds. Waiters are served in the order in which
// they came, first within their process and then over the fleet. While Redis
// does not answer, each process keeps to its share of the limit. A Limiter is
// safe for concurrent use and needs no closing: its one goroutine ends when
// all places have been given back.
type Limiter struct {
	rdb           redis.UniversalClient
	name          string
	limit         int
	liveWorkers   func() int
	keys          []string
	acquire, keep *redis.Script

	turn    chan struct{} // held by the one goroutine of the process that asks Redis
	freed   chan struct{} // tells it that places were given back
	wake    chan struct{} // tells the keeper that there is something to drop
	waiting atomic.Int64

	mu       sync.Mutex
	held     map[string]int // places by claim; guarded by mu
	inFlight int            // sum of held; guarded by mu
	drops    []string       // names to remove from Redis; guarded by mu
	keeping  bool           // whether the keeper runs; guarded by mu
	away     bool           // whether Redis was away when last asked; guarded by mu
	local    time.Time      // the local limit holds until then; guarded by mu
}

// NewLimiter makes a Limiter of limit places (less than 1 counts as 1) under a
// name that is the same in every process, such as "semsync:warehouse".
// LiveWorkers gives the number of processes that share the limit, by which it
// is divided while Redis is away; nil or less than 1 counts as 1.
func NewLimiter(rdb redis.UniversalClient, name string, limit int, liveWorkers func() int) *Limiter {
	if liveWorkers == nil {
		liveWorkers = func() int { return 1 }
	}
	prefix := "semsync:{limit:" + name + "}:"
	return &Limiter{
		rdb: rdb, name: name, limit: max(limit, 1), liveWorkers: liveWorkers,
		keys:    []string{prefix + "held", prefix + "order", prefix + "seen"},
		acquire: redis.NewScript(acquireSource), keep: redis.NewScript(keepSource),
		turn: make(chan struct{}, 1), freed: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		held: make(map[string]int),
	}
}

// Limit is the number of places there are.
func (l *Limiter) Limit() int { return l.limit }

// LimiterStats says how a Limiter is used by this process.
type LimiterStats struct {
	InFlight int // places held
	Waiting  int // goroutines that wait
	Fallback bool
}

// Stats gives a moment's use.
func (l *Limiter) Stats() LimiterStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return LimiterStats{InFlight: l.inFlight, Waiting: int(l.waiting.Load()), Fallback: l.isLocal(time.Now())}
}

// Acquire waits until it has n places at once, from 1 to Limit, and gives the
// function that frees them, which may be called again without effect. The
// error is a fault of kind invalid for an n beyond that, else that of ctx.
func (l *Limiter) Acquire(ctx context.Context, n int) (release func(), err error) {
	if n < 1 || n > l.limit {
		return nil, &metadata.Fault{
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "acquire places at", Subject: l.name,
			Err: fmt.Errorf("%d of %d", n, l.limit),
		}
	}
	l.waiting.Add(1)
	defer l.waiting.Add(-1)
	select {
	case <-ctx.Done():
		return nil, l.gaveUp(ctx)
	case l.turn <- struct{}{}:
	}
	defer func() { <-l.turn }()
	c := newClaim(n)
	if err := l.obtain(ctx, c); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { l.giveBack(ctx, c) }), nil
}

// obtain tries until the claim is granted.
func (l *Limiter) obtain(ctx context.Context, c claim) error {
	for ctx.Err() == nil {
		ahead := l.try(ctx, c)
		if ahead == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-l.freed:
		case <-time.After(poll(ahead)):
		}
	}
	l.drop(ctx, c.names())
	return l.gaveUp(ctx)
}

func (l *Limiter) gaveUp(ctx context.Context) error {
	return fmt.Errorf("wait for a place at %s: %w", l.name, ctx.Err())
}

// poll is how long to wait before asking again, with so many waiting up to
// and including ourselves.
func poll(ahead int64) time.Duration {
	pause := shortestPoll * time.Duration(min(ahead, int64(longestPoll/shortestPoll)))
	return min(longestPoll, pause/2+rand.N(pause)) //nolint:gosec // it only keeps processes from asking in step
}

// try asks once for the claim's places, of Redis or, without it, of the local
// limit. It gives 0 when they are held, else how many wait, ourselves included.
func (l *Limiter) try(ctx context.Context, c claim) int64 {
	if ahead, asked := l.tryLocal(ctx, c); asked {
		return ahead
	}
	asking, cancel := context.WithTimeout(ctx, limiterTimeout)
	defer cancel()
	ahead, err := l.acquire.Run(asking, l.rdb, l.keys,
		l.limit, c.n, c.ticket(), c.id, lease.Milliseconds(), patience.Milliseconds()).Int64()
	if err != nil && ctx.Err() != nil {
		return 1 // our caller sees it
	}
	if back := l.found(err); back || err != nil {
		// What Redis says right after its return is not to be trusted: others
		// have not put their places there yet.
		if ahead, _ = l.tryLocal(ctx, c); ahead > 0 {
			l.drop(ctx, c.names())
		}
		return ahead
	}
	if ahead == 0 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.hold(ctx, c)
	}
	return ahead
}

// tryLocal asks the local limit, if it holds now. A claim beyond this
// process's share is granted when nothing else is in flight, lest it waits
// for as long as Redis is away.
func (l *Limiter) tryLocal(ctx context.Context, c claim) (ahead int64, asked bool) {
	share := max(1, l.limit/max(1, l.liveWorkers()))
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.isLocal(time.Now()) {
		return 0, false
	}
	if l.inFlight > 0 && l.inFlight+c.n > share {
		return 1, true
	}
	l.hold(ctx, c)
	l.drops = append(l.drops, c.ticket())
	return 0, true
}

// isLocal tells whether the local limit holds. Call it with mu held.
func (l *Limiter) isLocal(now time.Time) bool { return now.Before(l.local) }

// found notes whether Redis answered, and tells whether it has just come back.
func (l *Limiter) found(err error) (back bool) {
	away := err != nil && !errors.Is(err, redis.Nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case away:
		l.local = time.Now().Add(awayPause)
	case l.away:
		l.local = time.Now().Add(settling)
		back = true
	}
	l.away = away
	return back
}
