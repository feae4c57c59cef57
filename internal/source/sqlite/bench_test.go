package sqlite_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/source"
)

// BenchmarkDiscover reads 500 tables of 20 columns.
func BenchmarkDiscover(b *testing.B) {
	f := newFile(b)
	columns := make([]string, 18)
	for i := range columns {
		columns[i] = fmt.Sprintf("c%d varchar(20) DEFAULT 'x'", i)
	}
	f.exec(b, "BEGIN")
	for i := range 500 {
		f.exec(b, fmt.Sprintf("CREATE TABLE t%03d (id INTEGER PRIMARY KEY, k int NOT NULL, %s, UNIQUE (c1))", i, strings.Join(columns, ", ")))
		f.exec(b, fmt.Sprintf("CREATE INDEX i%03d ON t%03d (k)", i, i))
	}
	f.exec(b, "COMMIT")
	reader := f.open(b, source.Unlimited{})
	b.ReportAllocs()
	for b.Loop() {
		require.Len(b, discover(b, reader), 500)
	}
}
