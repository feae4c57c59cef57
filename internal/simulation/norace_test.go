//go:build !race

package simulation

const (
	raceEnabled = false
	seeds       = 5000
)
