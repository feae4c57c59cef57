package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// makeTables makes NUMBER tables t_0 and so on of 20 columns in 10 schemas, with comments, keys and defaults.
const makeTables = `
DO $do$
DECLARE
    columns text;
BEGIN
    FOR i IN 0..9 LOOP EXECUTE format('CREATE SCHEMA s%s', i); END LOOP;
    SELECT string_agg(format('c%s %s', g, (ARRAY['int NOT NULL DEFAULT 7', 'varchar(40)', 'timestamptz DEFAULT now()',
                                                'numeric(12,2)', 'text'])[1 + g % 5]), ', ')
      INTO columns FROM generate_series(1, 18) g;
    FOR i IN 0..NUMBER - 1 LOOP
        EXECUTE format('CREATE TABLE s%s.t_%s (id bigint PRIMARY KEY, other bigint UNIQUE, %s)', i % 10, i, columns);
        IF i >= 10 THEN
            EXECUTE format('ALTER TABLE s%s.t_%s ADD FOREIGN KEY (other) REFERENCES s%s.t_%s', i % 10, i, i % 10, i - 10);
        END IF;
        EXECUTE format('COMMENT ON TABLE s%s.t_%s IS %L', i % 10, i, 'table ' || i);
        FOR g IN 1..6 LOOP
            EXECUTE format('COMMENT ON COLUMN s%s.t_%s.c%s IS %L', i % 10, i, g, 'column ' || g || ' of table ' || i);
        END LOOP;
    END LOOP;
END
$do$`

const benchTables = 2000

func benchDatabase(b *testing.B) *database {
	b.Helper()
	d := newDatabase(b)
	d.makeTables(b, benchTables)
	d.exec(b, "VACUUM ANALYZE pg_catalog.pg_class", "VACUUM ANALYZE pg_catalog.pg_attribute")
	return d
}

func all(metadata.TableID) bool { return true }

func BenchmarkDiscover(b *testing.B) {
	d := benchDatabase(b)
	for name, limiter := range map[string]source.Limiter{"at once": source.Unlimited{}, "in turn": one{}} {
		b.Run(name, func(b *testing.B) {
			reader := open(b, d.dsn, limiter)
			tables := 0
			for b.Loop() {
				_, err := reader.Discover(b.Context(), source.Options{}, all, func(*metadata.Table) error {
					tables++
					return nil
				})
				require.NoError(b, err)
			}
			require.Equal(b, benchTables*b.N, tables)
			b.ReportMetric(float64(tables)/b.Elapsed().Seconds(), "tables/s")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	reader := open(b, benchDatabase(b).dsn, source.Unlimited{})
	var ids []metadata.TableID
	_, err := reader.Discover(b.Context(), source.Options{}, all, func(table *metadata.Table) error {
		ids = append(ids, table.ID)
		return nil
	})
	require.NoError(b, err)
	for b.Loop() {
		require.NoError(b, reader.Read(b.Context(), source.Options{}, ids[:100], func(source.Result) error { return nil }))
	}
	b.ReportMetric(float64(b.Elapsed())/float64(time.Millisecond)/float64(b.N), "ms/100tables")
}

func BenchmarkChangeToken(b *testing.B) {
	reader := open(b, benchDatabase(b).dsn, source.Unlimited{})
	for b.Loop() {
		_, err := reader.ChangeToken(b.Context())
		require.NoError(b, err)
	}
}
