package app

import (
	"sync"
)

// figures are what the suite measures, by name.
type figures struct {
	mu     sync.Mutex
	values map[string][]float64 // guarded by mu
}

// allFigures are those of this test process: its scenarios run side by side, and one page shows them all.
var allFigures = &figures{values: map[string][]float64{}}

func (f *figures) add(name string, v float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.values[name] = append(f.values[name], v)
}
