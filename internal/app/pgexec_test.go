package app

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/testkit/catalog"
)

// pgExecer runs several statements at once.
func pgExecer(t *testing.T, dsn string) catalog.Execer {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) })
	return func(ctx context.Context, statement string) error {
		_, err := conn.PgConn().Exec(ctx, statement).ReadAll()
		return err
	}
}
