package app

import (
	"context"
	"time"

	"github.com/semsync/semsync/internal/lineage"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// maxIncluded is of how many proposed joins of a source a run looks at values: each costs a handful of queries. The rest go by names.
const maxIncluded = 200

// joinPatience is how long a run looks at them for a source at most.
const joinPatience = 2 * time.Minute

// finder is a reader that can tell whether values of one field are found in another.
type finder interface {
	source.Sampler
	source.Finder
}

// weighJoins looks whether the values of proposed joins are found where they refer to, and gives the proposals that are left. The values
// stay in the two queries; counts come back. What cannot be looked at is left to its names.
func (s *sampling) weighJoins(ctx context.Context, name string, proposals []metadata.Relationship) ([]metadata.Relationship, error) {
	reader, err := s.sources.Source(ctx, name)
	if err != nil {
		return proposals, nil //nolint:nilerr // the sweep has just read this source; its next run will see the fault
	}
	looker, ok := reader.(finder)
	if !ok || len(proposals) == 0 {
		return proposals, nil
	}
	looking, cancel := context.WithTimeout(ctx, joinPatience)
	defer cancel()
	tables := s.tablesOf(looking, reader, proposals[:min(len(proposals), maxIncluded)])
	kept := proposals[:0:0]
	for i := range proposals {
		p := proposals[i]
		from, to := source.Place{Table: tables[p.From.TableID], Field: p.From.Field}, source.Place{Table: tables[p.To.TableID], Field: p.To.Field}
		if i >= maxIncluded || looking.Err() != nil || from.Table == nil || to.Table == nil {
			kept = append(kept, p)
			continue
		}
		found, values, err := source.Included(looking, looker, from, to, s.options)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			s.log.WarnContext(ctx, "values of a proposed join could not be looked at: its names alone speak for it", "from", p.From.String(), "to", p.To.String(), "error", err)
		}
		if lineage.Weigh(&p, found, values) {
			kept = append(kept, p)
		}
	}
	return kept, nil
}

// tablesOf reads the tables of proposals, those that can be read.
func (s *sampling) tablesOf(ctx context.Context, reader source.Reader, proposals []metadata.Relationship) map[metadata.TableID]*metadata.Table {
	out := map[metadata.TableID]*metadata.Table{}
	var ids []metadata.TableID
	for i := range proposals {
		for _, id := range []metadata.TableID{proposals[i].From.TableID, proposals[i].To.TableID} {
			if _, known := out[id]; !known {
				out[id] = nil
				ids = append(ids, id)
			}
		}
	}
	err := reader.Read(ctx, source.Options{QueryTimeout: s.options.Limit()}, ids, func(r source.Result) error {
		out[r.ID] = r.Table
		return nil
	})
	if err != nil {
		s.log.WarnContext(ctx, "tables of proposed joins could not be read again: names alone speak for them", "error", err)
	}
	return out
}
