package simulation

import (
	"maps"
	"slices"
	"time"
)

// What follows is for who compares a ledger with a real one.

// Runs gives all runs by run_seq. They are the ledger's own: look only.
func (l *Ledger) Runs() []*Run { return slices.Clone(l.runs) }

// Overdue makes a run's time be over.
func (l *Ledger) Overdue(id int) { l.run(id).deadline = time.Nanosecond }

// States gives what is remembered of tables.
func (l *Ledger) States() map[int]State { return maps.Clone(l.states) }

// Contents gives what people read.
func (l *Ledger) Contents() map[int]Content { return maps.Clone(l.content) }

// Source gives what is remembered of the source.
func (l *Ledger) Source() (privileges, token string, sinceSweep int) {
	return l.source.privileges, l.source.token, l.source.sinceSweep
}
