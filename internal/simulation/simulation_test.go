package simulation

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
)

var seedFlag = flag.Uint64("seed", 0, "replay the world of this seed, with its trace under -v")

// replay is how to see a world again.
func replay(t *testing.T, seed uint64, unguarded Fence) {
	t.Helper()
	var lines []string
	r := Simulate(seed, unguarded, func(line string) { lines = append(lines, line) })
	if !testing.Verbose() && len(lines) > 60 {
		lines = lines[len(lines)-60:]
	}
	for _, line := range lines {
		t.Log(line)
	}
	if v := r.Violation; v != nil {
		t.Errorf("seed %d: %s: %s\nreplay: go test ./internal/simulation -run TestSeeds -seed=%d -v", seed, v.Rule, v.Detail, seed)
	}
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	if *seedFlag != 0 {
		replay(t, *seedFlag, 0)
		return
	}
	var steps, runs, effects int
	for seed := range uint64(seeds) {
		r := Simulate(seed+1, 0, nil)
		steps, runs, effects = steps+r.Steps, runs+r.Runs, effects+r.Effects
		if r.Violation != nil {
			replay(t, seed+1, 0)
			return
		}
	}
	require.Positive(t, effects)
	t.Logf("%d worlds, %d runs, %d effects, %d steps", seeds, runs, effects, steps)
}
