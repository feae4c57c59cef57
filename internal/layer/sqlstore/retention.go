package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/semsync/semsync/internal/layer"
)

// prunedAtOnce is how many runs one call of Prune removes.
const prunedAtOnce = 20

// Prune removes runs that ended longer ago than age, each in a transaction of its own.
func (s *Store) Prune(ctx context.Context, l layer.Lease, age time.Duration) (removed int, err error) {
	var old []runID
	err = s.each(ctx, "OldRuns", []any{-age.Seconds(), prunedAtOnce}, func(rows *sql.Rows) error {
		var id runID
		err := rows.Scan(&id)
		old = append(old, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, id := range old {
		err := s.fenced(ctx, "remove an old run", l, func(t *txn) error {
			for _, q := range []string{"PruneVotes", "PruneChanges", "PruneTables", "PruneOutbox", "PruneFires", "PruneRun"} {
				if _, err := t.exec(ctx, q, id.String()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
