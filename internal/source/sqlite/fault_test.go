package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source/sqlite"
)

// TestClassify provokes each error on a real file.
func TestClassify(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		kind    metadata.FaultKind
		class   metadata.FaultClass
		provoke func(t *testing.T, f *file) error
	}{
		{"missing table", metadata.FaultMissing, metadata.ClassNotFound, statement("SELECT * FROM gone")},
		{"missing column", metadata.FaultInvalid, metadata.ClassInvalid, statement("SELECT gone FROM t")},
		{"syntax", metadata.FaultInvalid, metadata.ClassSyntax, statement("SELEC 1")},
		{"locked", metadata.FaultTransient, metadata.ClassQueryTimeout, locked},
		{"missing file", metadata.FaultMissing, metadata.ClassNotFound, missingFile},
		{"no database", metadata.FaultInvalid, metadata.ClassInvalid, noDatabase},
		{"damaged", metadata.FaultInvalid, metadata.ClassInvalid, damaged},
		{"read-only", metadata.FaultInvalid, metadata.ClassInvalid, readOnly},
		{"deadline", metadata.FaultTransient, metadata.ClassQueryTimeout, deadline},
		{"cancelled", metadata.FaultStopped, "", cancelled},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFile(t)
			f.exec(t, "CREATE TABLE t (id int)")
			err := c.provoke(t, f)
			require.Error(t, err)
			fault := sqlite.Classify(fmt.Errorf("wrapped: %w", err))
			require.Equal(t, c.kind, fault.Kind, "%v", err)
			require.Equal(t, c.class, fault.Class, "%v", err)
			require.ErrorIs(t, fault, err)
		})
	}
}

func TestClassifyOthers(t *testing.T) {
	t.Parallel()
	require.Nil(t, sqlite.Classify(nil))
	known := &metadata.Fault{Kind: metadata.FaultConflict}
	require.Same(t, known, sqlite.Classify(fmt.Errorf("wrapped: %w", known)))
	require.Equal(t, metadata.FaultBug, sqlite.Classify(errors.New("something else")).Kind)
	require.Equal(t, metadata.FaultMissing, sqlite.Classify(fs.ErrNotExist).Kind)
	require.Equal(t, metadata.FaultDenied, sqlite.Classify(fs.ErrPermission).Kind)
}

func statement(text string) func(*testing.T, *file) error {
	return func(_ *testing.T, f *file) error {
		_, err := f.connection.Exec(text)
		return err
	}
}

// other opens the same file once more.
func (f *file) other(t *testing.T, parameters string) *sql.DB {
	t.Helper()
	connection, err := sql.Open("sqlite", f.uri()+"?"+parameters)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	return connection
}

func locked(t *testing.T, f *file) error {
	t.Helper()

	f.exec(t, "BEGIN EXCLUSIVE")
	_, err := f.other(t, "mode=ro").Exec("SELECT * FROM t")
	return err
}

func missingFile(t *testing.T, _ *file) error {
	t.Helper()

	connection, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "gone.db")+"?mode=ro")
	require.NoError(t, err)
	defer connection.Close()
	return connection.Ping()
}

func noDatabase(t *testing.T, _ *file) error {
	t.Helper()

	path := filepath.Join(t.TempDir(), "text.db")
	require.NoError(t, os.WriteFile(path, []byte("This is a letter, and a long one at that: it has more than the hundred bytes of a header."+
		"Yours sincerely"), 0o600))
	connection, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer connection.Close()
	_, err = connection.Exec("SELECT * FROM sqlite_schema")
	return err
}

// damaged overwrites the page of the schema, but for the file's header.
func damaged(t *testing.T, f *file) error {
	t.Helper()

	raw, err := os.OpenFile(f.path, os.O_RDWR, 0)
	require.NoError(t, err)
	_, err = raw.WriteAt(make([]byte, 500), 100)
	require.NoError(t, err)
	require.NoError(t, raw.Close())
	_, err = f.other(t, "mode=ro").Exec("SELECT * FROM t")
	return err
}

func readOnly(t *testing.T, f *file) error {
	t.Helper()

	_, err := f.other(t, "mode=ro").Exec("INSERT INTO t VALUES (1)")
	return err
}

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"

func deadline(t *testing.T, f *file) error {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	_, err := f.connection.ExecContext(ctx, endless)
	return err
}

func cancelled(t *testing.T, f *file) error {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.connection.ExecContext(ctx, endless)
	return err
}
