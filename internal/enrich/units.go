package enrich

// unit says in what a number is counted.
type unit struct {
	say   string // "in kilograms"
	money bool
	needs map[*entry]bool // words of which one must stand before it; nil means none
}

// unitOf gives the unit that the words end with. There must be words before it.
func (l *lexicon) unitOf(raw string, before []word) *unit {
	u := l.units[raw]
	if u == nil || len(before) == 0 {
		return nil
	}
	if u.needs == nil {
		return u
	}
	for _, w := range before {
		if w.entry != nil && u.needs[w.entry] {
			return u
		}
	}
	return nil
}
