package queue

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// gauge counts what is in flight and remembers the most.
type gauge struct {
	mu        sync.Mutex
	now, most int
}

func (g *gauge) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now += n
	g.most = max(g.most, g.now)
}

// use acquires many times from several goroutines, and holds for up to so long
// each time.
func use(t *testing.T, limiter *Limiter, goroutines, times int, hold time.Duration, inFlight *gauge) *sync.WaitGroup {
	t.Helper()
	var group sync.WaitGroup
	for range goroutines {
		group.Go(func() {
			for range times {
				n := 1 + rand.IntN(min(3, limiter.Limit()))
				release, err := limiter.Acquire(t.Context(), n)
				if err != nil {
					t.Errorf("acquire %d: %v", n, err)
					return
				}
				inFlight.add(n)
				<-time.After(rand.N(hold))
				inFlight.add(-n)
				release()
			}
		})
	}
	return &group
}

func TestLimiterNeverExceedsItsLimit(t *testing.T) {
	t.Parallel()
	for name, open := range pairs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, two := open(t)
			const limit, goroutines, times = 7, 25, 20
			first, second := NewLimiter(one, "s", limit, nil), NewLimiter(two, "s", limit, nil)
			var inFlight gauge
			a := use(t, first, goroutines, times, time.Millisecond, &inFlight)
			b := use(t, second, goroutines, times, time.Millisecond, &inFlight)
			a.Wait()
			b.Wait()
			require.LessOrEqual(t, inFlight.most, limit)
			require.Greater(t, inFlight.most, limit/2, "and makes use of it")
			for _, limiter := range []*Limiter{first, second} {
				require.Equal(t, LimiterStats{}, limiter.Stats())
			}
			eventually(t, "every place is given back", func() bool {
				return one.ZCard(t.Context(), first.keys[0]).Val()+one.ZCard(t.Context(), first.keys[1]).Val() == 0
			})

			// The control: two limits that know nothing of each other are exceeded.
			var control gauge
			a = use(t, NewLimiter(one, "a", limit, nil), goroutines, 4, 50*time.Millisecond, &control)
			b = use(t, NewLimiter(two, "b", limit, nil), goroutines, 4, 50*time.Millisecond, &control)
			a.Wait()
			b.Wait()
			require.Greater(t, control.most, limit)
		})
	}
}

func TestLimiterWithoutRedisKeepsToItsShare(t *testing.T) {
	t.Parallel()
	server := testkit.Redis(t)
	rdb := newClient(t, Options{Addr: server.Addr})
	server.Kill()
	for name, test := range map[string]struct{ workers, want int }{
		"alone":              {0, 6},
		"two workers":        {2, 3},
		"more than places":   {50, 1},
		"nonsense":           {-3, 6},
		"not evenly, 4 of 6": {4, 1},
	} {
		t.Run(name, func(t *testing.T) {
			limiter := NewLimiter(rdb, "s", 6, func() int { return test.workers })
			releases := make([]func(), 0, test.want)
			for range test.want {
				release, err := limiter.Acquire(t.Context(), 1)
				require.NoError(t, err)
				releases = append(releases, release)
			}
			require.Equal(t, LimiterStats{InFlight: test.want, Fallback: true}, limiter.Stats())

			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := limiter.Acquire(ctx, 1)
			require.ErrorIs(t, err, context.DeadlineExceeded, "no more than its share")

			next := make(chan func())
			go func() {
				release, err := limiter.Acquire(t.Context(), 1)
				if err != nil {
					t.Error(err)
				}
				next <- release
			}()
			releases[0]()
			receive(t, next, "the freed place")()
			for _, release := range releases[1:] {
				release()
			}

			all, err := limiter.Acquire(t.Context(), 6)
			require.NoError(t, err, "more than the share is possible alone, or it would never be")
			all()
		})
	}
}

