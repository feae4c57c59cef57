package delta_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/delta"
	"github.com/semsync/semsync/internal/metadata"
)

func detector(tb testing.TB, s metadata.DeltaSettings) *delta.Detector {
	tb.Helper()
	d, err := delta.New(s)
	require.NoError(tb, err)
	return d
}

// customers is a table with something in every place that a fingerprint may cover.
func customers() *metadata.Table {
	return &metadata.Table{
		ID: metadata.TableID{Source: "wh", Database: "crm", Name: "customers"}, ObjectID: "16384",
		Kind: metadata.KindTable, Comment: "People who bought", EstimatedRows: 10,
		LastModified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Partitioning: "RANGE (created_at)",
		Fields: []metadata.Field{
			{Name: "id", Ordinal: 1, ObjectID: "1", DataType: "bigint", Identity: metadata.IdentityAlways},
			{Name: "email", Ordinal: 2, ObjectID: "2", DataType: "text", Nullable: true, Default: "''", Comment: "where to write"},
			{Name: "country", Ordinal: 3, ObjectID: "3", DataType: "char(2)"},
		},
		Keys: []metadata.Key{
			{
				Name: "customers_country_fkey", Kind: metadata.KeyForeign, Fields: []string{"country"},
				RefTable: metadata.TableID{Source: "wh", Database: "geo", Name: "countries"}, RefFields: []string{"code"},
			},
			{Name: "customers_pkey", Kind: metadata.KeyPrimary, Fields: []string{"id"}},
		},
		Indexes: []metadata.Index{
			{Name: "customers_email", Unique: true, Fields: []string{"email"}, Definition: "btree (email)"},
			{Name: "customers_lower", Fields: []string{""}, Definition: "btree (lower(email))"},
		},
	}
}

// wide is a table of n columns with comments, keys and defaults on some.
func wide(n int) *metadata.Table {
	t := customers()
	t.Fields = nil
	for i := range n {
		f := metadata.Field{Name: "column_" + strconv.Itoa(i), Ordinal: i + 1, DataType: "character varying(64)", Nullable: i%3 == 0}
		if i%2 == 0 {
			f.Comment = "what the column " + strconv.Itoa(i) + " means to the people who use it"
		}
		if i%5 == 0 {
			f.Default = "'x'::character varying"
		}
		t.Fields = append(t.Fields, f)
	}
	t.Keys[0].Fields = []string{"column_3"}
	t.Keys[1].Fields = []string{"column_0"}
	return t
}
