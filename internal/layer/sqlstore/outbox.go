package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// happened records what people may want to be told of, with the run as this transaction leaves it.
func (t *txn) happened(ctx context.Context, kind metadata.HappeningKind, run metadata.RunID) error {
	r, err := scanRun(t.QueryRowContext(ctx, t.s.queries.get("Run"), run.String()))
	if err != nil {
		return missing(err)
	}
	times, err := t.runTimes(ctx, run, 0)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode what happened: %w", err)
	}
	// A run that was taken up again ends once more.
	key := fmt.Sprintf("run/%s/%s/%d", run, kind, times.resumes)
	_, err = t.exec(ctx, "AddHappening", key, run.String(), string(kind), string(payload))
	return err
}

// Happenings gives happenings that were not told yet.
func (s *Store) Happenings(ctx context.Context, limit int) (out []metadata.Happening, err error) {
	err = s.each(ctx, "Happenings", []any{limit}, func(rows *sql.Rows) error {
		var h metadata.Happening
		var at moment
		var payload string
		if err := rows.Scan(&h.Key, &h.Kind, &at, &payload); err != nil {
			return err
		}
		h.At = at.Time
		if err := json.Unmarshal([]byte(payload), &h.Run); err != nil {
			return fmt.Errorf("decode happening %s: %w", h.Key, err)
		}
		out = append(out, h)
		return nil
	})
	return out, err
}

// ChangesOf streams the changes since the run's previous end.
func (s *Store) ChangesOf(ctx context.Context, h metadata.Happening, yield func(metadata.Change) error) error {
	return s.each(ctx, "ChangesOf", []any{h.Run.ID.String(), h.Key}, func(rows *sql.Rows) error {
		var c metadata.Change
		err := rows.Scan(&c.Table.Source, &c.Table.Database, &c.Table.Name, &c.Field, &c.Attribute, &c.Old, &c.New, &c.Confidence, &c.Reason, &c.Held)
		if err != nil {
			return err
		}
		return yield(c)
	})
}

// FindingsOf streams open findings that a run added.
func (s *Store) FindingsOf(ctx context.Context, run metadata.RunID, yield func(metadata.Change) error) error {
	return s.remarks(ctx, "FindingsOf", run, yield)
}

// FailedOf streams the tables that failed in a run.
func (s *Store) FailedOf(ctx context.Context, run metadata.RunID, yield func(metadata.Change) error) error {
	return s.remarks(ctx, "FailedOf", run, yield)
}

func (s *Store) remarks(ctx context.Context, query string, run metadata.RunID, yield func(metadata.Change) error) error {
	return s.each(ctx, query, []any{run.String()}, func(rows *sql.Rows) error {
		var c metadata.Change
		if err := rows.Scan(&c.Table.Source, &c.Table.Database, &c.Table.Name, &c.Field, &c.Attribute, &c.New, &c.Reason); err != nil {
			return err
		}
		return yield(c)
	})
}

// Tell adds the deliveries of a happening, once.
func (s *Store) Tell(ctx context.Context, happening string, deliveries []metadata.Delivery) error {
	return s.tx(ctx, "tell "+happening, sql.LevelDefault, func(t *txn) error {
		n, err := t.exec(ctx, "MarkTold", happening)
		if err != nil || n == 0 { // somebody else has told it
			return err
		}
		for _, d := range deliveries {
			if _, err := t.exec(ctx, "AddDelivery", happening, d.Event, d.Channel, d.Target, string(d.Notice)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ClaimDelivery leases a due delivery.
func (s *Store) ClaimDelivery(ctx context.Context, holder, channel string, ttl time.Duration) (d metadata.Delivery, ok bool, err error) {
	err = s.tx(ctx, "claim a notice", sql.LevelDefault, func(t *txn) error {
		var notice string
		var at moment
		err := t.row(ctx, "ClaimDelivery", []any{holder, channel, ttl.Seconds()}, append(keyDest(&d.DeliveryKey), &notice, &d.Attempts, &at)...)
		if ok = err == nil; !ok {
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			return err
		}
		d.Notice, d.CreatedAt = []byte(notice), at.Time
		return nil
	})
	return d, ok && err == nil, err
}

func keyDest(k *metadata.DeliveryKey) []any {
	return []any{&k.Happening, &k.Event, &k.Channel, &k.Target}
}

// DeliverySent records that a notice arrived.
func (s *Store) DeliverySent(ctx context.Context, k metadata.DeliveryKey) error {
	_, err := s.exec(ctx, "record a sent notice", "DeliverySent", k.Happening, k.Event, k.Channel, k.Target)
	return err
}

// DeliveryFailed records why a notice did not arrive.
func (s *Store) DeliveryFailed(ctx context.Context, k metadata.DeliveryKey, holder, reason string, again time.Duration) error {
	_, err := s.exec(ctx, "record an unsent notice", "DeliveryFailed", k.Happening, k.Event, k.Channel, k.Target, holder, reason, again.Seconds())
	return err
}

// GiveUpDeliveries gives up what is too old.
func (s *Store) GiveUpDeliveries(ctx context.Context, age time.Duration) (out []metadata.DeliveryKey, err error) {
	err = s.tx(ctx, "give up old notices", sql.LevelDefault, func(t *txn) error {
		out = nil
		return t.each(ctx, "GiveUpDeliveries", []any{-age.Seconds()}, func(rows *sql.Rows) error {
			var k metadata.DeliveryKey
			err := rows.Scan(keyDest(&k)...)
			out = append(out, k)
			return err
		})
	})
	return out, err
}
