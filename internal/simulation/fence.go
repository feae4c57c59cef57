package simulation

// Fence is one guard of the protocol, or several of them together.
type Fence uint64

// The guards.
const (
	CommitChecksAttempt Fence = 1 << iota
	CommitChecksOwner
	CommitChecksState
	ClaimTakesPendingOnly
	EpochOnPlan
	EpochOnDispatch
	EpochOnFinalize
	EpochOnFire
	FinalizeOnce
	RunSeq
	RunSeqOfRemoved
	LoneRunsProve
	OutboxKey
	TellOnce
	DeliveryHeld
	FireKey
	PlanInvisible
	Certificate
	PrivilegesKnown
	PrivilegesForgotten
	DropsReadAgain
	DatabaseClock
	StopBumpsAttempt
	Generation
	CrashesAlone
	SuspectsAlone
	SuspectsHaveTheProcess
	BeatBeforeClaim
	TokenOfCompleted
	TokenBeforeSweep
	fenceEnd
)

// fenceEnd has no name.
var fenceNames = map[Fence]string{ //nolint:exhaustive // see above
	CommitChecksAttempt:    "commit checks the attempt",
	CommitChecksOwner:      "commit checks the owner",
	CommitChecksState:      "commit checks the state",
	ClaimTakesPendingOnly:  "claim takes only pending rows",
	EpochOnPlan:            "epoch is checked when planning",
	EpochOnDispatch:        "epoch is checked when dispatching",
	EpochOnFinalize:        "epoch is checked when advancing and ending",
	EpochOnFire:            "epoch is checked when firing",
	FinalizeOnce:           "ending a run is a compare-and-set",
	RunSeq:                 "an older run does not write over a newer one's table",
	RunSeqOfRemoved:        "nor over a table that a newer one removed",
	LoneRunsProve:          "only a run that was alone proves anything about its source",
	OutboxKey:              "a happening has one key",
	TellOnce:               "a happening is told by one only",
	DeliveryHeld:           "a notice is held while it is sent",
	FireKey:                "a fire time has one row",
	PlanInvisible:          "a plan is invisible until it is complete",
	Certificate:            "drops need a complete read",
	PrivilegesKnown:        "drops need a read with the privileges of an earlier complete one",
	PrivilegesForgotten:    "a plan with other privileges makes those of the source unknown",
	DropsReadAgain:         "a dropped table is looked for again",
	DatabaseClock:          "the database's clock decides leases",
	StopBumpsAttempt:       "stopping raises the attempt",
	Generation:             "each dispatch has its own generation",
	CrashesAlone:           "only crashes alone count for quarantine",
	SuspectsAlone:          "what saw its worker die is worked on alone",
	SuspectsHaveTheProcess: "and has its process for itself",
	BeatBeforeClaim:        "a worker beats before it claims",
	TokenOfCompleted:       "only completed runs leave a change token",
	TokenBeforeSweep:       "the change token is read before the catalog",
}

// Fences gives every guard by itself.
func Fences() (out []Fence) {
	for f := Fence(1); f < fenceEnd; f <<= 1 {
		out = append(out, f)
	}
	return out
}

// String names the guards.
func (f Fence) String() string {
	out := ""
	for _, one := range Fences() {
		if f&one == 0 {
			continue
		}
		if out != "" {
			out += " + "
		}
		out += fenceNames[one]
	}
	return out
}
