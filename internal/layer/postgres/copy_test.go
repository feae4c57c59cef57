package postgres

import (
	"database/sql"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer/sqlstore"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// copyInto copies one row of one value into a table with one column and gives what the server then prints of it.
func copyInto(t *testing.T, s *Store, kind string, value any) (printed sql.NullString, err error) {
	t.Helper()
	ctx := t.Context()
	exec := func(statement string) {
		_, err := s.db.ExecContext(ctx, statement)
		require.NoError(t, err)
	}
	exec(`CREATE TABLE "odd "" schema".copied ("odd "" column" ` + kind + `)`)
	defer exec(`DROP TABLE "odd "" schema".copied`)
	conn, err := s.db.Conn(ctx)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	err = s.cfg.copy(ctx, conn, sqlstore.Copied{
		Table: "copied", Columns: []string{`odd " column`}, Len: 1,
		Append: func(values []any, _ int) []any { return append(values, value) },
	})
	if err != nil {
		return printed, err
	}
	require.NoError(t, conn.QueryRowContext(ctx, `SELECT "odd "" column"::text FROM "odd "" schema".copied`).Scan(&printed))
	return printed, nil
}

func TestCopyKeepsValues(t *testing.T) {
	s := open(t, Config{URL: metadata.Secret(testkit.Postgres(t)), Schema: `odd " schema`})
	_, err := s.db.ExecContext(t.Context(), `CREATE SCHEMA "odd "" schema"`)
	require.NoError(t, err)
	text, yes, number := "tab\there, \\N, 'quote' 😀", true, -0.25
	id := uuid.New()
	for _, c := range []struct {
		kind  string
		value any
		want  string
	}{
		{"text", text, text},
		{"text", "", ""},
		{"text", &text, text},
		{"json", `{"a": [1, "ü"]}`, `{"a": [1, "ü"]}`},
		{"integer", -7, "-7"},
		{"boolean", false, "false"},
		{"boolean", &yes, "true"},
		{"double precision", &number, "-0.25"},
		{"uuid", id, id.String()},
		{"text[]", []string{}, "{}"},
		{"text[]", []string{"a", "", "NULL", "{,\"}"}, `{a,"","NULL","{,\"}"}`},
	} {
		got, err := copyInto(t, s, c.kind, c.value)
		require.NoError(t, err, "%s %v", c.kind, c.value)
		require.True(t, got.Valid, "%s %v", c.kind, c.value)
		require.Equal(t, c.want, got.String, "%s", c.kind)
	}
	for kind, value := range map[string]any{
		"text": nil, "json": (*string)(nil), "boolean": (*bool)(nil), "double precision": (*float64)(nil), "text[]": []string(nil),
	} {
		got, err := copyInto(t, s, kind, value)
		require.NoError(t, err, kind)
		require.False(t, got.Valid, kind)
	}
	for _, wrong := range []any{1 << 31, int64(1), struct{}{}} {
		_, err := copyInto(t, s, "integer", wrong)
		require.Error(t, err, "%T %v", wrong, wrong)
	}
	_, err = copyInto(t, s, "text", "a\x00b")
	require.Equal(t, metadata.FaultInvalid, classify("copy", err).Kind, "the server refuses it, and the connection goes on")
	got, err := copyInto(t, s, "text", "after it")
	require.NoError(t, err)
	require.Equal(t, "after it", got.String)
}
