package main

import (
	"bytes"
	"context"
	"os/exec"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server" //nolint:depguard // for its version

	"github.com/semsync/semsync/internal/testkit/servers"
)

// machine is what the figures were measured on.
type machine struct {
	system                      string
	cores                       int
	golang, postgres, redis, js string
}

func readMachine(ctx context.Context, admin string) (machine, error) {
	m := machine{system: runtime.GOOS + "/" + runtime.GOARCH, cores: runtime.NumCPU(), golang: strings.TrimPrefix(runtime.Version(), "go"), js: server.VERSION}
	err := connected(ctx, admin, func(c *pgx.Conn) error {
		return c.QueryRow(ctx, "SELECT current_setting('server_version')").Scan(&m.postgres)
	})
	if err != nil {
		return m, err
	}
	path, err := servers.FindRedis()
	if err != nil {
		return m, err
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output() //nolint:gosec // the server that is measured
	if _, rest, ok := bytes.Cut(out, []byte(" v=")); ok {
		m.redis, _, _ = strings.Cut(string(rest), " ")
	}
	return m, err
}
