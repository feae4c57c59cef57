package deploy

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit/servers"
)

// TestWarehouseServesItsReader loads the example as the postgres image does,
// then reads it with the role and password of the compose file's default.
func TestWarehouseServesItsReader(t *testing.T) {
	server, err := servers.StartPostgres(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	admin, err := pgx.Connect(t.Context(), server.DSN)
	require.NoError(t, err)
	defer admin.Close(t.Context())
	_, err = admin.Exec(t.Context(), "CREATE DATABASE semsync")
	require.NoError(t, err)

	bin, err := servers.FindPostgres()
	require.NoError(t, err)
	load := exec.CommandContext(t.Context(), filepath.Join(bin, "psql"),
		"--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file=compose/warehouse.sql", server.DSN)
	output, err := load.CombinedOutput()
	require.NoError(t, err, "%s", output)

	address, err := url.Parse(server.DSN)
	require.NoError(t, err)
	dsn := strings.Replace(valueOf(compose(t).Services["worker"].Environment["WAREHOUSE_DSN"]), "postgres:5432", address.Host, 1)
	reader, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer reader.Close(t.Context())
	var relations int
	require.NoError(t, reader.QueryRow(t.Context(),
		"SELECT count(DISTINCT table_name) FROM information_schema.columns WHERE table_schema IN ('customers', 'sales')").Scan(&relations))
	require.Equal(t, 5, relations, "the reader sees every table and the view")
	_, err = reader.Exec(t.Context(), "DELETE FROM sales.orders")
	require.ErrorContains(t, err, "permission denied")
	_, err = pgx.Connect(t.Context(), strings.Replace(dsn, "/warehouse?", "/semsync?", 1))
	require.ErrorContains(t, err, "permission denied", "the layer is not the reader's business")
}
