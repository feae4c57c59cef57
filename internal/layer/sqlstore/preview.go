package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// Preview compares what check gives with the open findings, and writes nothing.
func (s *Store) Preview(ctx context.Context, run metadata.RunID, check layer.PlannedCheck, yield func(metadata.Finding) error) (resolved int, err error) {
	next, stop := iter.Pull2(s.planned(ctx, run))
	defer stop()
	v := &preview{check: check, next: next}
	if err := v.advance(); err != nil {
		return 0, err
	}
	for after, last := (key{}), false; !last; {
		p, err := v.page(ctx, s, after)
		if err != nil {
			return 0, s.fault("preview the validation", err)
		}
		for i := range p.added {
			if err := yield(p.added[i]); err != nil {
				return 0, err
			}
		}
		resolved += len(p.open)
		after, last = p.until, p.last
	}
	return resolved, nil
}

var errNoMoreChanges = errors.New("no more changes are wanted")

// planned gives the changes of a run one by one.
func (s *Store) planned(ctx context.Context, run metadata.RunID) iter.Seq2[metadata.Change, error] {
	return func(yield func(metadata.Change, error) bool) {
		wanted := true
		err := s.Changes(ctx, run, func(c metadata.Change) error {
			if wanted = yield(c, nil); !wanted {
				return errNoMoreChanges
			}
			return nil
		})
		if err != nil && wanted {
			yield(metadata.Change{}, err)
		}
	}
}

// preview walks along the layer's tables and the planned changes, which come in the same order.
type preview struct {
	check layer.PlannedCheck
	next  func() (metadata.Change, error, bool)
	ahead metadata.Change // the next change
	some  bool            // there is one
}

func (v *preview) advance() (err error) {
	v.ahead, err, v.some = v.next()
	return err
}

// page compares one page. It is read once only: the changes do not come again.
func (v *preview) page(ctx context.Context, s *Store, after key) (p *page, err error) {
	err = s.once(ctx, sql.LevelDefault, func(t *txn) error {
		p = &page{txn: t, after: after}
		p.check = func(table *metadata.TableRecord, fields []metadata.FieldRecord) error {
			if err := v.newTables(p, &table.ID); err != nil {
				return err
			}
			return v.table(p, table, fields, table.ID)
		}
		if err := p.compare(ctx); err != nil || !p.last {
			return err
		}
		return v.newTables(p, nil)
	})
	return p, err
}

// newTables checks the tables that are only planned and come before one, or all that are left.
func (v *preview) newTables(p *page, before *metadata.TableID) error {
	for v.some && (before == nil || v.ahead.Table.Compare(*before) < 0) {
		if err := v.table(p, nil, nil, v.ahead.Table); err != nil {
			return err
		}
	}
	return nil
}

// table checks a table with the changes that are about it.
func (v *preview) table(p *page, table *metadata.TableRecord, fields []metadata.FieldRecord, id metadata.TableID) error {
	var changes []metadata.Change
	for v.some && v.ahead.Table == id {
		changes = append(changes, v.ahead)
		if err := v.advance(); err != nil {
			return err
		}
	}
	found, err := v.check(table, fields, changes)
	p.sort(found)
	return err
}
