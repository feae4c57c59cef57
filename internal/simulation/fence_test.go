package simulation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// unguardedWorlds are the guards that are taken out, and within how many seeds a world must end badly for it. Where one guard stands
// behind another, so that no world shows the lack of one alone, both are taken out.
var unguardedWorlds = []struct {
	out    Fence
	within uint64
}{
	{CommitChecksAttempt | CommitChecksOwner, 4000},
	{CommitChecksAttempt | CommitChecksState, 200},
	{CommitChecksOwner | CommitChecksState, 2000},
	{StopBumpsAttempt | CommitChecksState, 200},
	{ClaimTakesPendingOnly, 200},
	{EpochOnPlan, 500},
	{EpochOnDispatch, 500},
	{EpochOnFinalize, 500},
	{EpochOnFire, 500},
	{FinalizeOnce, 6000},
	{OutboxKey | FinalizeOnce, 6000},
	{RunSeq, 200},
	{RunSeqOfRemoved, 500},
	{LoneRunsProve, 6000},
	{TellOnce, 500},
	{DeliveryHeld, 500},
	{FireKey, 500},
	{PlanInvisible, 500},
	{Certificate, 500},
	{PrivilegesKnown, 500},
	{PrivilegesForgotten, 10000},
	{DropsReadAgain, 2000},
	{DatabaseClock, 200},
	{Generation, 1000},
	{CrashesAlone, 8000},
	{SuspectsAlone, 2000},
	{BeatBeforeClaim, 2000},
	{TokenOfCompleted, 1000},
	{TokenBeforeSweep, 10000},
}

// caught is the world that shows the lack of a guard.
type caught struct {
	seed uint64
	rule string
}

func find(out Fence, within uint64) (c caught) {
	for seed := range within {
		if v := Simulate(seed+1, out, nil).Violation; v != nil {
			return caught{seed + 1, v.Rule}
		}
	}
	return c
}

func TestEachGuardIsNeeded(t *testing.T) {
	t.Parallel()
	if testing.Short() || raceEnabled {
		t.Skip("it is about the protocol, not about memory")
	}
	if *seedFlag != 0 {
		t.Skip("a seed is replayed")
	}
	found := make([]caught, len(unguardedWorlds))
	named := Fence(0)
	var wg sync.WaitGroup
	turn := make(chan struct{}, 2)
	for i, u := range unguardedWorlds {
		named |= u.out
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			found[i] = find(u.out, u.within)
		})
	}
	wg.Wait()
	require.Equal(t, fenceEnd-1, named, "each guard is in the table")
	for i, u := range unguardedWorlds {
		t.Logf("%-90s %5d  %s", u.out, found[i].seed, found[i].rule)
		if found[i].seed == 0 {
			t.Errorf("without %q all of %d worlds end well", u.out, u.within)
		}
	}
	if os.Getenv("SEMSYNC_UPDATE") != "" && !t.Failed() {
		document(t, found)
	}
}

// document writes what was found for people.
func document(t *testing.T, found []caught) {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# The protocol, simulated

Written by ` + "`SEMSYNC_UPDATE=1 go test ./internal/simulation`" + `. Each test run simulates ` + itoa(seeds) + ` worlds with every guard in place, and none of
them ends badly. The package's comment says what is modelled and what is not.

Here each guard is taken out, and worlds are tried from seed 1 until one breaks a rule. Where two guards stand behind one another, taking
out one alone harms no world that was tried; they are taken out together.

| guards taken out | rule that a world then breaks | seeds needed |
| --- | --- | ---: |
`)
	for i, u := range unguardedWorlds {
		fmt.Fprintf(&b, "| %s | %s | %d |\n", u.out, found[i].rule, found[i].seed)
	}
	require.NoError(t, os.WriteFile(filepath.Join("..", "..", "docs", "reliability-simulation.md"), []byte(b.String()), 0o600))
}
