package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
)

func (d *database) with(t *testing.T, change func(*driver.Config)) *sql.DB {
	t.Helper()
	config, err := driver.ParseDSN(d.dsn)
	require.NoError(t, err)
	config.Logger = &driver.NopLogger{}
	change(config)
	connector, err := driver.NewConnector(config)
	require.NoError(t, err)
	pool := sql.OpenDB(connector)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	return pool
}

func statement(text string) func(*testing.T, *database) error {
	return func(_ *testing.T, d *database) error { return query(d.pool, text) }
}

// query runs a statement to the end of its rows, where some errors come.
func query(pool interface {
	Query(string, ...any) (*sql.Rows, error)
}, text string,
) error {
	rows, err := pool.Query(text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() { // only the end matters
	}
	return rows.Err()
}

func wrongPassword(t *testing.T, d *database) error {
	t.Helper()

	return d.with(t, func(c *driver.Config) { c.Passwd = "wrong" }).Ping()
}

func asStranger(text string) func(*testing.T, *database) error {
	return func(t *testing.T, d *database) error {
		t.Helper()

		_, dsn := d.account(t, "stranger")
		return query(openPool(t, dsn), fmt.Sprintf(text, d.name))
	}
}

func columnDenied(t *testing.T, d *database) error {
	t.Helper()

	user, dsn := d.account(t, "partial")
	d.exec(t, "GRANT SELECT (id) ON t TO "+user)
	return query(openPool(t, dsn), "SELECT n FROM "+d.name+".t")
}

func brokenView(t *testing.T, d *database) error {
	t.Helper()

	d.exec(t, "CREATE TABLE base (id int)")
	d.exec(t, "CREATE VIEW broken AS SELECT id FROM base")
	d.exec(t, "DROP TABLE base")
	return query(d.pool, "SELECT * FROM broken")
}

func writeInReadOnly(t *testing.T, d *database) error {
	t.Helper()

	transaction, err := d.pool.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	require.NoError(t, err)
	defer transaction.Rollback()
	_, err = transaction.Exec("DELETE FROM t")
	return err
}

func tooManyConnections(t *testing.T, d *database) error {
	t.Helper()

	user, dsn := d.account(t, "crowd")
	d.exec(t, "GRANT USAGE ON *.* TO "+user+" WITH MAX_USER_CONNECTIONS 1")
	pool := openPool(t, dsn)
	first, err := pool.Conn(t.Context())
	require.NoError(t, err)
	defer first.Close()
	return pool.Ping()
}

func lockWait(t *testing.T, d *database) error {
	t.Helper()

	holder := d.locked(t, 1)
	defer holder.Rollback()
	waiter := d.with(t, func(c *driver.Config) { c.Params = map[string]string{"innodb_lock_wait_timeout": "0"} })
	return query(waiter, "UPDATE t SET n = 5 WHERE id = 1")
}

// locked gives a transaction that holds the lock on one row.
func (d *database) locked(t *testing.T, row int) *sql.Tx {
	t.Helper()
	transaction, err := d.pool.Begin()
	require.NoError(t, err)
	_, err = transaction.Exec("UPDATE t SET n = n + 1 WHERE id = ?", row)
	require.NoError(t, err)
	return transaction
}

// deadlock has two transactions wait for each other. The server ends one.
func deadlock(t *testing.T, d *database) error {
	t.Helper()

	one, two := d.locked(t, 1), d.locked(t, 2)
	defer one.Rollback()
	defer two.Rollback()
	ended := make(chan error, 1)
	go func() {
		_, err := one.Exec("UPDATE t SET n = n + 1 WHERE id = 2")
		ended <- err
	}()
	_, err := two.Exec("UPDATE t SET n = n + 1 WHERE id = 1")
	return errors.Join(err, <-ended)
}

func killed(order string) func(*testing.T, *database) error {
	return func(t *testing.T, d *database) error {
		t.Helper()

		connection, err := d.pool.Conn(t.Context())
		require.NoError(t, err)
		defer connection.Close()
		var id int
		require.NoError(t, connection.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id))
		ended := make(chan error, 1)
		go func() {
			_, err := connection.ExecContext(t.Context(), "UPDATE t SET n = SLEEP(30)")
			ended <- err
		}()
		require.Eventually(t, func() bool {
			var state string
			err := d.pool.QueryRow("SELECT state FROM information_schema.processlist WHERE id = ?", id).Scan(&state)
			return err == nil && state == "User sleep"
		}, 10*time.Second, 5*time.Millisecond)
		d.exec(t, fmt.Sprintf(order, id))
		return <-ended
	}
}

func refusedConnection(t *testing.T, d *database) error {
	t.Helper()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return d.with(t, func(c *driver.Config) { c.Addr = listener.Addr().String() }).Ping()
}

func unknownHost(t *testing.T, d *database) error {
	t.Helper()

	return d.with(t, func(c *driver.Config) { c.Addr = "no-such-host.invalid:3306" }).Ping()
}

// connectionTimeout connects to a port whose queue of new connections is full,
// where Linux lets further ones wait.
func connectionTimeout(t *testing.T, d *database) error {
	t.Helper()

	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	file := os.NewFile(uintptr(socket), "listener")
	defer file.Close()
	require.NoError(t, syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(socket, 0))
	name, err := syscall.Getsockname(socket)
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	first, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer first.Close()
	return d.with(t, func(c *driver.Config) { c.Addr, c.Timeout = address, 50*time.Millisecond }).Ping()
}

func closedAtOnce(t *testing.T, d *database) error {
	t.Helper()

	return d.with(t, func(c *driver.Config) { c.Addr = hangUp(t) }).Ping()
}

func withoutTLS(t *testing.T, d *database) error {
	t.Helper()

	return d.with(t, func(c *driver.Config) { c.TLSConfig = "true" }).Ping()
}

func deadline(t *testing.T, d *database) error {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := d.pool.ExecContext(ctx, "SELECT SLEEP(20)")
	return err
}

func cancelled(t *testing.T, d *database) error {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return d.pool.PingContext(ctx)
}
