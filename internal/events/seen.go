package events

import "github.com/semsync/semsync/internal/metadata"

// seenKey is what makes two events the same, as in metadata.Event.ID.
type seenKey struct {
	run      metadata.RunID
	batch    int
	sequence int64
	kind     metadata.EventKind
}

// seen remembers the last events, the oldest being forgotten first.
type seen struct {
	keys map[seenKey]struct{}
	ring []seenKey
	at   int // where the next key goes once the ring is full
}

func newSeen(size int) *seen {
	return &seen{keys: make(map[seenKey]struct{}), ring: make([]seenKey, 0, size)}
}

// again reports whether the event is remembered, and remembers it.
func (s *seen) again(e metadata.Event) bool {
	key := seenKey{e.Run, e.Batch, e.Sequence, e.Kind}
	if _, ok := s.keys[key]; ok {
		return true
	}
	s.keys[key] = struct{}{}
	if len(s.ring) < cap(s.ring) {
		s.ring = append(s.ring, key)
		return false
	}
	delete(s.keys, s.ring[s.at])
	s.ring[s.at] = key
	s.at = (s.at + 1) % len(s.ring)
	return false
}
