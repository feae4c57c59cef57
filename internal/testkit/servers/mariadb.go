package servers

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/go-sql-driver/mysql"
)

// StartMariaDB starts a private MariaDB server and returns when it answers.
// Its DSN has the form of go-sql-driver, user:password@tcp(host:port)/, for a
// user who may do everything. Text is utf8mb4, as in the distributions'
// configuration, which is not read.
func StartMariaDB(ctx context.Context) (*Server, error) {
	daemon, install, err := FindMariaDB()
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	return start(ctx, engine{
		name:    "mariadb",
		account: "mysql",
		quit:    syscall.SIGKILL, // an orderly end would flush what nobody needs
		prepare: func(ctx context.Context, home *folder, owner *account) error {
			return initMariaDB(ctx, install, password, home, owner)
		},
		command: func(home *folder, port int) (string, []string) {
			return daemon, mariaDBArguments(home, port)
		},
		dsn: func(port int) string {
			config := mysql.NewConfig()
			config.User, config.Passwd = userName, password
			config.Net, config.Addr = "tcp", loopback(port)
			return config.FormatDSN()
		},
		ping: pingMariaDB,
	})
}

// initMariaDB makes the system tables and the file of statements that the
// server runs as it starts: no account is left without the password.
func initMariaDB(ctx context.Context, install, password string, home *folder, owner *account) error {
	statements := fmt.Sprintf(
		"ALTER USER root@localhost IDENTIFIED BY '%[2]s';\n"+
			"CREATE USER IF NOT EXISTS %[1]s@'%%' IDENTIFIED BY '%[2]s';\n"+
			"GRANT ALL PRIVILEGES ON *.* TO %[1]s@'%%' WITH GRANT OPTION;\n", userName, password)
	initial := home.file("init.sql")
	if err := os.WriteFile(initial, []byte(statements), 0o600); err != nil {
		return fmt.Errorf("write the initial statements: %w", err)
	}
	if err := owner.own(initial); err != nil {
		return fmt.Errorf("give the initial statements away: %w", err)
	}
	return prepare(ctx, home, owner, install,
		"--no-defaults", "--datadir="+home.file("data"), "--auth-root-authentication-method=normal", "--skip-test-db")
}

func mariaDBArguments(home *folder, port int) []string {
	return []string{
		"--no-defaults", // must come first
		"--datadir=" + home.file("data"),
		"--socket=" + home.file("s"),
		"--pid-file=" + home.file("pid"),
		"--init-file=" + home.file("init.sql"),
		"--skip-networking=0",
		"--bind-address=127.0.0.1",
		"--port=" + strconv.Itoa(port),
		"--skip-name-resolve",
		"--character-set-server=utf8mb4",
		"--default-time-zone=+00:00",
		"--max-connections=300",
		"--innodb-buffer-pool-size=64M",
		"--innodb-flush-log-at-trx-commit=0",
		"--innodb-use-native-aio=0", // containers seldom grant enough of it
		"--skip-log-bin",
	}
}

func pingMariaDB(ctx context.Context, dsn string) error {
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return err
	}
	config.Logger = &mysql.NopLogger{} // refused connections are expected here
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	database := sql.OpenDB(connector)
	return errors.Join(database.PingContext(ctx), database.Close())
}
