package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/semsync/semsync/internal/layer"
)

// Campaign takes the lease when nobody holds it.
func (s *Store) Campaign(ctx context.Context, holder string, ttl time.Duration) (layer.Lease, bool, error) {
	l := layer.Lease{Holder: holder}
	err := s.tx(ctx, "take the lead", sql.LevelDefault, func(t *txn) error {
		return t.row(ctx, "Campaign", []any{holder, ttl.Seconds()}, &l.Epoch)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return layer.Lease{}, false, nil
	}
	return l, err == nil, err
}

// Renew prolongs the lease.
func (s *Store) Renew(ctx context.Context, l layer.Lease, ttl time.Duration) error {
	n, err := s.exec(ctx, "renew the lead", "Renew", l.Holder, l.Epoch, ttl.Seconds())
	if err == nil && n == 0 {
		return layer.ErrDeposed
	}
	return err
}

// Resign frees the lease.
func (s *Store) Resign(ctx context.Context, l layer.Lease) error {
	_, err := s.exec(ctx, "resign", "Resign", l.Holder, l.Epoch)
	return err
}

// OutliveOthers ends all leases.
func (s *Store) OutliveOthers(ctx context.Context) error {
	return s.tx(ctx, "end the leases of dead processes", sql.LevelDefault, func(t *txn) error {
		if _, err := t.exec(ctx, "ExpireLead"); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "ExpireWorkers"); err != nil {
			return err
		}
		_, err := t.exec(ctx, "FreeDeliveries")
		return err
	})
}

// Leader tells who leads.
func (s *Store) Leader(ctx context.Context) (layer.Leader, error) {
	var l layer.Leader
	err := s.db.QueryRowContext(ctx, s.queries.get("Leader")).Scan(&l.Holder, &l.Epoch, &l.Live)
	if errors.Is(err, sql.ErrNoRows) {
		return layer.Leader{}, nil
	}
	return l, s.fault("read who leads", err)
}
