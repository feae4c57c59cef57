package embedded

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// redisTick is how often keys are aged. Asynq's leases count in seconds, and
// a tick costs 36 ms at 50,000 keys.
const redisTick = time.Second

// ErrClosed is returned by a server of this package that has been closed.
var ErrClosed = errors.New("the embedded server is closed")

// Redis speaks the Redis protocol inside the process. It keeps everything in
// memory. It is safe for concurrent use.
type Redis struct {
	server *miniredis.Miniredis
	stop   chan struct{}
	aging  sync.WaitGroup

	mu     sync.Mutex
	closed bool
	conns  map[*redisConn]struct{}
	pumps  sync.WaitGroup
}

// StartRedis starts an empty server. Close ends it.
func StartRedis() (*Redis, error) {
	r := &Redis{server: miniredis.NewMiniRedis(), stop: make(chan struct{}), conns: map[*redisConn]struct{}{}}
	first, err := r.server.Dial() // the first one starts the server without a listener
	if err != nil {
		return nil, err
	}
	if err := first.Close(); err != nil {
		r.server.Close()
		return nil, err
	}
	r.aging.Go(r.age)
	return r, nil
}

// Options gives settings of a client for this server. Each call gives a new
// value, which the caller may change.
func (r *Redis) Options() *redis.Options {
	return &redis.Options{
		Addr:                     "embedded",
		Dialer:                   r.Dial,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// Dial opens a connection; the network and the address do not matter. It has
// the form of redis.Options.Dialer.
func (r *Redis) Dial(context.Context, string, string) (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	pipe, err := r.server.Dial()
	if err != nil {
		return nil, err
	}
	conn := newRedisConn(pipe, r.forget)
	r.conns[conn] = struct{}{}
	r.pumps.Go(conn.pump)
	return conn, nil
}

// Close ends all connections and waits until the server has stopped. A second
// call does nothing.
func (r *Redis) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	conns := make([]*redisConn, 0, len(r.conns))
	for conn := range r.conns {
		conns = append(conns, conn)
	}
	r.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
	close(r.stop)
	r.aging.Wait()
	r.server.Close()
	r.pumps.Wait()
	return nil
}

func (r *Redis) forget(conn *redisConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, conn)
}

// age lets the keys' time to live pass, by the time that really went by.
func (r *Redis) age() {
	ticker := time.NewTicker(redisTick)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-r.stop:
			return
		case <-ticker.C:
			now := time.Now()
			r.server.FastForward(now.Sub(last))
			last = now
		}
	}
}
