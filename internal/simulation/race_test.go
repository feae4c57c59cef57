//go:build race

package simulation

// Under the race detector fewer worlds do: they have no goroutines.
const (
	raceEnabled = true
	seeds       = 200
)
