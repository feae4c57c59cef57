package canary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Place is somewhere to look. Read gives its parts one after another, each with a name for reports.
type Place struct {
	Name string
	Read func(ctx context.Context, part func(name string, content []byte)) error
}

// Finding is a secret that got out.
type Finding struct {
	Secret string // its name
	Form   string // plain, base64 and so on
	Where  string // place and part
	Around string // what stands around it, the secret's own mark included
}

// String tells it in one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s (%s) in %s: …%q…", f.Secret, f.Form, f.Where, f.Around)
}

// Find looks for all secrets of the set. Its error is about places that could not be read or hold nothing.
func (s *Set) Find(ctx context.Context, places ...Place) (found []Finding, err error) {
	if len(places) == 0 {
		return nil, errors.New("canary: there is nowhere to look")
	}
	for _, p := range places {
		parts := 0
		readErr := p.Read(ctx, func(name string, content []byte) {
			if len(content) > 0 {
				parts++
			}
			found = append(found, s.look(strings.TrimSpace(p.Name+" "+name), content)...)
		})
		if readErr == nil && parts == 0 {
			readErr = errors.New("it holds nothing, so that nothing is proven")
		}
		if readErr != nil {
			err = errors.Join(err, fmt.Errorf("canary: look into %s: %w", p.Name, readErr))
		}
	}
	return found, err
}

// look gives at most one finding for each secret.
func (s *Set) look(where string, content []byte) (found []Finding) {
	names, needles := s.all()
	lower := bytes.ToLower(content)
	if len(lower) != len(content) { // places would not be the same
		content = lower
	}
	for _, name := range names {
		for _, n := range needles[name] {
			if at := n.find(content, lower); at >= 0 {
				around := content[max(0, at-60):min(len(content), at+len(n.text)+20)]
				found = append(found, Finding{Secret: name, Form: n.form, Where: where, Around: string(around)})
				break
			}
		}
	}
	return found
}

// scanTimeout bounds the reading of all places.
const scanTimeout = 2 * time.Minute

// Scan fails the test for each secret that is found, and for each place that cannot be read.
func (s *Set) Scan(tb testing.TB, places ...Place) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), scanTimeout)
	defer cancel()
	found, err := s.Find(ctx, places...)
	if err != nil {
		tb.Error(err)
	}
	for _, f := range found {
		tb.Errorf("a secret got out: %s", f)
	}
}
