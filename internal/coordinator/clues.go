package coordinator

import (
	"context"
	"errors"
	"time"

	"github.com/semsync/semsync/internal/delta"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// clues runs the source's change_query, when it has one and the method asks for it.
func (p *sourcePlan) clues(ctx context.Context, reader source.Reader) (delta.Clues, error) {
	clues := delta.Clues{Now: time.Now()}
	query := p.c.Sources.ChangeQuery(p.plan.Source)
	s := p.detector.Settings()
	if query == "" || s.Method == metadata.DeltaChecksum {
		return clues, nil
	}
	changes, ok := reader.(source.ChangeReader)
	if !ok {
		return clues, &metadata.Fault{
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "run the change_query of source", Subject: p.plan.Source,
			Err: errors.ErrUnsupported, Hint: "remove change_query, or use delta_detection method checksum",
		}
	}
	field := s.CompareField
	if s.Method == metadata.DeltaVersion {
		field = s.VersionField
	}
	values := map[metadata.TableID]string{}
	err := changes.Changes(ctx, p.options(), query, field, func(database, table, value string) error {
		values[metadata.TableID{Source: p.plan.Source, Database: database, Name: table}] = value
		return nil
	})
	if err != nil {
		return clues, err
	}
	clues.Version = func(id metadata.TableID) (string, bool) {
		v, ok := values[id]
		return v, ok
	}
	clues.Queried = func(id metadata.TableID) (time.Time, bool) { return queriedTime(values[id]) }
	return clues, nil
}

// options are those of all questions to the source.
func (p *sourcePlan) options() source.Options {
	return source.Options{Indexes: p.detector.NeedsIndexes(), QueryTimeout: p.run.Settings.QueryTimeout, Application: p.run.ID.String()}
}

// timeForms are those in which a change_query may give times: readers give columns of a type for times in
// the first, and what is text to the engine, as all times are in SQLite, comes as it is.
var timeForms = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
	"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
}

// queriedTime reads a time; one without a zone is in UTC.
func queriedTime(text string) (time.Time, bool) {
	for _, form := range timeForms {
		if at, err := time.Parse(form, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// unknownAtOnce is how many tables at most the source is asked about together.
const unknownAtOnce = 500

// resolve asks the source for MAX of the compared column of tables whose time
// is not known yet, and decides on them. What stays unknown counts as changed.
func (p *sourcePlan) resolve(ctx context.Context, reader source.Reader) error {
	unknown := p.unknown
	p.unknown = nil
	if len(unknown) == 0 {
		return nil
	}
	found := p.maxTimes(ctx, reader, unknown)
	lost := 0
	for _, d := range unknown {
		if at, ok := found[d.Table]; ok {
			d = p.detector.Resolve(d, at, time.Now())
		} else {
			lost++
		}
		d.Unknown = false
		if err := p.decide(ctx, reader, d); err != nil {
			return err
		}
	}
	if lost > 0 {
		p.c.Logger.WarnContext(ctx, "nothing tells when tables of this source changed, so they count as changed: use delta_detection method checksum",
			"run_id", p.run.ID, "source", p.plan.Source, "tables", lost, "method", p.detector.Settings().Method)
	}
	return nil
}

func (p *sourcePlan) maxTimes(ctx context.Context, reader source.Reader, unknown []delta.Decision) map[metadata.TableID]time.Time {
	maxima, ok := reader.(source.MaxReader)
	if !ok || p.detector.Settings().Method != metadata.DeltaTimestamp {
		return nil
	}
	ids := make([]metadata.TableID, len(unknown))
	for i, d := range unknown {
		ids[i] = d.Table
	}
	found, err := maxima.MaxTimes(ctx, p.options(), ids, p.detector.Settings().CompareField)
	if err != nil {
		p.c.Logger.WarnContext(ctx, "the newest rows of tables could not be read", "run_id", p.run.ID, "source", p.plan.Source, "error", err)
	}
	return found
}
