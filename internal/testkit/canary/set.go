package canary

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"slices"
	"sync"
)

// awkward stands in secrets whose place can hold it.
const awkward = "+/&=%"

// Set holds the secrets of one test. It is safe for concurrent use.
type Set struct {
	mu      sync.Mutex
	needles map[string][]needle // guarded by mu; by the secret's name
}

// NewSet makes a set without secrets.
func NewSet() *Set { return &Set{needles: map[string][]needle{}} }

// Secret makes a secret with awkward characters in it, for passwords and tokens. Name is for reports.
func (s *Set) Secret(name string) string { return s.secret(name, awkward) }

// Word makes a secret of letters and digits only, for what must be a path or an address.
func (s *Set) Word(name string) string { return s.secret(name, "x") }

// Know looks for a secret that somebody else has made, as it is; it should be long and like nothing else.
func (s *Set) Know(name, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.needles[name] = append(s.needles[name], needlesOf(secret)...)
}

func (s *Set) secret(name, between string) string {
	first, last := mark(), mark()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range []string{first, last} {
		s.needles[name] = append(s.needles[name], needlesOf(m)...)
	}
	return "canary" + first + between + last
}

// all gives the secrets' names and what to look for.
func (s *Set) all() (names []string, needles map[string][]needle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	needles = maps.Clone(s.needles)
	return slices.Sorted(maps.Keys(needles)), needles
}

func mark() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
