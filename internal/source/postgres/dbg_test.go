package postgres_test

import (
	"testing"
	"time"
	"context"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

func TestDbg(t *testing.T) {
	d := newDatabase(t)
	d.exec(t, "CREATE TABLE t (id int)")
	r := open(t, d.dsn, source.Unlimited{})
	for i := range 3 {
		if i == 1 { d.exec(t, "BEGIN", "LOCK TABLE pg_catalog.pg_attribute IN ACCESS EXCLUSIVE MODE") }
		if i == 2 { d.exec(t, "ROLLBACK") }
		n := 0
		started := time.Now()
		c, err := r.Discover(context.Background(), source.Options{QueryTimeout: 300*time.Millisecond}, func(metadata.TableID) bool { return true }, func(m *metadata.Table) error { n++; t.Log(m); return nil })
		t.Log(n, c, err, time.Since(started))
		started = time.Now()
		err = r.Read(context.Background(), source.Options{QueryTimeout: 300*time.Millisecond}, []metadata.TableID{id("public", "t")}, func(m source.Result) error { n++; t.Log(m); return nil })
		t.Log(n, err, time.Since(started))
	}
}
