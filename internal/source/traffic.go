package source

import (
	"context"
	"net"
	"sync/atomic"
)

// Traffic counts the bytes that come from a server over the connections that it dials.
type Traffic struct{ received atomic.Int64 }

// Bytes is how many have come.
func (t *Traffic) Bytes() int64 { return t.received.Load() }

// Dialer is how drivers are told to connect.
type Dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// Counting gives a dialer whose connections are counted.
func (t *Traffic) Counting(dial Dialer) Dialer {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &countedConn{Conn: c, traffic: t}, nil
	}
}

type countedConn struct {
	net.Conn
	traffic *Traffic
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.traffic.received.Add(int64(n))
	return n, err
}
