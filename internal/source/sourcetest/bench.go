package sourcetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// options are what the cases read with: everything.
var options = source.Options{Indexes: true, QueryTimeout: time.Minute, Application: "run 1, suite"}

// bench is one case's database and reader.
type bench struct {
	t *testing.T
	Engine
	Database
	reader source.Reader
	mine   map[string]bool // databases that belong to the case
}

func newBench(t *testing.T, e Engine) *bench {
	t.Helper()
	db := e.Open(t)
	return &bench{
		t:      t,
		Engine: e, Database: db, reader: db.Connect(source.Unlimited{}),
		mine: map[string]bool{db.Name: true},
	}
}

func (b *bench) id(table string) metadata.TableID {
	return metadata.TableID{Source: SourceName, Database: b.Name, Name: table}
}

// create makes a table with a body such as "(id int)".
func (b *bench) create(table, body string) {
	b.Exec("CREATE TABLE " + b.Quote(table) + " " + body)
}

// keep is true for the case's own databases: a source may show others'.
func (b *bench) keep(id metadata.TableID) bool { return b.mine[id.Database] }

// discover gives the case's tables in the order they came, after checking
// that the order is right, the certificate complete and that Read agrees.
func (b *bench) discover(t *testing.T) []*metadata.Table {
	t.Helper()
	tables := b.discoverWith(t, b.reader)
	b.requireReadAgrees(t, tables)
	return tables
}

func (b *bench) discoverWith(t *testing.T, reader source.Reader) []*metadata.Table {
	t.Helper()
	tables, err := collect(t.Context(), reader, options, b.keep)
	require.NoError(t, err)
	return tables
}

// collect discovers what keep says. It fails for an incomplete certificate.
func collect(
	ctx context.Context, reader source.Reader, opts source.Options, keep func(metadata.TableID) bool,
) ([]*metadata.Table, error) {
	var tables []*metadata.Table
	certificate, err := reader.Discover(ctx, opts, keep, func(table *metadata.Table) error {
		tables = append(tables, table)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case !certificate.Complete:
		return nil, errors.New("the certificate is not complete: " + certificate.Why)
	case !slices.IsSortedFunc(tables, byID):
		return nil, errors.New("the tables are not in byte order")
	default:
		return tables, nil
	}
}

func byID(a, b *metadata.Table) int { return a.ID.Compare(b.ID) }

func (b *bench) requireReadAgrees(t *testing.T, want []*metadata.Table) {
	t.Helper()
	ids := make([]metadata.TableID, len(want))
	for i, table := range want {
		ids[i] = table.ID
	}
	slices.Reverse(ids) // any order will do
	results := b.read(t, ids...)
	var got []*metadata.Table // nil for none, as want is
	for _, result := range results {
		require.Nil(t, result.Fault, "%s", result.ID.Qualified())
		require.NotNil(t, result.Table, "%s", result.ID.Qualified())
		got = append(got, result.Table)
	}
	require.Empty(t, gocmp.Diff(want, got), "Discover (-) and Read (+) differ")
}

// read gives the results in order of their ids.
func (b *bench) read(t *testing.T, ids ...metadata.TableID) []source.Result {
	t.Helper()
	results, err := collectRead(t.Context(), b.reader, ids)
	require.NoError(t, err)
	return results
}

func collectRead(ctx context.Context, reader source.Reader, ids []metadata.TableID) ([]source.Result, error) {
	var results []source.Result
	err := reader.Read(ctx, options, ids, func(result source.Result) error {
		results = append(results, result)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(results, func(a, b source.Result) int { return a.ID.Compare(b.ID) })
	if len(results) != len(ids) {
		return nil, errors.New("read did not give one result for each id")
	}
	for _, result := range results {
		if (result.Table == nil) == (result.Fault == nil) || (result.Table != nil && result.Table.ID != result.ID) {
			return nil, errors.New("a result is neither a table nor a fault: " + result.ID.Qualified())
		}
	}
	return results, nil
}

// table discovers one table.
func (b *bench) table(t *testing.T, name string) *metadata.Table {
	t.Helper()
	for _, table := range b.discover(t) {
		if table.ID == b.id(name) {
			return table
		}
	}
	require.Fail(t, "not discovered", "%q", name)
	return nil
}

func names(tables []*metadata.Table) []string {
	out := make([]string, len(tables))
	for i, table := range tables {
		out[i] = table.ID.Name
	}
	return out
}

func fieldNames(table *metadata.Table) []string {
	out := make([]string, len(table.Fields))
	for i, field := range table.Fields {
		out[i] = field.Name
	}
	return out
}

// requireFault fails unless err is a fault of that kind and, unless it is
// empty, that class.
func requireFault(t *testing.T, err error, kind metadata.FaultKind, class metadata.FaultClass) {
	t.Helper()
	fault, is := errors.AsType[*metadata.Fault](err)
	require.True(t, is, "not a fault: %v", err)
	require.Equal(t, kind, fault.Kind, "%v", err)
	if class != "" {
		require.Equal(t, class, fault.Class, "%v", err)
	}
}