func TestLimiterSurvivesRedis(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]struct{ begin, end func(*testkit.RedisServer) }{
		"frozen": {(*testkit.RedisServer).Pause, (*testkit.RedisServer).Resume},
		"dead":   {(*testkit.RedisServer).Kill, (*testkit.RedisServer).Start},
	} {
		t.Run(name, func(t *testing.T) {
			server := testkit.Redis(t)
			limiter := NewLimiter(newClient(t, Options{Addr: server.Addr}), "s", 8, func() int { return 4 })
			before, err := limiter.Acquire(t.Context(), 1)
			require.NoError(t, err)
			require.False(t, limiter.Stats().Fallback)

			outage.begin(server)
			begun := time.Now()
			during, err := limiter.Acquire(t.Context(), 1)
			require.NoError(t, err)
			require.Less(t, time.Since(begun), limiterTimeout+2*time.Second)
			require.Equal(t, LimiterStats{InFlight: 2, Fallback: true}, limiter.Stats())
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err = limiter.Acquire(ctx, 1)
			require.ErrorIs(t, err, context.DeadlineExceeded, "a quarter of eight is two")

			outage.end(server)
			eventually(t, "the fleet's limit holds again", func() bool { return !limiter.Stats().Fallback })
			eventually(t, "with what was taken before and during the outage", func() bool {
				return limiter.rdb.ZCard(t.Context(), limiter.keys[0]).Val() == 2
			})
			other := NewLimiter(newClient(t, Options{Addr: server.Addr}), "s", 8, nil)
			after, err := other.Acquire(t.Context(), 6)
			require.NoError(t, err)
			ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err = other.Acquire(ctx, 1)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			before()
			during()
			after()
		})
	}
}

func TestRedisThatForgotGivesNoPlaceTwice(t *testing.T) {
	t.Parallel()
	server := testkit.Redis(t)
	line, two := newCable(server.Addr), func() int { return 2 }
	one := NewLimiter(newClient(t, Options{Addr: server.Addr, Dialer: line.Dial}), "s", 4, two)
	other := NewLimiter(newClient(t, Options{Addr: server.Addr}), "s", 4, two)
	all, err := one.Acquire(t.Context(), 4)
	require.NoError(t, err)

	line.Cut()
	server.Kill()
	share, err := other.Acquire(t.Context(), 2)
	require.NoError(t, err, "its share, which it has while Redis is away")
	defer share()
	granted := make(chan func(), 1)
	go func() {
		release, err := other.Acquire(t.Context(), 1)
		if err != nil {
			t.Error(err)
		}
		granted <- release
	}()
	eventually(t, "it waits", func() bool { return other.Stats().Waiting == 1 })
	server.Start()
	eventually(t, "one of them has found it", func() bool {
		other.mu.Lock()
		defer other.mu.Unlock()
		return !other.away
	})
	select { // the four that are in flight are not there yet
	case <-granted:
		require.Fail(t, "six are in flight, and a seventh was let in")
	case <-time.After(settling / 4):
	}
	line.Mend()
	all()
	receive(t, granted, "a place, now that there are some")()
}

func TestFirstAnswerAfterAnOutageIsNotBelieved(t *testing.T) {
	t.Parallel()
	limiter := NewLimiter(newClient(t, Options{Addr: testkit.Redis(t).Addr}), "s", 4, func() int { return 4 })
	release, err := limiter.Acquire(t.Context(), 1)
	require.NoError(t, err)
	defer release()
	limiter.mu.Lock()
	limiter.away = true // as it is when its pause is over, and nobody has asked yet
	limiter.mu.Unlock()
	require.Positive(t, limiter.try(t.Context(), newClaim(1)), "one of four is the share of this process")
	require.Equal(t, LimiterStats{InFlight: 1, Fallback: true}, limiter.Stats())
}

func TestPlacesOfTheDeadAreFreed(t *testing.T) {
	t.Parallel()
	for name, open := range pairs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, two := open(t)
			dead, live := NewLimiter(one, "s", 3, nil), NewLimiter(two, "s", 3, nil)
			release, err := dead.Acquire(t.Context(), 3)
			require.NoError(t, err)
			defer release()
			var died atomic.Bool
			one.AddHook(tap(func(context.Context, redis.Cmder) error {
				if died.Load() {
					return redis.ErrClosed
				}
				return nil
			}))

			// As long as it lives its places are renewed, longer than their lease.
			ctx, cancel := context.WithTimeout(t.Context(), lease+renewal)
			defer cancel()
			_, err = live.Acquire(ctx, 1)
			require.ErrorIs(t, err, context.DeadlineExceeded)

			died.Store(true)
			begun := time.Now()
			release, err = live.Acquire(t.Context(), 3)
			require.NoError(t, err)
			defer release()
			require.Less(t, time.Since(begun), lease+3*time.Second)
		})
	}
}

