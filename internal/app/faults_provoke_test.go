package app

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"os"
	"runtime"
	"syscall"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// nobody is an address at which nobody listens.
func nobody(e engine) string {
	l, err := (&net.ListenConfig{}).Listen(e.Context(), "tcp", "127.0.0.1:0")
	require.NoError(e, err)
	require.NoError(e, l.Close())
	return l.Addr().String()
}

// as gives the DSN of a PostgreSQL engine with other parts.
func (e engine) as(change func(*url.URL)) string {
	e.Helper()
	u, err := url.Parse(e.dsn)
	require.NoError(e, err)
	change(u)
	return u.String()
}

func pgRefused(e engine) error {
	return open(e.T, "pgx", e.as(func(u *url.URL) { u.Host = nobody(e) })).PingContext(e.Context())
}

func mariaRefused(e engine) error {
	cfg, err := driver.ParseDSN(e.dsn)
	require.NoError(e, err)
	cfg.Net, cfg.Addr = "tcp", nobody(e)
	return open(e.T, "mysql", cfg.FormatDSN()).PingContext(e.Context())
}

// pgRole makes a role and opens the database as it.
func pgRole(e engine, options string) *sql.DB {
	role := e.as(func(u *url.URL) { u.Path += "_reader" })
	u, err := url.Parse(role)
	require.NoError(e, err)
	name := u.Path[1:]
	mustExec(e.T, e.db, "CREATE ROLE "+name+" LOGIN PASSWORD 'reader-secret' "+options)
	return open(e.T, "pgx", e.as(func(u *url.URL) { u.User = url.UserPassword(name, "reader-secret") }))
}

func pgCrowd(e engine) error { return pgRole(e, "CONNECTION LIMIT 0").PingContext(e.Context()) }

func pgStranger(e engine) error { return e.do(pgRole(e, ""), "SELECT * FROM t") }

// mariaAccount makes an account that may do nothing, with these limits, and opens the server as it.
func mariaAccount(e engine, limits string) (pool *sql.DB, database string) {
	cfg, err := driver.ParseDSN(e.dsn)
	require.NoError(e, err)
	database = cfg.DBName
	cfg.User, cfg.Passwd, cfg.DBName = database+"_reader", "reader-secret", ""
	mustExec(e.T, e.db, "CREATE USER "+cfg.User+" IDENTIFIED BY 'reader-secret' "+limits)
	return open(e.T, "mysql", cfg.FormatDSN()), database
}

func mariaCrowd(e engine) error {
	pool, _ := mariaAccount(e, "WITH MAX_USER_CONNECTIONS 1")
	first, err := pool.Conn(e.Context())
	require.NoError(e, err)
	defer func() { _ = first.Close() }()
	return pool.PingContext(e.Context())
}

func mariaStranger(e engine) error {
	pool, database := mariaAccount(e, "")
	return e.do(pool, "SELECT * FROM "+database+".t")
}

// crossed has two transactions wait for each other's rows; the server ends one of them.
func crossed(set string) func(engine) error {
	return func(e engine) error {
		one := e.session(set, "BEGIN", "UPDATE t SET n = 5 WHERE id = 1")
		two := e.session(set, "BEGIN", "UPDATE t SET n = 6 WHERE id = 2")
		ended := make(chan error, 1)
		go func() {
			_, err := one.ExecContext(e.Context(), "UPDATE t SET n = 7 WHERE id = 2")
			if err != nil {
				_, _ = one.ExecContext(e.Context(), "ROLLBACK")
			}
			ended <- err
		}()
		_, err := two.ExecContext(e.Context(), "UPDATE t SET n = 8 WHERE id = 1")
		_, _ = two.ExecContext(e.Context(), "ROLLBACK")
		return errors.Join(err, <-ended)
	}
}

// overtaken writes a row that another has written since its snapshot was taken.
func overtaken(begin ...string) func(engine) error {
	return func(e engine) error {
		late := e.session(begin...)
		require.NoError(e, e.do(late, "SELECT * FROM t"))
		mustExec(e.T, e.db, "UPDATE t SET n = 5 WHERE id = 1")
		_, err := late.ExecContext(e.Context(), "UPDATE t SET n = 6 WHERE id = 1")
		return err
	}
}

// waiting waits too long for a row.
func waiting(set string) func(engine) error {
	return func(e engine) error {
		e.session("BEGIN", "UPDATE t SET n = 5 WHERE id = 1")
		_, err := e.session(set).ExecContext(e.Context(), "UPDATE t SET n = 6 WHERE id = 1")
		return err
	}
}

func liteEndless(e engine) error {
	ctx, cancel := context.WithTimeout(e.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := e.db.ExecContext(ctx, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
	return err
}

func liteLocked(e engine) error {
	e.session("BEGIN EXCLUSIVE")
	return e.do(open(e.T, "sqlite", e.file), "SELECT * FROM t")
}

// liteForbidden reads a file that only others may read; the superuser, who may read everything, is somebody else meanwhile.
func liteForbidden(e engine) error {
	require.NoError(e, e.db.Close())
	require.NoError(e, os.Chmod(e.file, 0))
	if os.Geteuid() == 0 {
		runtime.LockOSThread() // not unlocked where the identity could not be put back
		const nobody = 65534
		require.NoError(e, syscall.Setfsuid(nobody))
		defer func() {
			require.NoError(e, syscall.Setfsuid(0))
			runtime.UnlockOSThread()
		}()
	}
	reader, err := openSource(e.Context(), source.Config{Name: "attic", Driver: "sqlite", DSN: metadata.Secret(e.file)}, source.Unlimited{})
	if err != nil {
		return err
	}
	_, err = reader.Check(e.Context())
	return errors.Join(err, reader.Close())
}
