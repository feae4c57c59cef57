package testkit

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// Fate is what becomes of bytes that a client sent through a Proxy.
type Fate int

// The fates of a client's bytes.
const (
	Pass Fate = iota // forwarded
	Drop             // not forwarded, and the connection ends
	Mute             // forwarded, and nothing the server says on this connection comes back any more
)

// Proxy is a TCP proxy on loopback between the processes of a test and a
// server. It cuts, refuses, holds up and delays what goes through it. Its
// address stays the same. It is safe for concurrent use.
type Proxy struct {
	Addr string // host:port

	upstream string
	listener net.Listener

	mu      sync.Mutex
	pairs   map[*pair]struct{}         // guarded by mu
	down    bool                       // guarded by mu: new connections are refused
	open    chan struct{}              // guarded by mu: closed while bytes may pass
	delay   time.Duration              // guarded by mu: of each piece a client sends
	inspect func(client []byte) Fate   // guarded by mu: nil passes everything
	rewrite func(server []byte) []byte // guarded by mu: nil changes nothing
	wg      sync.WaitGroup
}

// pair is one client's connection with its other half.
type pair struct {
	client, server net.Conn
	mute           chan struct{}
	once           sync.Once
}

func (p *pair) close() {
	p.once.Do(func() {
		_ = p.client.Close() // whichever side is gone already
		_ = p.server.Close()
	})
}

// NewProxy starts a proxy before the server at upstream (host:port). It ends
// with the test.
func NewProxy(tb testing.TB, upstream string) *Proxy {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("testkit: start a proxy: %v", err)
	}
	p := &Proxy{Addr: listener.Addr().String(), upstream: upstream, listener: listener, pairs: map[*pair]struct{}{}, open: make(chan struct{})}
	close(p.open)
	p.wg.Go(p.serve)
	atEnd(tb, "stop the proxy", func(context.Context) error {
		err := listener.Close()
		p.Down()
		p.Release()
		p.wg.Wait()
		return err
	})
	return p
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.join(client) })
	}
}

func (p *Proxy) join(client net.Conn) {
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", p.upstream)
	if err != nil {
		_ = client.Close() // as the server would
		return
	}
	both := &pair{client: client, server: server, mute: make(chan struct{})}
	defer both.close()
	p.mu.Lock()
	if p.down {
		p.mu.Unlock()
		return
	}
	p.pairs[both] = struct{}{}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.pairs, both)
	}()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer both.close()
		p.upward(both)
	})
	wg.Go(func() {
		defer both.close()
		p.downward(both)
	})
	wg.Wait()
}

// upward carries what the client sends.
func (p *Proxy) upward(both *pair) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := both.client.Read(buffer)
		if err != nil {
			return
		}
		open, delay, inspect, _ := p.rules()
		if delay > 0 {
			<-time.After(delay)
		}
		<-open
		fate := Pass
		if inspect != nil {
			fate = inspect(buffer[:n])
		}
		switch fate {
		case Drop:
			return
		case Mute:
			select {
			case <-both.mute:
			default:
				close(both.mute)
			}
		case Pass:
		}
		if _, err := both.server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// downward carries what the server says.
func (p *Proxy) downward(both *pair) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := both.server.Read(buffer)
		if err != nil {
			return
		}
		open, _, _, rewrite := p.rules()
		<-open
		select {
		case <-both.mute:
			continue
		default:
		}
		out := buffer[:n]
		if rewrite != nil {
			out = rewrite(out)
		}
		if _, err := both.client.Write(out); err != nil {
			return
		}
	}
}

func (p *Proxy) rules() (open chan struct{}, delay time.Duration, inspect func([]byte) Fate, rewrite func([]byte) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open, p.delay, p.inspect, p.rewrite
}

// Connections counts those that are open.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pairs)
}

// Cut ends all connections; new ones are taken.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for both := range p.pairs {
		both.close()
	}
}

// Down ends all connections and lets none in until Up.
func (p *Proxy) Down() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.Cut()
}

// Up lets connections in again.
func (p *Proxy) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// Hold keeps all bytes back, both ways, until Release: connections stay open and nothing answers.
func (p *Proxy) Hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.open:
		p.open = make(chan struct{})
	default:
	}
}

// Release lets bytes pass again.
func (p *Proxy) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.open:
	default:
		close(p.open)
	}
}

// Delay makes each piece that a client sends wait that long.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Inspect asks fn about each piece that a client sends; nil passes everything.
func (p *Proxy) Inspect(fn func(client []byte) Fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inspect = fn
}

// Rewrite lets fn change each piece that the server says; nil changes nothing.
func (p *Proxy) Rewrite(fn func(server []byte) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rewrite = fn
}
