// Package profile adds up where the time of a run goes, in one process.
package profile

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The phases of a run.
const (
	Discover = "discover" // the coordinator reads the source's catalog
	Plan     = "plan"     // the coordinator writes the plan
	Read     = "read"     // a worker reads tables from their source
	Cache    = "cache"    // a worker takes tables from the schema cache
	Sample   = "sample"   // a worker reads values
	Think    = "think"    // a worker works out what tables mean
	Commit   = "commit"   // a worker merges and writes a checkpoint
	Process  = "process"  // the process as such: its peak of memory is in Bytes, its life in Time
)

// Line is what one process did in one phase. Times of work that goes on side by side add up to more than the run's.
type Line struct {
	Phase   string        `json:"phase"`
	Source  string        `json:"source,omitempty"`
	Calls   int64         `json:"calls"`           // times the phase was gone through
	Queries int64         `json:"queries"`         // statements sent to the source
	Rows    int64         `json:"rows"`            // tables of coordinators' phases; fields of workers'
	Bytes   int64         `json:"bytes,omitempty"` // received from the source
	Time    time.Duration `json:"nanoseconds"`
}

// Recorder adds up lines. It is safe for concurrent use. A nil recorder records nothing.
type Recorder struct {
	mu    sync.Mutex
	lines map[[2]string]*Line
	begun time.Time
}

// New makes an empty recorder.
func New() *Recorder { return &Recorder{lines: map[[2]string]*Line{}, begun: time.Now()} }

// Add adds to the line of a phase and a source.
func (r *Recorder) Add(l Line) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [2]string{l.Phase, l.Source}
	sum := r.lines[key]
	if sum == nil {
		sum = &Line{Phase: l.Phase, Source: l.Source}
		r.lines[key] = sum
	}
	sum.Calls += max(l.Calls, 1)
	sum.Queries += l.Queries
	sum.Rows += l.Rows
	sum.Bytes += l.Bytes
	sum.Time += l.Time
}

// Lines gives all lines as they stand, with one for the process.
func (r *Recorder) Lines() []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []Line{{Phase: Process, Calls: 1, Bytes: peak(), Time: time.Since(r.begun)}}
	for _, l := range r.lines {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b Line) int { return cmp.Or(cmp.Compare(a.Phase, b.Phase), cmp.Compare(a.Source, b.Source)) })
	return out
}

// peak is the most memory that the process had resident, where the system tells it; 0 elsewhere.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		rest, ok := strings.CutPrefix(line, "VmHWM:")
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
		if err == nil {
			return n << 10
		}
	}
	return 0
}
