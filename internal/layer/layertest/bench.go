package layertest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/validate"
)

// What the benchmark validates.
const benchTables, benchFields = 10_000, 20

// BenchmarkValidate measures passes over 10,000 tables of 20 fields: one in which all findings are there already and one that
// finds nothing. series is the engine's query for the numbers n from 1 to its only parameter.
func BenchmarkValidate(b *testing.B, open func(b *testing.B) Store, table func(string) string, series string) {
	b.Helper()
	s := open(b)
	ctx := b.Context()
	require.NoError(b, s.Migrate(ctx))
	lease, ok, err := s.Campaign(ctx, "bench", ttl*60)
	require.NoError(b, err)
	require.True(b, ok)
	exec := func(n int, statement string) {
		_, err := s.DB().ExecContext(ctx, statement, n)
		require.NoError(b, err)
	}
	exec(benchTables, "INSERT INTO "+table("table_metadata")+" (source_name, database_name, table_name, kind) "+
		"SELECT 's', 'd', 't' || (100000 + n), 'table' FROM ("+series+") x")
	exec(benchFields, "INSERT INTO "+table("field_metadata")+" (source_name, database_name, table_name, field_name, ordinal, data_type, description, owner) "+
		"SELECT 's', 'd', t.table_name, 'f' || n, n, 'text', 'D', 'O' FROM "+table("table_metadata")+" t, ("+series+") x")
	names := s.SQLNames()
	conf := validate.Config{SQL: validate.SQL{Engine: validate.Engine(names.Engine), Tables: names.Tables, Fields: names.Fields}}
	for name, rules := range map[string]validate.Rules{
		"all in order": {FieldDescription: true}, "a finding each": {TableDescription: true, FieldDescription: true},
	} {
		conf.Rules = rules
		v, err := validate.New(conf)
		require.NoError(b, err)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := s.Validate(ctx, lease, metadata.RunID{}, checks(v))
				require.NoError(b, err)
			}
			b.ReportMetric(float64(benchTables*b.N)/b.Elapsed().Seconds(), "tables/s")
		})
	}
}
