package simulation

import (
	"maps"
	"strconv"
	"time"
)

// source is the database whose tables are synced.
type source struct {
	tables  []*table
	changes int  // grows with each change of the catalog, so that its text is a change token
	hidden  bool // grants are lost: half of the tables are not to be seen
	tells   bool // a read without grants says that it is incomplete; else only the privileges differ
}

// table is one table of the source.
type table struct {
	exists  bool
	version int
	poison  bool          // reading it kills the worker
	gone    time.Duration // when it was last not there
}

// visible tells whether a connection sees the table.
func (s *source) visible(n int) bool { return s.tables[n].exists && (!s.hidden || n%2 == 0) }

func (s *source) token() string { return strconv.Itoa(s.changes) }

func (s *source) privileges() string {
	if s.hidden {
		return "some"
	}
	return "all"
}

// snapshot is what one read of the catalog saw.
type snapshot struct {
	versions   map[int]int
	complete   bool
	privileges string
}

func (s *source) read() snapshot {
	out := snapshot{versions: map[int]int{}, complete: !s.hidden || !s.tells, privileges: s.privileges()}
	for n := range s.tables {
		if s.visible(n) {
			out.versions[n] = s.tables[n].version
		}
	}
	return out
}

// truth is what the layer should hold in the end.
func (s *source) truth() map[int]int {
	out := map[int]int{}
	for n, t := range s.tables {
		if t.exists {
			out[n] = t.version
		}
	}
	return out
}

// decide joins what a read saw with what the layer knows, as internal/delta does.
func decide(saw snapshot, states map[int]State, complete, full bool, n int) (rows []Planned, plan SourcePlan) {
	plan = SourcePlan{Swept: true, Discovered: len(saw.versions), Known: len(states)}
	for t := range n {
		version, there := saw.versions[t]
		state, known := states[t]
		p := Planned{Table: t}
		switch {
		case there && !known:
			p.Reason = "new"
		case there && version != state.Version:
			p.Reason = "changed"
		case there && full:
			p.Reason = "forced"
		case there:
			plan.Unchanged++
		case known && complete:
			p.Reason = "dropped"
		case known:
			plan.Missing++
		}
		if p.Reason != "" {
			rows = append(rows, p)
		}
	}
	return rows, plan
}

// change does something to the catalog.
func (w *World) changeSource() {
	s := w.source
	n := w.rng.IntN(len(s.tables))
	t := s.tables[n]
	s.changes++
	switch {
	case w.chance(0.15):
		s.hidden = !s.hidden
		w.tracef("source: grants are lost: %v", s.hidden)
		return
	case !t.exists:
		t.exists, t.gone = true, w.now
	case w.chance(0.4) && len(s.truth()) > 1:
		t.exists = false
	default:
		t.version = 1 + w.rng.IntN(3) // it may be what it was before
	}
	w.tracef("source: table %d is there: %v, version %d", n, t.exists, t.version)
}

func cloneStates(m map[int]State) map[int]State { return maps.Clone(m) }