func TestLargeClaimsAreNotStarved(t *testing.T) {
	t.Parallel()
	for name, open := range pairs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, two := open(t)
			small, large := NewLimiter(one, "s", 4, nil), NewLimiter(two, "s", 4, nil)
			ctx, cancel := context.WithCancel(t.Context())
			var group sync.WaitGroup
			for range 12 { // never leave four places free
				group.Go(func() {
					for ctx.Err() == nil {
						if release, err := small.Acquire(ctx, 1); err == nil {
							<-time.After(5 * time.Millisecond)
							release()
						}
					}
				})
			}
			defer group.Wait()
			defer cancel()
			for range 5 {
				within, cancel := context.WithTimeout(t.Context(), patient)
				release, err := large.Acquire(within, 4)
				cancel()
				require.NoError(t, err)
				release()
			}
		})
	}
}

func TestWaiterThatGivesUpIsForgotten(t *testing.T) {
	t.Parallel()
	for name, open := range pairs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, two := open(t)
			first, second := NewLimiter(one, "s", 2, nil), NewLimiter(two, "s", 2, nil)
			release, err := first.Acquire(t.Context(), 1)
			require.NoError(t, err)
			defer release()

			ctx, cancel := context.WithCancel(t.Context())
			gaveUp := make(chan error, 1)
			go func() {
				_, err := second.Acquire(ctx, 2)
				gaveUp <- err
			}()
			eventually(t, "it waits", func() bool {
				return one.ZCard(t.Context(), first.keys[1]).Val() == 1 && second.Stats().Waiting == 1
			})
			cancel()
			err = receive(t, gaveUp, "the waiter's end")
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, metadata.FaultStopped, metadata.AsFault(err).Kind)
			begun := time.Now()
			again, err := first.Acquire(t.Context(), 1)
			require.NoError(t, err)
			require.Less(t, time.Since(begun), patience/2, "its ticket was taken back, and did not have to expire")
			again()
			require.Zero(t, second.Stats().Waiting)
		})
	}
}

func TestTicketOfADeadWaiterExpires(t *testing.T) {
	t.Parallel()
	for name, open := range pairs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, two := open(t)
			live, dead := NewLimiter(one, "s", 2, nil), NewLimiter(two, "s", 2, nil)
			hold, err := live.Acquire(t.Context(), 1)
			require.NoError(t, err)
			defer hold()
			// It has asked once for both places, and is never heard of again.
			ahead := dead.try(t.Context(), newClaim(2))
			require.EqualValues(t, 1, ahead)
			begun := time.Now()
			release, err := live.Acquire(t.Context(), 1)
			require.NoError(t, err)
			release()
			require.Less(t, time.Since(begun), patience+2*time.Second)
			require.Greater(t, time.Since(begun), patience/2, "until then its turn was respected")
		})
	}
}

func TestAnswerThatGotLostIsNoSecondClaim(t *testing.T) {
	t.Parallel()
	for name, open := range pairs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, _ := open(t)
			limiter, claim := NewLimiter(one, "s", 3, nil), newClaim(2)
			require.Zero(t, limiter.try(t.Context(), claim))
			require.Zero(t, limiter.try(t.Context(), claim))
			require.EqualValues(t, 2, one.ZCard(t.Context(), limiter.keys[0]).Val())
			limiter.giveBack(t.Context(), claim)
		})
	}
}

func TestAcquireRefusesNonsense(t *testing.T) {
	limiter := NewLimiter(newClient(t, Options{Addr: "127.0.0.1:1"}), "s", 0, nil)
	require.Equal(t, 1, limiter.Limit())
	for _, n := range []int{-1, 0, 2} {
		_, err := limiter.Acquire(t.Context(), n)
		require.Equal(t, metadata.FaultInvalid, metadata.AsFault(err).Kind, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := limiter.Acquire(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
}

func TestReleaseTwiceIsOnce(t *testing.T) {
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			rdb := open(t)
			limiter := NewLimiter(rdb, "s", 2, nil)
			first, err := limiter.Acquire(t.Context(), 1)
			require.NoError(t, err)
			second, err := limiter.Acquire(t.Context(), 1)
			require.NoError(t, err)
			first()
			first()
			require.Equal(t, 1, limiter.Stats().InFlight)
			second()
			require.Zero(t, limiter.Stats().InFlight)
		})
	}
}
