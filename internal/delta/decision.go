package delta

import (
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Verdict says what became of a table since its last sync.
type Verdict string

// The verdicts.
const (
	VerdictNew       Verdict = "new"       // never synced before
	VerdictChanged   Verdict = "changed"   // or not provably unchanged
	VerdictUnchanged Verdict = "unchanged" // nothing to do
	VerdictDropped   Verdict = "dropped"   // gone from a source that was read completely
	VerdictMissing   Verdict = "missing"   // not seen in a source that was not; nothing follows from it
)

// Decision is what detection found out about one table.
type Decision struct {
	Table    metadata.TableID
	ObjectID string // the source's id; of a dropped or missing table the recorded one
	Verdict  Verdict
	// LastModified and Version become the table's state when it is done. The
	// time is in UTC and cut to microseconds, which every layer can keep.
	LastModified time.Time
	Version      string
	// Unknown is true when the method asks for a time or a version and nothing
	// gives one. The table then counts as changed, and the run should say so and
	// name checksum as the way out.
	Unknown bool

	recorded time.Time // at the last sync
	certain  bool      // changed whatever its time is
}

// Clues are what detection may know of tables beyond their structure. Each
// function may be nil.
type Clues struct {
	// Now is the moment before which the lookback window lies.
	Now time.Time
	// Queried gives a table's time as the source's change_query has it. It goes
	// before the time that the engine keeps.
	Queried func(metadata.TableID) (time.Time, bool)
	// Max gives the greatest value of the compare_field in the table. It comes
	// after the time that the engine keeps. Where it is dearly had, leave it out and
	// Resolve the decisions that come back unknown, many at a time.
	Max func(metadata.TableID) (time.Time, bool)
	// Version gives a table's version as the source's change_query has it. It
	// goes before the one in the table's comment.
	Version func(metadata.TableID) (string, bool)
	// Declared gives a digest of what definition files say about a table, "" for nothing.
	Declared func(metadata.TableID) string
}

// method names how the table's state is made: by a Detector, and from what is declared about it.
func (c *Clues) method(d *Detector, id metadata.TableID) string {
	if c.Declared == nil {
		return d.method
	}
	return d.MethodWith(c.Declared(id))
}

// modified gives the table's time from the first clue that has one.
func (c *Clues) modified(t *metadata.Table) time.Time {
	if c.Queried != nil {
		if at, ok := c.Queried(t.ID); ok && !at.IsZero() {
			return keepable(at)
		}
	}
	if !t.LastModified.IsZero() {
		return keepable(t.LastModified)
	}
	if c.Max != nil {
		if at, ok := c.Max(t.ID); ok && !at.IsZero() {
			return keepable(at)
		}
	}
	return time.Time{}
}

// version gives the table's version from the first clue that has one.
func (c *Clues) version(t *metadata.Table, field string) string {
	if c.Version != nil {
		if v, ok := c.Version(t.ID); ok && v != "" {
			return v
		}
	}
	v, _ := VersionInComment(t.Comment, field)
	return v
}

// keepable cuts a time to what every layer can keep, since a time that comes back
// shorter than it went would be earlier than itself for ever.
func keepable(at time.Time) time.Time {
	return at.UTC().Truncate(time.Microsecond)
}

// judge compares a table with its recorded state, which is nil when there is none.
func (d *Detector) judge(h *Hasher, t *metadata.Table, state *metadata.TableState, clues *Clues) Decision {
	out := Decision{Table: t.ID, ObjectID: t.ObjectID, Verdict: VerdictNew}
	if !t.LastModified.IsZero() {
		out.LastModified = keepable(t.LastModified)
	}
	d.observe(&out, t, clues)
	if state == nil {
		return out
	}
	out.recorded = state.LastModified
	out.certain = state.Method != clues.method(d, t.ID) || recreated(t.ObjectID, state.ObjectID)
	out.Verdict = VerdictChanged
	if !out.certain && !d.differs(h, t, state, &out, clues.Now) {
		out.Verdict = VerdictUnchanged
	}
	return out
}

// observe notes the time or the version that the method asks for.
func (d *Detector) observe(out *Decision, t *metadata.Table, clues *Clues) {
	switch d.settings.Method {
	case metadata.DeltaTimestamp:
		out.LastModified = clues.modified(t)
		out.Unknown = out.LastModified.IsZero()
	case metadata.DeltaVersion:
		out.Version = clues.version(t, d.settings.VersionField)
		out.Unknown = out.Version == ""
	case metadata.DeltaChecksum:
	}
}

// recreated tells whether a table of the same name is another object now. Its
// recorded id must then be renewed even when the structure is the same, or a later
// rename would not be recognised.
func recreated(now, before string) bool {
	return now != "" && before != "" && now != before
}

func (d *Detector) differs(h *Hasher, t *metadata.Table, state *metadata.TableState, out *Decision, now time.Time) bool {
	switch d.settings.Method {
	case metadata.DeltaTimestamp:
		return d.later(state.LastModified, out.LastModified, now)
	case metadata.DeltaVersion:
		return d.newer(state.Version, out.Version)
	case metadata.DeltaChecksum:
	}
	return !h.Matches(t, state.Fingerprint)
}

// later tells whether a table modified at value is changed: when nothing is
// known of either time, when value is later than the recorded one, and when it
// falls into the window before now.
func (d *Detector) later(recorded, value, now time.Time) bool {
	switch {
	case value.IsZero(), recorded.IsZero():
		return true
	case value.After(recorded):
		return true
	default:
		return d.settings.LookbackWindow > 0 && !value.Before(now.Add(-d.settings.LookbackWindow))
	}
}

func (d *Detector) newer(recorded, value string) bool {
	if recorded == "" || value == "" {
		return true
	}
	c := CompareVersions(value, recorded)
	if d.settings.VersionComparison == GreaterThan {
		return c > 0
	}
	return c != 0
}

// Resolve judges a decision anew that came back unknown from the timestamp method, with a
// value that was found later. It changes nothing else.
func (d *Detector) Resolve(dec Decision, value, now time.Time) Decision {
	if !dec.Unknown || value.IsZero() || d.settings.Method != metadata.DeltaTimestamp {
		return dec
	}
	dec.Unknown = false
	dec.LastModified = keepable(value)
	if dec.Verdict == VerdictChanged && !dec.certain && !d.later(dec.recorded, dec.LastModified, now) {
		dec.Verdict = VerdictUnchanged
	}
	return dec
}
