// Package sourcetest is the suite that every source.Reader must pass. It
// runs against the real engine: a reader's test hands Run an Engine that says
// how to get a fresh database and what the engine can do.
//
//	func TestSuite(t *testing.T) { sourcetest.Run(t, sourcetest.Engine{Open: open, Quote: quote}) }
//
// Beyond what an Engine gives, the suite sends only SQL that all engines know.
package sourcetest
