package pii

import (
	"encoding/binary"
	"hash/maphash"
)

// sketchSize is how many hashes a sketch keeps at most.
const sketchSize = 1024

// sketch estimates how many different values there were, with adaptive
// sampling: when it is full, the hashes without one more zero bit are dropped.
// https://hal.science/inria-00075534 (Flajolet, On Adaptive Sampling)
type sketch struct {
	seed  maphash.Seed
	kept  map[uint64]struct{}
	level int // number of low bits that are zero in all that is kept
}

func newSketch() sketch { return sketch{seed: maphash.MakeSeed(), kept: map[uint64]struct{}{}} }

func (s *sketch) hash(text string) uint64 { return maphash.String(s.seed, text) }

func (s *sketch) hashNumber(n int64) uint64 {
	var bytes [8]byte
	binary.LittleEndian.PutUint64(bytes[:], uint64(n)) //nolint:gosec // its bits
	return maphash.Bytes(s.seed, bytes[:])
}

func (s *sketch) add(hash uint64) {
	if hash&s.mask() != 0 {
		return
	}
	s.kept[hash] = struct{}{}
	for len(s.kept) > sketchSize {
		s.level++
		for old := range s.kept {
			if old&s.mask() != 0 {
				delete(s.kept, old)
			}
		}
	}
}

func (s *sketch) mask() uint64 { return 1<<s.level - 1 }

// has tells whether a hash was added, of those that are kept.
func (s *sketch) has(hash uint64) bool {
	_, kept := s.kept[hash]
	return kept
}

// distinct is the estimate, exact up to sketchSize.
func (s *sketch) distinct() int { return len(s.kept) << s.level }
