package embedded

import (
	"net"
	"os"
	"sync"
	"time"
)

// redisConn is a client's end of an in-memory connection whose writes do not
// wait for the server. The pipe alone has no buffer: a client that writes a
// long pipeline before it reads, and a server that answers each command before
// it reads the next, would wait for each other for ever.
type redisConn struct {
	net.Conn // reading, its deadlines, addresses
	closed   func(*redisConn)

	mu     sync.Mutex
	queued []byte // not yet taken by pump
	err    error  // why nothing can be written any more
	wake   chan struct{}
	once   sync.Once
	end    error
}

func newRedisConn(pipe net.Conn, closed func(*redisConn)) *redisConn {
	return &redisConn{Conn: pipe, closed: closed, wake: make(chan struct{}, 1)}
}

// Write queues the bytes and returns at once. What is queued is bounded by
// what callers write before they read an answer.
func (c *redisConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	c.queued = append(c.queued, p...)
	c.signal()
	return len(p), nil
}

// SetDeadline sets the deadline for reading; a write needs none.
func (c *redisConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline accepts any deadline, since no write waits.
func (c *redisConn) SetWriteDeadline(time.Time) error { return nil }

// Close ends the connection and drops what is still queued.
func (c *redisConn) Close() error {
	c.once.Do(func() {
		c.fail(net.ErrClosed)
		c.end = c.Conn.Close()
		c.closed(c)
	})
	return c.end
}

// pump hands the queued bytes to the server until the connection ends.
func (c *redisConn) pump() {
	for range c.wake {
		for {
			data, err := c.take()
			if err != nil {
				return
			}
			if len(data) == 0 {
				break
			}
			if _, err := c.Conn.Write(data); err != nil {
				c.fail(os.ErrClosed)
				return
			}
		}
	}
}

// take gives what is queued and empties the queue.
func (c *redisConn) take() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data := c.queued
	c.queued = nil
	return data, c.err
}

func (c *redisConn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	c.signal()
}

// signal wakes pump; mu is held.
func (c *redisConn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
