package mysql_test

import (
	"errors"
	"fmt"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source/mysql"
)

// TestClassify provokes each error on a real server.
func TestClassify(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		kind    metadata.FaultKind
		class   metadata.FaultClass
		provoke func(t *testing.T, d *database) error
	}{
		{"wrong password", metadata.FaultDenied, metadata.ClassPermission, wrongPassword},
		{"database denied", metadata.FaultDenied, metadata.ClassPermission, asStranger("USE %s")},
		{"table denied", metadata.FaultDenied, metadata.ClassPermission, asStranger("SELECT * FROM %s.t")},
		{"column denied", metadata.FaultDenied, metadata.ClassPermission, columnDenied},
		{"privilege denied", metadata.FaultDenied, metadata.ClassPermission, asStranger("SET GLOBAL max_connections = 7 /* %s */")},
		{"missing table", metadata.FaultMissing, metadata.ClassNotFound, statement("SELECT * FROM gone")},
		{"missing database", metadata.FaultMissing, metadata.ClassNotFound, statement("USE gone")},
		{"missing column", metadata.FaultInvalid, metadata.ClassInvalid, statement("SELECT gone FROM t")},
		{"broken view", metadata.FaultInvalid, metadata.ClassInvalid, brokenView},
		{"syntax", metadata.FaultInvalid, metadata.ClassSyntax, statement("SELEC 1")},
		{"writing in a read-only transaction", metadata.FaultInvalid, metadata.ClassInvalid, writeInReadOnly},
		{"too many connections", metadata.FaultTransient, metadata.ClassRateLimit, tooManyConnections},
		{"statement timeout", metadata.FaultTransient, metadata.ClassQueryTimeout, statement("SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(20)")},
		{"lock wait timeout", metadata.FaultTransient, metadata.ClassQueryTimeout, lockWait},
		{"killed query", metadata.FaultTransient, metadata.ClassQueryTimeout, killed("KILL QUERY %d")},
		{"killed connection", metadata.FaultTransient, metadata.ClassConnectionLost, killed("KILL %d")},
		{"deadlock", metadata.FaultTransient, metadata.ClassDeadlock, deadlock},
		{"refused", metadata.FaultTransient, metadata.ClassUnavailable, refusedConnection},
		{"unknown host", metadata.FaultTransient, metadata.ClassUnavailable, unknownHost},
		{"connection timeout", metadata.FaultTransient, metadata.ClassConnectionTimeout, connectionTimeout},
		{"closed at once", metadata.FaultTransient, metadata.ClassConnectionLost, closedAtOnce},
		{"no TLS", metadata.FaultInvalid, metadata.ClassInvalid, withoutTLS},
		{"deadline", metadata.FaultTransient, metadata.ClassQueryTimeout, deadline},
		{"cancelled", metadata.FaultStopped, "", cancelled},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			d.exec(t, "CREATE TABLE t (id int PRIMARY KEY, n int)")
			d.exec(t, "INSERT INTO t VALUES (1, 1), (2, 2)")
			err := c.provoke(t, d)
			require.Error(t, err)
			fault := mysql.Classify(fmt.Errorf("wrapped: %w", err))
			require.Equal(t, c.kind, fault.Kind, "%v", err)
			require.Equal(t, c.class, fault.Class, "%v", err)
			require.ErrorIs(t, fault, err)
		})
	}
}

func TestClassifyOthers(t *testing.T) {
	t.Parallel()
	require.Nil(t, mysql.Classify(nil))
	known := &metadata.Fault{Kind: metadata.FaultConflict}
	require.Same(t, known, mysql.Classify(fmt.Errorf("wrapped: %w", known)))
	require.Equal(t, metadata.FaultBug, mysql.Classify(errors.New("something else")).Kind)
	for number, class := range map[uint16]metadata.FaultClass{ // MariaDB cannot be made to send these at will
		1040: metadata.ClassRateLimit, 1203: metadata.ClassRateLimit, 3024: metadata.ClassQueryTimeout,
		2006: metadata.ClassConnectionLost, 2013: metadata.ClassConnectionLost, 1053: metadata.ClassUnavailable,
		1129: metadata.ClassUnavailable, 1130: metadata.ClassPermission,
	} {
		require.Equal(t, class, mysql.Classify(&driver.MySQLError{Number: number}).Class, "%d", number)
	}
	byState := &driver.MySQLError{Number: 65000, SQLState: [5]byte{'4', '0', '0', '0', '1'}}
	require.Equal(t, metadata.ClassSerialization, mysql.Classify(byState).Class)
}
