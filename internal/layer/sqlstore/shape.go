package sqlstore

import (
	"context"
	"database/sql"

	"github.com/semsync/semsync/internal/metadata"
)

// shaped is a shape within a source.
type shaped struct{ source, shape string }

// pairShapes notes, of tables in engines without stable ids, which new one is made of the same as one that is gone. Where
// several are, nobody can tell, and none is noted.
func (t *txn) pairShapes(ctx context.Context, run metadata.RunID) error {
	gone, err := t.goneShapes(ctx, run)
	if err != nil || len(gone) == 0 {
		return err
	}
	fresh := map[shaped][]metadata.TableID{}
	err = t.each(ctx, "NewShapes", []any{run.String()}, func(rows *sql.Rows) error {
		var id metadata.TableID
		var shape string
		err := rows.Scan(&id.Source, &id.Database, &id.Name, &shape)
		if s := (shaped{id.Source, shape}); len(gone[s]) == 1 {
			fresh[s] = append(fresh[s], id)
		}
		return err
	})
	if err != nil {
		return err
	}
	for s, to := range fresh {
		if len(to) != 1 {
			continue
		}
		from := gone[s][0]
		if _, err := t.exec(ctx, "PairShape", run.String(), s.source, to[0].Database, to[0].Name, from.Database, from.Name); err != nil {
			return err
		}
	}
	return nil
}

// goneShapes gives the tables that the run will mark removed, by what they were made of.
func (t *txn) goneShapes(ctx context.Context, run metadata.RunID) (map[shaped][]metadata.TableID, error) {
	out := map[shaped][]metadata.TableID{}
	var last metadata.TableID
	var shape metadata.Shape
	end := func() {
		if last != (metadata.TableID{}) {
			s := shaped{last.Source, shape.String()}
			out[s] = append(out[s], last)
		}
	}
	err := t.each(ctx, "GoneFields", []any{run.String()}, func(rows *sql.Rows) error {
		var id metadata.TableID
		var kind metadata.TableKind
		var f metadata.Field
		if err := rows.Scan(&id.Source, &id.Database, &id.Name, &kind, &f.Name, &f.DataType, &f.Nullable); err != nil {
			return err
		}
		if id != last {
			end()
			last, shape = id, metadata.NewShape(kind)
		}
		shape.Add(f.Name, f.DataType, f.Nullable)
		return nil
	})
	end()
	return out, err
}
