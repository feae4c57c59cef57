package mysql_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// TestPrivileges follows an account from no privileges to some and back.
func TestPrivileges(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE a (id int, secret int)")
	d.exec(t, "CREATE TABLE b (id int)")
	user, dsn := d.account(t, "reader")
	reader, err := open(t.Context(), dsn, source.Unlimited{})
	require.NoError(t, err)

	missing, err := reader.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, missing, 1)
	require.Contains(t, missing[0], "grant it SELECT")
	names, nothing := discover(t, d, reader)
	require.Empty(t, names)

	d.exec(t, "GRANT DROP ON b TO "+user)
	missing, err = reader.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, missing, 1)
	require.Contains(t, missing[0], "no column")
	results := readAll(t, reader, d.id("b"), d.id("a"))
	require.Equal(t, metadata.FaultDenied, results["b"].Fault.Kind, "a table without visible columns is not one without columns")
	require.Equal(t, metadata.FaultMissing, results["a"].Fault.Kind)

	d.exec(t, "GRANT SELECT ON "+d.name+".* TO "+user)
	missing, err = reader.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, missing)
	names, all := discover(t, d, reader)
	require.Equal(t, []string{"a", "b"}, names)
	require.True(t, all.Complete)
	require.NotEqual(t, nothing.Privileges, all.Privileges)
	_, again := discover(t, d, reader)
	require.Equal(t, all, again)

	d.exec(t, "ALTER USER "+user+" IDENTIFIED BY 'canary'") // another hash would be the same privileges
	d.exec(t, "REVOKE SELECT ON "+d.name+".* FROM "+user)
	d.exec(t, "GRANT SELECT (id) ON a TO "+user)
	names, some := discover(t, d, reader)
	require.Equal(t, []string{"a", "b"}, names)
	require.NotEqual(t, all.Privileges, some.Privileges, "tables that a changed account does not see must not count as dropped")
	require.Len(t, readAll(t, reader, d.id("a"))["a"].Table.Fields, 1)
}

func TestPasswordIsNoPrivilege(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	user, dsn := d.account(t, "reader")
	reader, err := open(t.Context(), dsn, source.Unlimited{})
	require.NoError(t, err)
	_, before := discover(t, d, reader)
	d.exec(t, "ALTER USER "+user+" IDENTIFIED BY 'other'")
	reader, err = open(t.Context(), strings.Replace(dsn, "canary", "other", 1), source.Unlimited{})
	require.NoError(t, err)
	_, after := discover(t, d, reader)
	require.Equal(t, before.Privileges, after.Privileges)
	d.exec(t, "GRANT PROCESS ON *.* TO "+user)
	_, more := discover(t, d, reader)
	require.NotEqual(t, before.Privileges, more.Privileges)
}

// TestRoles sees that what a role loses changes the digest too.
func TestRoles(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE a (id int)")
	user, dsn := d.account(t, "reader")
	role := d.name + "_role"
	d.exec(t, "CREATE ROLE "+role+" WITH ADMIN "+user) // which grants it too; else the account of all tests would have it
	t.Cleanup(func() { d.exec(t, "DROP ROLE "+role) })
	d.exec(t, "GRANT SELECT ON "+d.name+".* TO "+role)
	d.exec(t, "SET DEFAULT ROLE "+role+" FOR "+user)
	reader, err := open(t.Context(), dsn, source.Unlimited{})
	require.NoError(t, err)
	names, with := discover(t, d, reader)
	require.Equal(t, []string{"a"}, names)
	d.exec(t, "REVOKE SELECT ON "+d.name+".* FROM "+role)
	names, without := discover(t, d, reader)
	require.Empty(t, names)
	require.NotEqual(t, with.Privileges, without.Privileges)
}

func TestPrivilegesLostDuringRead(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE a (id int)")
	user, dsn := d.account(t, "reader")
	d.exec(t, "GRANT SELECT ON "+d.name+".* TO "+user)
	reader, err := open(t.Context(), dsn, source.Unlimited{})
	require.NoError(t, err)
	certificate, err := reader.Discover(t.Context(), source.Options{}, d.mine, func(*metadata.Table) error {
		d.exec(t, "REVOKE SELECT ON "+d.name+".* FROM "+user)
		return nil
	})
	require.NoError(t, err)
	require.False(t, certificate.Complete)
	require.Contains(t, certificate.Why, "privileges changed")
}
