// Package approval says who may decide about a change that waits, and when
// enough of them have. It does no input or output.
//
// A change waits at one stage after the other. Without a chain there is one
// stage, which one voice (mode any) or those of all approvers (mode all) pass.
// With a chain, each stage is passed by one voice of its approvers; stages that are for other kinds of
// change are left out, and a stage that is not required is passed over when its time is up.
// One approver's rejection is final at any stage.
package approval

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The modes.
const (
	Any   = "any"
	All   = "all"
	Chain = "chain"
)

// Policy says who decides.
type Policy struct {
	Mode      string   // Any when empty
	Approvers []string // of modes Any and All; empty means anybody, by one voice
	Stages    []Stage  // of mode Chain
	// Timeout is how long a change waits at a stage; 0 means for ever.
	Timeout time.Duration
}

// Stage is one stage of a chain.
type Stage struct {
	Name      string
	Approvers []string // empty means anybody
	Optional  bool     // passed over when its time is up
	Timeout   time.Duration
	Kinds     []string // of changes that the stage decides on; empty means all
}

// Vote is one voice for a change.
type Vote struct {
	Stage string
	Voter string
	At    time.Time
}

// Standing is where a change stands.
type Standing struct {
	Passed  bool
	Expired bool     // nobody decided in time, and nobody has to be waited for any more
	Stage   string   // that it waits at; "" without a chain
	Waits   []string // whose voices are missing: all of them in mode All, else any; empty means anybody's
}

// Standing tells where a change of a kind stands, that waits since a moment.
func (p *Policy) Standing(kind string, since time.Time, votes []Vote, now time.Time) Standing {
	if p.Mode != Chain {
		return p.single(since, votes, now)
	}
	for _, s := range p.Stages {
		if len(s.Kinds) > 0 && !slices.Contains(s.Kinds, kind) {
			continue
		}
		if i := slices.IndexFunc(votes, func(v Vote) bool { return v.Stage == s.Name }); i >= 0 {
			since = votes[i].At
			continue
		}
		timeout := s.Timeout
		if timeout == 0 {
			timeout = p.Timeout
		}
		over := timeout > 0 && now.Sub(since) >= timeout
		if over && s.Optional {
			since = since.Add(timeout)
			continue
		}
		return Standing{Expired: over, Stage: s.Name, Waits: s.Approvers}
	}
	return Standing{Passed: true}
}

func (p *Policy) single(since time.Time, votes []Vote, now time.Time) Standing {
	s := Standing{Expired: p.Timeout > 0 && now.Sub(since) >= p.Timeout}
	if p.Mode != All || len(p.Approvers) == 0 {
		s.Passed, s.Waits = len(votes) > 0, p.Approvers
		return s
	}
	for _, a := range p.Approvers {
		if !slices.ContainsFunc(votes, func(v Vote) bool { return v.Voter == a }) {
			s.Waits = append(s.Waits, a)
		}
	}
	s.Passed = len(s.Waits) == 0
	return s
}

// May gives why somebody may not decide on changes that another one asked for, or nil. Stages are
// looked at by Standing's Waits.
func (p *Policy) May(by, asked string) error {
	all := p.everybody()
	switch {
	case by == "":
		return errors.New("say who decides: --by NAME")
	case len(all) == 0:
		return nil
	case !slices.Contains(all, by):
		return fmt.Errorf("%q is not an approver: approvers are %s", by, strings.Join(all, ", "))
	case by == asked:
		return fmt.Errorf("%q asked for the run and may not decide on it: another approver has to", by)
	default:
		return nil
	}
}

func (p *Policy) everybody() []string {
	out := slices.Clone(p.Approvers)
	if p.Mode == Chain {
		out = nil
		for _, s := range p.Stages {
			out = append(out, s.Approvers...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
