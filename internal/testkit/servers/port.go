package servers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// FreePort gives a port of 127.0.0.1 that nobody listens on.
//
// It stays below 32768, where Linux begins to hand out ports for outgoing
// connections. A server that is killed and started again on its port would
// else find it taken by some client now and then, even by its own client: one
// that dials a dead port of that range again and again ends up connected to
// itself.
func FreePort(ctx context.Context) (int, error) {
	const lowest, highest, tries = 15000, 32000, 200
	var last error
	for range tries {
		port := lowest + rand.IntN(highest-lowest) //nolint:gosec // a guess, not a secret
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback(port))
		if err != nil {
			last = err
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, fmt.Errorf("free port %d: %w", port, err)
		}
		return port, nil
	}
	return 0, fmt.Errorf("find a free port: %w", last)
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
