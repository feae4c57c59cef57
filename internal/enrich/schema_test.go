package enrich_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// parseTables reads a schema of lines such as
//
//	table shop.orders view
//	  order_id: bigint; pk auto
//	  customer_id: bigint; null -> shop.customers.id
//
// Fields are NOT NULL unless they say null.
func parseTables(tb testing.TB, schema string) []*metadata.Table {
	tb.Helper()
	var tables []*metadata.Table
	for line := range strings.Lines(schema) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "table "):
			tables = append(tables, parseTable(tb, strings.Fields(line)))
		default:
			require.NotEmpty(tb, tables, line)
			parseField(tb, tables[len(tables)-1], strings.TrimSpace(line))
		}
	}
	return tables
}

func parseTable(tb testing.TB, words []string) *metadata.Table {
	tb.Helper()
	database, name, ok := strings.Cut(words[1], ".")
	require.True(tb, ok, words)
	t := &metadata.Table{ID: metadata.TableID{Source: "test", Database: database, Name: name}, Kind: metadata.KindTable, EstimatedRows: -1}
	if len(words) > 2 {
		t.Kind = metadata.TableKind(words[2])
	}
	return t
}

func parseField(tb testing.TB, t *metadata.Table, line string) {
	tb.Helper()
	name, rest, ok := strings.Cut(line, ": ")
	require.True(tb, ok, line)
	rest, target, refers := strings.Cut(rest, " -> ")
	dataType, flags, _ := strings.Cut(rest, "; ")
	f := metadata.Field{Name: name, Ordinal: len(t.Fields) + 1, DataType: dataType}
	for flag := range strings.FieldsSeq(flags) {
		switch {
		case flag == "null":
			f.Nullable = true
		case flag == "auto":
			f.Identity = metadata.IdentityByDefault
		case flag == "pk":
			addKey(t, metadata.KeyPrimary, name)
		case flag == "unique":
			t.Keys = append(t.Keys, metadata.Key{Kind: metadata.KeyUnique, Name: name, Fields: []string{name}})
		case strings.HasPrefix(flag, "default="):
			f.Default = strings.TrimPrefix(flag, "default=")
		default:
			require.Fail(tb, "unknown flag", line)
		}
	}
	t.Fields = append(t.Fields, f)
	if refers {
		parts := strings.Split(target, ".")
		require.Len(tb, parts, 3, line)
		t.Keys = append(t.Keys, metadata.Key{
			Kind: metadata.KeyForeign, Name: "fk_" + name, Fields: []string{name},
			RefTable: metadata.TableID{Source: "test", Database: parts[0], Name: parts[1]}, RefFields: []string{parts[2]},
		})
	}
}

func addKey(t *metadata.Table, kind metadata.KeyKind, field string) {
	for i := range t.Keys {
		if t.Keys[i].Kind == kind {
			t.Keys[i].Fields = append(t.Keys[i].Fields, field)
			return
		}
	}
	t.Keys = append(t.Keys, metadata.Key{Kind: kind, Name: "key", Fields: []string{field}})
}
