package layer

import (
	"context"
	"time"

	"github.com/semsync/semsync/internal/merge"
	"github.com/semsync/semsync/internal/metadata"
)

// Decisions carries out what people decide about the changes of a run.
type Decisions interface {
	// Revise decides on changes of a run, table by table, some hundred tables in one transaction each. A crash
	// between two of them leaves the rest undecided, and the same call goes on with it.
	Revise(ctx context.Context, r Revision) (Revised, error)
	// Vote records a voice for changes; voting twice counts once.
	Vote(ctx context.Context, stage, voter, comment string, changes []int64) error
	// Votes gives the voices for a run's pending changes, by change.
	Votes(ctx context.Context, run metadata.RunID) (map[int64][]Vote, error)
}

// Vote is one approver's voice for a change.
type Vote struct {
	Stage string // "" without an approval chain
	Voter string
	At    time.Time
}

// Revision is a decision on changes of a run.
type Revision struct {
	Run  metadata.RunID
	From []metadata.ChangeStatus // one or two statuses of changes that are decided on
	To   metadata.ChangeStatus
	By   string
	// Comment is kept with the decision.
	Comment string
	// Want picks changes; nil is all.
	Want func(*metadata.Change) bool
	// Think gives what the decision on a table's changes, in the order they were made, comes to.
	Think func(Current, []metadata.Change) (merge.Revision, error)
	// Forget makes the tables changed for the next run's detection.
	Forget bool
}

// Revised says what became of a revision.
type Revised struct {
	Settled int
	Refused []Refused // at most MaxRefused of them
	// RefusedTotal is how many were refused.
	RefusedTotal int
}

// MaxRefused is how many refusals are told one by one.
const MaxRefused = 200

// Refused is a change that could not be decided on, and why.
type Refused struct {
	Object, Attribute, Why string
}
