package mysql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// BenchmarkDiscover reads 500 tables of 20 columns.
func BenchmarkDiscover(b *testing.B) {
	d := newDatabase(b)
	columns := make([]string, 18)
	for i := range columns {
		columns[i] = fmt.Sprintf("c%d varchar(20) DEFAULT 'x' COMMENT 'column %d'", i, i)
	}
	for i := range 500 {
		d.exec(b, fmt.Sprintf("CREATE TABLE t%03d (id int AUTO_INCREMENT PRIMARY KEY, k int NOT NULL, %s, KEY (k), UNIQUE (c1))",
			i, strings.Join(columns, ", ")))
	}
	for name, limiter := range map[string]source.Limiter{"side by side": source.Unlimited{}, "in turn": onePlace{}} {
		b.Run(name, func(b *testing.B) {
			reader, err := open(b.Context(), d.dsn, limiter)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				tables := 0
				_, err := reader.Discover(b.Context(), source.Options{Indexes: true}, d.mine, func(*metadata.Table) error {
					tables++
					return nil
				})
				require.NoError(b, err)
				require.Equal(b, 500, tables)
			}
		})
	}
}
