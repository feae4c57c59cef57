package servers

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// StartPostgres starts a private PostgreSQL server and returns when it
// answers. Its DSN has the form postgres://user:password@host:port/postgres.
//
// Where the version can (15 and later), the default collation is ICU's
// English one rather than the byte order that an empty configuration gives:
// databases in the field sort by language, and a query that forgets to ask
// for byte order shall fail in the tests and not there.
func StartPostgres(ctx context.Context) (*Server, error) {
	bin, err := FindPostgres()
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	return start(ctx, engine{
		name:    "postgres",
		account: "postgres",
		quit:    syscall.SIGQUIT, // immediate shutdown: nothing in it is worth a checkpoint
		prepare: func(ctx context.Context, home *folder, owner *account) error {
			return initPostgres(ctx, bin, password, home, owner)
		},
		command: func(home *folder, port int) (string, []string) {
			return filepath.Join(bin, "postgres"), postgresArguments(home, port)
		},
		dsn: func(port int) string {
			dsn := url.URL{
				Scheme: "postgres", User: url.UserPassword(userName, password),
				Host: loopback(port), Path: "/postgres", RawQuery: "sslmode=disable",
			}
			return dsn.String()
		},
		ping: pingPostgres,
	})
}

func initPostgres(ctx context.Context, bin, password string, home *folder, owner *account) error {
	secret := home.file("password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return fmt.Errorf("write the password file: %w", err)
	}
	if err := owner.own(secret); err != nil {
		return fmt.Errorf("give the password file away: %w", err)
	}
	initdb := filepath.Join(bin, "initdb")
	arguments := []string{
		"--pgdata=" + home.file("data"), "--no-sync", "--username=" + userName,
		"--auth=scram-sha-256", "--pwfile=" + secret, "--encoding=UTF8", "--locale=C",
	}
	help, err := exec.CommandContext(ctx, initdb, "--help").Output() //nolint:gosec // a program this package found
	if err != nil {
		return fmt.Errorf("ask %s for its options: %w", initdb, err)
	}
	if bytes.Contains(help, []byte("--icu-locale")) {
		arguments = append(arguments, "--locale-provider=icu", "--icu-locale=en-US")
	}
	return prepare(ctx, home, owner, initdb, arguments...)
}

// prepare runs a program that fills the folder and ends.
func prepare(ctx context.Context, home *folder, owner *account, path string, arguments ...string) error {
	command := exec.CommandContext(ctx, path, arguments...) //nolint:gosec // a program this package found
	command.Dir, command.Env = home.path, home.environment()
	command.SysProcAttr = owner.attributes()
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("run %s: %w; it printed:\n%s", path, err, output)
	}
	return nil
}

func postgresArguments(home *folder, port int) []string {
	sockets := home.path
	if len(sockets) > 80 { // a socket's path holds at most 107 bytes, 103 on some systems
		sockets = ""
	}
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": sockets,
		"max_connections":         "300",
		"shared_buffers":          "64MB",
		"fsync":                   "off",
		"synchronous_commit":      "off",
		"full_page_writes":        "off",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
	}
	arguments := []string{"-D", home.file("data")}
	for name, value := range settings {
		arguments = append(arguments, "-c", name+"="+value)
	}
	return arguments
}

func pingPostgres(ctx context.Context, dsn string) error {
	connection, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return connection.Close(ctx)
}
